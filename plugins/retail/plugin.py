"""Table of contents: what retail declares, and where."""

from __future__ import annotations

from collections.abc import Iterable

from core.plugin import Demo, Field, Kpi, Panel, RecordType, Rule, Segment, Vertical, Workflow, hookimpl, label
from plugins.retail import demo as demo_data
from plugins.retail import fields as declared
from plugins.retail.kpis import KPIS
from plugins.retail.panels import PANELS
from plugins.retail.records import RECORD_TYPES
from plugins.retail.rules import RULES
from plugins.retail.segments import SEGMENTS
from plugins.retail.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    summary = label("会员、订单、退换货与预付卡", "Members, orders, returns and prepaid cards")
    name = label("连锁零售", "Retail")
    return Vertical(key="retail", label=name, version="0.1.0", requires=">=1.0,<2", icon="cart", summary=summary)


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
def demo() -> Iterable[Demo]:
    return [demo_data.DEMO]
