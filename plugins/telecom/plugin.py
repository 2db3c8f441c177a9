"""Table of contents: what telecom declares, and where."""

from __future__ import annotations

from collections.abc import Iterable

from core.plugin import (
    Demo,
    Field,
    Importer,
    Kpi,
    Panel,
    RecordType,
    Rule,
    Segment,
    Vertical,
    Workflow,
    hookimpl,
    label,
)
from plugins.telecom.demo import DEMO
from plugins.telecom.fields import FIELDS
from plugins.telecom.importers import IMPORTERS
from plugins.telecom.kpis import KPIS
from plugins.telecom.panels import PANELS, SEGMENTS
from plugins.telecom.records import RECORD_TYPES
from plugins.telecom.rules import RULES
from plugins.telecom.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    name, summary = label("电信", "Telecom"), label("用户、号线、挽留与投诉", "Subscribers, lines and complaints")
    return Vertical(key="telecom", label=name, version="0.1.0", requires=">=1.0,<2", icon="sim", summary=summary)


@hookimpl
def fields() -> Iterable[Field]:
    return FIELDS


@hookimpl
def record_types() -> Iterable[RecordType]:
    return RECORD_TYPES


@hookimpl
def segments() -> Iterable[Segment]:
    return SEGMENTS


@hookimpl
def workflows() -> Iterable[Workflow]:
    return WORKFLOWS


@hookimpl
def rules() -> Iterable[Rule]:
    return RULES


@hookimpl
def kpis() -> Iterable[Kpi]:
    return KPIS


@hookimpl
def panels() -> Iterable[Panel]:
    return PANELS


@hookimpl
def importers() -> Iterable[Importer]:
    return IMPORTERS


@hookimpl
def demo() -> Iterable[Demo]:
    return [DEMO]
