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
from plugins.telecom import demo as demo_data
from plugins.telecom import fields as declared
from plugins.telecom.importers import IMPORTERS
from plugins.telecom.kpis import KPIS
from plugins.telecom.panels import PANELS
from plugins.telecom.records import RECORD_TYPES
from plugins.telecom.rules import RULES
from plugins.telecom.segments import SEGMENTS
from plugins.telecom.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    summary = label("用户、号线、挽留、投诉与外呼规则", "Subscribers, lines, retention, complaints, contact")
    name = label("电信", "Telecom")
    return Vertical(key="telecom", label=name, version="0.1.0", requires=">=1.0,<2", icon="sim", summary=summary)


@hookimpl
def fields() -> Iterable[Field]:
    return declared.FIELDS


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
    return [demo_data.DEMO]
