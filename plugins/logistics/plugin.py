"""Table of contents: what logistics declares, and where."""

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
from plugins.logistics import demo as demo_data
from plugins.logistics.fields import FIELDS
from plugins.logistics.kpis import KPIS
from plugins.logistics.panels import PANELS, SEGMENTS
from plugins.logistics.records import RECORD_TYPES
from plugins.logistics.rules import RULES
from plugins.logistics.upkeep import SUBSCRIBERS
from plugins.logistics.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    name, summary = label("物流", "Logistics"), label("运单、时效、投诉与理赔", "Shipments, complaints and claims")
    return Vertical(key="logistics", label=name, version="0.2.0", requires="~=1.0", icon="truck", summary=summary)


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
