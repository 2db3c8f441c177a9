"""Table of contents: what realestate declares, and where."""

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
from plugins.realestate import demo as demo_data
from plugins.realestate.fields import FIELDS
from plugins.realestate.holds import SUBSCRIBERS
from plugins.realestate.kpis import KPIS
from plugins.realestate.panels import PANELS, SEGMENTS
from plugins.realestate.records import RECORD_TYPES
from plugins.realestate.rules import RULES
from plugins.realestate.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    name, summary = label("房地产", "Real estate"), label("楼盘、房源与销售", "Projects, units and sales")
    return Vertical(key="realestate", label=name, version="0.1.0", requires="~=1.0", icon="building", summary=summary)


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
