"""What a KPI counts: customers, the cases of its vertical, or its records of one type; which names its conditions may use.

| `on` | names |
|---|---|
| `customer` | `state` and the other core fields, fields of customers |
| `case` | `workflow`, `state`, `severity`, `opened_at`, `due_at`, `closed_at`, `clock.<timer>`, fields of cases |
| `record:<type>` | `state`, `occurred_at`, `ends_at`, `amount_minor`, `clock.<timer>`, fields of the type |

`clock.<timer>` is the state of the newest clock of that timer: running, paused, met, breached or cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from core.cases.models import Case
from core.clocks.models import Clock
from core.conditions import ValueType, compile_sql, parse
from core.customers.fields import condition_fields
from core.customers.models import Customer
from core.engagements.models import Canary
from core.engagements.queries import live_lease
from core.fields import FieldSet
from core.plugin.catalog import CatalogView
from core.plugin.processes import Timer
from core.plugin.types import Kpi
from core.records.models import Record

CLOCK = ValueType(kind="choice", choices=frozenset({"running", "paused", "met", "breached", "cancelled"}))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The rows that the KPIs of one `on` and vertical select from. `clocks` are keys of timers."""

    model: type[Customer | Case | Record]
    where: ColumnElement[bool]
    types: Mapping[str, ValueType]
    customer_id: InstrumentedAttribute[Any]
    clocks: Sequence[str] = ()

    def check(self, condition: Any) -> None:
        """Raises ConditionError."""
        parse(condition, types=self.types)

    def compiled(self, condition: Any) -> ColumnElement[bool]:
        columns = {f"clock.{key}": self._clock(key) for key in self.clocks}
        return compile_sql(condition, types=self.types, model=self.model, columns=columns)

    def among(self, engagement_id: UUID | None) -> ColumnElement[bool]:
        """The rows its reader may see: a client's all, an engagement's those of customers leased to it, and shared records.

        A client's numbers leave out the customers it invented; a provider's do not, or they would tell that there are some.
        """
        if engagement_id is None:
            return and_(self.where, ~exists().where(Canary.customer_id == self.customer_id))
        seen = live_lease(self.customer_id, engagement_id=engagement_id)
        if self.model is Case:
            seen = and_(seen, or_(Case.engagement_id.is_(None), Case.engagement_id == engagement_id))
        if self.model is Record:
            seen = or_(Record.exposure == "shared", and_(Record.exposure == "leased", seen))
        return and_(self.where, seen)

    def _clock(self, key: str) -> ColumnElement[Any]:
        held = Clock.case_id == Case.id if self.model is Case else Clock.record_id == Record.id
        newest = select(Clock.state).where(held, Clock.timer == key).order_by(Clock.started_at.desc(), Clock.id.desc())
        return newest.limit(1).correlate(self.model).scalar_subquery()


def counted(view: CatalogView, kpi: Kpi, *, owner: str) -> Counted:
    """What a KPI of the vertical `owner` counts."""
    if kpi.on == "case":
        return _cases(view, owner)
    if kpi.on.startswith("record:"):
        return _records(view, f"{owner}.{kpi.on.partition(':')[2]}")
    types = condition_fields(view).types()
    return Counted(model=Customer, where=true(), types=types, customer_id=Customer.id)


def _cases(view: CatalogView, owner: str) -> Counted:
    flows = {key: flow for key, flow in view.workflows.items() if key.partition(".")[0] == owner}
    states = frozenset(state.key for flow in flows.values() for state in flow.states)
    clocks = _keys(timer for flow in flows.values() for timer in flow.timers)
    types = {
        **FieldSet(fields=view.all_fields(on="case")).types(),
        "workflow": ValueType(kind="choice", choices=frozenset(flows), column="workflow"),
        "state": ValueType(kind="choice", choices=states, column="state"),
        "severity": ValueType(kind="text", column="severity"),
        **{name: ValueType(kind="datetime", column=name) for name in ("opened_at", "due_at", "closed_at")},
        **{f"clock.{key}": CLOCK for key in clocks},
    }
    return Counted(
        model=Case, where=Case.workflow.in_(sorted(flows)), types=types, customer_id=Case.customer_id, clocks=clocks
    )


def _records(view: CatalogView, kind: str) -> Counted:
    declared = view.record_types[kind]
    clocks = _keys(declared.timers)
    types = {
        **FieldSet(fields=view.all_fields(on=f"record:{kind}")).types(),
        "state": ValueType(kind="choice", choices=frozenset(each.key for each in declared.states), column="state"),
        **{name: ValueType(kind="datetime", column=name) for name in ("occurred_at", "ends_at")},
        "amount_minor": ValueType(kind="money", column="amount_minor"),
        **{f"clock.{key}": CLOCK for key in clocks},
    }
    return Counted(model=Record, where=Record.type == kind, types=types, customer_id=Record.customer_id, clocks=clocks)


def _keys(timers: Iterable[Timer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(timer.key for timer in timers))
