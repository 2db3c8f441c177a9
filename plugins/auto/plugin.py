"""Table of contents: what auto declares, and where."""

from __future__ import annotations

from collections.abc import Iterable

from core.plugin import (
    Demo,
    Field,
    Kpi,
    Panel,
    RecordType,
    Rule,
    Segment,
    Subscriber,
    Vertical,
    Workflow,
    hookimpl,
    label,
)
from plugins.auto import demo as demo_data
from plugins.auto.fields import FIELDS
from plugins.auto.kpis import KPIS
from plugins.auto.panels import PANELS, SEGMENTS
from plugins.auto.records import RECORD_TYPES
from plugins.auto.rules import RULES
from plugins.auto.upkeep import SUBSCRIBERS
from plugins.auto.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    name = label("汽车", "Automotive")
    summary = label("线索、车辆、售后、三包与召回", "Leads, vehicles, service, statutory warranty and recalls")
    return Vertical(key="auto", label=name, version="0.2.0", requires="~=1.0", icon="car", summary=summary)


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
def subscribers() -> Iterable[Subscriber]:
    return SUBSCRIBERS


@hookimpl
def demo() -> Iterable[Demo]:
    return [demo_data.DEMO]
