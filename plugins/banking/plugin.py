"""Table of contents: what banking declares, and where."""

from __future__ import annotations

from collections.abc import Iterable

from core.plugin import Demo, Field, Kpi, Panel, RecordType, Rule, Segment, Vertical, Workflow, hookimpl, label
from plugins.banking import demo as demo_data
from plugins.banking import fields as declared
from plugins.banking.kpis import KPIS
from plugins.banking.panels import PANELS
from plugins.banking.records import RECORD_TYPES
from plugins.banking.rules import RULES
from plugins.banking.segments import SEGMENTS
from plugins.banking.workflows import WORKFLOWS


@hookimpl
def vertical() -> Vertical:
    summary = label(
        "账户、适当性、投诉时限与外呼规则", "Accounts, suitability, complaint deadlines and rules of contact"
    )
    name = label("银行", "Banking")
    return Vertical(key="banking", label=name, version="0.1.0", requires=">=1.0,<2", icon="bank", summary=summary)


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
