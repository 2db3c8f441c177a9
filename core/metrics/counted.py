"""What a KPI counts or adds: customers, cases of its vertical, interactions, records of one type; which names it may use.

| `on` | names |
|---|---|
| `customer` | `state` and the other core fields, fields of customers |
| `case` | `workflow`, `state`, `severity`, `opened_at`, `due_at`, `closed_at`, `clock.<timer>`, fields of cases |
| `interaction` | `channel`, `direction`, `purpose`, `disposition` ..., `started_at`, timings, fields of interactions |
| `record:<type>` | `state`, `occurred_at`, `ends_at`, `amount_minor`, `currency`, `clock.<timer>`, fields of the type |

`clock.<timer>` is the state of the newest clock of that timer: running, paused, met, breached or cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, and_, cast, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from core.cases.models import Case
from core.clocks.models import Clock
from core.conditions import ConditionError, ValueType, compile_sql, parse, value_sql
from core.customers.fields import condition_fields
from core.customers.models import Customer
from core.engagements.models import Canary
from core.engagements.queries import live_lease
from core.errors import N_, FieldError
from core.fields import FieldSet
from core.gate.facts import CHANNELS, PURPOSES
from core.interactions.labels import DIRECTIONS, DISPOSITIONS, NEXT_STEPS, OUTCOMES
from core.interactions.models import Interaction
from core.plugin.catalog import CatalogView
from core.plugin.processes import Timer
from core.plugin.types import Condition, Kpi, Total
from core.records.models import Record

CLOCK = ValueType(kind="choice", choices=frozenset({"running", "paused", "met", "breached", "cancelled"}))
ADDED, MOMENTS = ("integer", "money"), ("date", "datetime")
APART = ("choice", "boolean", "text")
"""Kinds of values that a KPI can be told apart by."""

BEGINS: Mapping[str, str] = {"case": "opened_at", "interaction": "started_at", "record": "occurred_at"}
"""The moment that says in which month a row is counted. A customer has none: a KPI of customers is of today."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The rows that the KPIs of one `on` and vertical select from. `clocks` are keys of timers."""

    model: type[Customer | Case | Interaction | Record]
    where: ColumnElement[bool]
    types: Mapping[str, ValueType]
    customer_id: InstrumentedAttribute[Any]
    clocks: Sequence[str] = ()

    def check(self, kpi: Kpi) -> Iterator[tuple[str, ConditionError]]:
        """Which parts cannot be used, and why."""
        for name, part in (("numerator", kpi.numerator), ("denominator", kpi.denominator)):
            try:
                self._check(part, kpi=kpi)
            except ConditionError as error:
                yield name, error
        wrong = [name for name in kpi.by if name not in self.types or self.types[name].kind not in APART]
        if wrong:
            yield "by", _wrong(wrong[0], N_("“%(name)s” is no choice, text or yes/no that rows can be told apart by."))

    def _check(self, part: Condition | Total, *, kpi: Kpi) -> None:
        if isinstance(part, Total):
            kinds = MOMENTS if part.since is not None else ADDED
            for name in filter(None, (part.of, part.since)):
                if name not in self.types or self.types[name].kind not in kinds:
                    raise _wrong(name, N_("“%(name)s” is nothing that can be added here."))
        parse(rows_of(part, kpi=kpi), types=self.types)

    def selects(self, part: Condition | Total, *, kpi: Kpi) -> ColumnElement[bool]:
        """Which rows a part counts or adds."""
        columns = {f"clock.{key}": self._clock(key) for key in self.clocks}
        return compile_sql(rows_of(part, kpi=kpi), types=self.types, model=self.model, columns=columns)

    def measure(self, part: Condition | Total, *, kpi: Kpi) -> ColumnElement[int]:
        """The part itself: how many rows, or their total as a whole number."""
        among = self.selects(part, kpi=kpi)
        if not isinstance(part, Total):
            return func.count(self.model.id).filter(among)
        value = self.value(part.of)
        if part.since is not None:
            value = func.extract("epoch", cast(value, DateTime(True)) - cast(self.value(part.since), DateTime(True)))
        return cast(func.coalesce(func.sum(value).filter(among), 0), BigInteger)

    def value(self, name: str) -> ColumnElement[Any]:
        """What a row holds under a name."""
        return value_sql(name, types=self.types, model=self.model)

    def among(self, engagement_id: UUID | None) -> ColumnElement[bool]:
        """The rows its reader may see: a client's all, an engagement's those of customers leased to it, and shared records.

        A client's numbers leave out the customers it invented; a provider's do not, or they would tell that there are some.
        """
        if engagement_id is None:
            return and_(self.where, ~exists().where(Canary.customer_id == self.customer_id))
        seen = live_lease(self.customer_id, engagement_id=engagement_id)
        if self.model in (Case, Interaction):
            seen = and_(seen, or_(self.model.engagement_id.is_(None), self.model.engagement_id == engagement_id))
        if self.model is Record:
            seen = or_(Record.exposure == "shared", and_(Record.exposure == "leased", seen))
        return and_(self.where, seen)

    def _clock(self, key: str) -> ColumnElement[Any]:
        held = Clock.case_id == Case.id if self.model is Case else Clock.record_id == Record.id
        newest = select(Clock.state).where(held, Clock.timer == key).order_by(Clock.started_at.desc(), Clock.id.desc())
        return newest.limit(1).correlate(self.model).scalar_subquery()


