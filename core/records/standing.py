"""A record as rules and clocks are told of it: what it holds, what it belongs to, its readings and its children.

1. Before a change the gate is asked (`record_change`) with the record as it would be and as it was.
2. After it, watching rules look at it (`record_watch`), and at its parent where a rule there looks at such children.
3. Its clocks follow its states, values and readings. Where no rule is on a type and it has no timers, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clocks import service as clocks
from core.clocks.service import ClockSubject, Entered
from core.context import Context
from core.customers.models import Customer
from core.fields.storage import stored
from core.gate.acts import Act, decide_act, refuse, watch
from core.gate.subject import zone_of
from core.plugin import RecordType, Rule
from core.plugin.catalog import CatalogView
from core.records.models import Record, RecordReading

MOST_PARENTS = 8
READINGS = 20
CHILDREN = 200

Action = Literal["record_change", "record_watch"]


def qualified(owner: str, key: str) -> str:
    """Declarations name what is of their own vertical by bare key."""
    return key if "." in key else f"{owner}.{key}"


def before_of(record: Record) -> dict[str, Any]:
    """The record as it is, for a rule that compares."""
    return {"state": record.state, "attributes": record.attributes}


def ask(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    record: Record,
    before: Mapping[str, Any] | None,
    step: str | None,
    at: datetime,
) -> None:
    """Ask the gate about the record as it would be. Raises GateRefused, which carries the evidence."""
    rules = rules_on(view, "record_change", record.type)
    if rules:
        act = _act(session, view=view, action="record_change", record=record, rules=rules, before=before, step=step)
        refuse(decide_act(session, context=context, view=view, act=act, at=at))


def follow(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    record: Record,
    before: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """After a change: the clocks, the watching rules of the record and those of its parent that look at its children."""
    kind = view.record_types.get(record.type)
    if kind is not None and kind.timers:
        _follow_clocks(session, context=context, view=view, record=record, kind=kind, at=at)
        session.flush()
    look(session, context=context, view=view, record=record, before=before)
    if record.parent_id is not None:
        look_at_parent(session, context=context, view=view, parent_id=record.parent_id, child=record.type)


def look(
    session: Session, *, context: Context, view: CatalogView, record: Record, before: Mapping[str, Any] | None = None
) -> None:
    """Ask the watching rules of a record."""
    rules = rules_on(view, "record_watch", record.type)
    if rules:
        act = _act(session, view=view, action="record_watch", record=record, rules=rules, before=before, step=None)
        watch(session, context=context, view=view, act=act)


def look_at_parent(session: Session, *, context: Context, view: CatalogView, parent_id: UUID, child: str) -> None:
    parent = session.scalar(select(Record).where(Record.id == parent_id))
    if parent is not None and child in _children_named(rules_on(view, "record_watch", parent.type), parent.type):
        look(session, context=context, view=view, record=parent)


def rules_on(view: CatalogView, action: Action, name: str) -> list[Rule]:
    """The rules that ask about records of a type: those that name it, and those of its vertical that name none."""
    owner = name.partition(".")[0]
    found = []
    for key, rule in view.rules(action).items():
        of = key.partition(".")[0]
        named = {qualified(of, each) for each in rule.on}
        if name in named or (not named and of == owner):
            found.append(rule)
    return found


def described(record: Any) -> dict[str, Any]:
    """A record, or a row of one, as the gate documents it."""
    names = ("id", "type", "state", "attributes", "amount_minor", "currency", "occurred_at", "ends_at")
    return {name: getattr(record, name) for name in names}


def parents_of(session: Session, parent_id: UUID | None) -> list[Record]:
    """The record's parent, its parent and so on, the nearest first."""
    found: list[Record] = []
    while parent_id is not None and len(found) < MOST_PARENTS:
        parent = session.scalar(select(Record).where(Record.id == parent_id))
        if parent is None:
            break
        found.append(parent)
        parent_id = parent.parent_id
    return found


def _act(
    session: Session,
    *,
    view: CatalogView,
    action: Action,
    record: Record,
    rules: Sequence[Rule],
    before: Mapping[str, Any] | None,
    step: str | None,
) -> Act:
    parents = parents_of(session, record.parent_id)
    chain = [record.id, *(each.id for each in parents)]
    return Act(
        action=action,
        on=record.type,
        step=step,
        customer_id=record.customer_id,
        record={**described(record), "parents": [described(each) for each in parents]},
        before=before,
        readings=_readings(session, record.id, view.record_types.get(record.type)),
        children=_children(session, chain, _children_named(rules, record.type)),
    )


def _children_named(rules: Sequence[Rule], name: str) -> set[str]:
    owner = name.partition(".")[0]
    return {qualified(owner, child) for rule in rules for child in rule.children}


def _children(session: Session, chain: Sequence[UUID], types: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Of the record and of what it belongs to: a type is a child of one type only, so each is of one of them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(types):
        rows = session.execute(
            select(Record.state, Record.attributes, Record.occurred_at, Record.ends_at)
            .where(Record.parent_id.in_(chain), Record.type == name)
            .order_by(Record.id.desc())
            .limit(CHILDREN)
        )
        found[name.partition(".")[2]] = [dict(row._mapping) for row in rows]
    return found


def _readings(session: Session, record_id: UUID, kind: RecordType | None) -> dict[str, list[dict[str, Any]]]:
    """By counter of the type, the newest first, at most READINGS of each."""
    found: dict[str, list[dict[str, Any]]] = {}
    for counter in [each.key for each in kind.counters] if kind is not None else ():
        rows = session.execute(
            select(RecordReading.value, RecordReading.read_at, RecordReading.status)
            .where(RecordReading.record_id == record_id, RecordReading.counter == counter)
            .order_by(RecordReading.read_at.desc(), RecordReading.id.desc())
            .limit(READINGS)
        )
        found[counter] = [dict(row._mapping) for row in rows]
    return found


def _follow_clocks(
    session: Session, *, context: Context, view: CatalogView, record: Record, kind: RecordType, at: datetime
) -> None:
    customer: Any = None
    if record.customer_id is not None:
        customer = session.execute(
            select(Customer.country, Customer.time_zone).where(Customer.id == record.customer_id)
        ).one_or_none()
    held = {name: stored(getattr(record, name)) for name in ("occurred_at", "ends_at")}
    subject = ClockSubject(
        owner=record.type,
        record_id=record.id,
        customer_id=record.customer_id,
        country=customer.country if customer is not None else None,
        zone=zone_of((customer.time_zone if customer is not None else None) or context.zone),
        values={**held, **record.attributes.get(record.type.partition(".")[0], {})},
        readings={
            counter: series[0]["value"] for counter, series in _readings(session, record.id, kind).items() if series
        },
    )
    clocks.follow(
        session,
        context=context,
        view=view,
        timers=kind.timers,
        history=history_of(record),
        subject=subject,
        at=at,
    )


def history_of(record: Record) -> list[Entered]:
    """The states it came into. Of a record from before they were kept, the one it is in, since it began or was made."""
    if not record.history:
        return [Entered(record.state, record.occurred_at or record.created_at)]
    return [Entered(each["state"], datetime.fromisoformat(each["at"])) for each in record.history]