def _wrong(name: str, message: str) -> ConditionError:
    return ConditionError(errors=[FieldError(field=name, code="unusable", message=message, params={"name": name})])


def rows_of(part: Condition | Total, *, kpi: Kpi) -> Condition:
    """The condition that the rows of a part meet. Those of a total have what is added; money is of one currency."""
    needed: list[Condition] = [part.when if isinstance(part, Total) else part]
    if isinstance(part, Total):
        needed += [{"op": "is_set", "field": name} for name in (part.of, part.since) if name is not None]
    if isinstance(kpi.numerator, Total) and kpi.numerator.of == "amount_minor":
        needed.append({"op": "eq", "field": "currency", "value": kpi.currency or ""})
    return needed[0] if len(needed) == 1 else {"op": "and", "of": needed}


def counted(view: CatalogView, kpi: Kpi, *, owner: str) -> Counted:
    """What a KPI of the vertical `owner` counts."""
    if kpi.on == "case":
        return _cases(view, owner)
    if kpi.on == "interaction":
        return _interactions(view)
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


def _interactions(view: CatalogView) -> Counted:
    chosen = {
        "channel": CHANNELS, "direction": DIRECTIONS, "purpose": PURPOSES, "disposition": DISPOSITIONS,
        "outcome": OUTCOMES, "next_step": NEXT_STEPS, "party": ("client", "provider", "system"),
    }  # fmt: skip
    types = {
        **FieldSet(fields=view.all_fields(on="interaction")).types(),
        **{name: ValueType(kind="choice", choices=frozenset(keys), column=name) for name, keys in chosen.items()},
        **{name: ValueType(kind="datetime", column=name) for name in ("started_at", "ended_at")},
        **{
            name: ValueType(kind="integer", column=name)
            for name in ("queued_s", "ring_s", "talk_s", "hold_s", "wrap_s")
        },
        **{name: ValueType(kind="boolean", column=name) for name in ("ungated", "abandoned")},
    }
    return Counted(model=Interaction, where=true(), types=types, customer_id=Interaction.customer_id)


def _records(view: CatalogView, kind: str) -> Counted:
    declared = view.record_types[kind]
    clocks = _keys(declared.timers)
    types = {
        **FieldSet(fields=view.all_fields(on=f"record:{kind}")).types(),
        "state": ValueType(kind="choice", choices=frozenset(each.key for each in declared.states), column="state"),
        **{name: ValueType(kind="datetime", column=name) for name in ("occurred_at", "ends_at")},
        "amount_minor": ValueType(kind="money", column="amount_minor"),
        "currency": ValueType(kind="text", column="currency"),
        **{f"clock.{key}": CLOCK for key in clocks},
    }
    return Counted(model=Record, where=Record.type == kind, types=types, customer_id=Record.customer_id, clocks=clocks)


def _keys(timers: Iterable[Timer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(timer.key for timer in timers))
