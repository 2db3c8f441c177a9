"""What the gate must know about an act beyond what its caller hands over: the customer, and counts of the customer's past.

At most three statements whatever the number of rules: the customer (from a source that features above register, wired in
`app.py`), all counts of records, all counts of cases. What no rule on the act can use is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.errors import NotFound
from core.gate.prepared import Places, Prepared, Ready, qualified
from core.gate.subject import zone_of
from core.plugin import Count


class CustomerSource(Protocol):
    def __call__(
        self, session: Session, *, context: Context, customer_id: UUID, at: datetime
    ) -> Mapping[str, Any] | None:
        """`{"customer", "attributes", "consents", "data_key"}`; None if absent or not leased. One statement."""


CUSTOMER: list[CustomerSource] = []
"""The one source of customers, set at boot."""

_COUNTS = {
    "record": "SELECT key, found FROM record_counts(:customer, cast(:wanted AS jsonb), :besides, :until)",
    "case": "SELECT key, found FROM case_counts(:customer, cast(:wanted AS jsonb), :besides, :until)",
}
"""Functions that wall for themselves: they count what a provider may not see, so that a verdict is the same for all."""


@dataclass(frozen=True, kw_only=True)
class ActFacts:
    """`counts` by vertical and key."""

    customer: Mapping[str, Any] | None
    attributes: Mapping[str, Any]
    consents: Mapping[str, str]
    data_key: bytes | None
    zone: str
    counts: Mapping[str, Mapping[str, int]]


def gather_act(
    session: Session,
    *,
    context: Context,
    ready: Prepared,
    rules: Sequence[Ready],
    customer_id: UUID | None,
    besides: Mapping[str, UUID | None],
    at: datetime,
) -> ActFacts:
    """The facts for the rules. `besides` are the record and case acted upon, which do not count. Raises NotFound."""
    known: Mapping[str, Any] = {}
    if customer_id is not None and CUSTOMER and any(needs_customer(each) for each in rules):
        found = CUSTOMER[0](session, context=context, customer_id=customer_id, at=at)
        if found is None:
            raise NotFound
        known = found
    customer = known.get("customer")
    zone = customer["time_zone"] if customer else context.zone
    places = (customer["country"] if customer else None, context.country)
    wanted = list(_wanted(rules, ready=ready, places=places, at=at, zone=zone))
    counts: dict[str, dict[str, int]] = {}
    for owner, key, _kind, _asked in wanted:
        counts.setdefault(owner, {})[key] = 0
    if customer_id is not None:
        for owner, key, number in _counted(session, wanted, customer_id=customer_id, besides=besides, at=at):
            counts[owner][key] = number
    return ActFacts(
        customer=customer,
        attributes=known.get("attributes", {}),
        consents=known.get("consents", {}),
        data_key=known.get("data_key"),
        zone=zone,
        counts=counts,
    )


def needs_customer(each: Ready) -> bool:
    """A function may read anything; a condition says what it reads; a parameter depends on the customer's country."""
    rule = each.rule
    if rule.decide is not None or rule.parameters or rule.counts:
        return True
    return any(_of_customer(name) for name in each.reads)


def _of_customer(name: str) -> bool:
    head = name.partition(".")[0]
    return head == "customer" or ("." in name and head not in ("record", "before", "case", "counts"))


Wanted = tuple[str, str, str, Mapping[str, Any]]
"""Vertical, key, `record` or `case`, and what the function is asked."""


def _wanted(rules: Sequence[Ready], *, ready: Prepared, places: Places, at: datetime, zone: str) -> Iterator[Wanted]:
    """Each count once. One whose number of days is in no parameter is not counted: its rule holds for that reason."""
    told: set[tuple[str, str]] = set()
    on = at.astimezone(zone_of(zone)).date()
    for each in rules:
        for count in each.rule.counts:
            name = (each.owner, count.key)
            if name in told:
                continue
            days = _days(count, each, ready=ready, places=places, on=on)
            if days is None:
                continue
            told.add(name)
            kind, _, of = count.of.partition(":")
            asked = {
                "key": f"{each.owner}.{count.key}",
                "of": qualified(each.owner, of),
                "states": list(count.states) or None,
                "since": (at - timedelta(days=days)).isoformat() if days >= 0 else None,
            }
            yield each.owner, count.key, kind, asked


def _days(count: Count, each: Ready, *, ready: Prepared, places: Places, on: date) -> int | None:
    """-1 for ever. None: the parameter has no value in force."""
    if count.days is None:
        return -1
    if isinstance(count.days, int):
        return count.days
    parameter = ready.number(qualified(each.owner, count.days), places=places, on=on)
    return int(str(parameter.value)) if parameter is not None else None


def _counted(
    session: Session,
    wanted: Sequence[Wanted],
    *,
    customer_id: UUID,
    besides: Mapping[str, UUID | None],
    at: datetime,
) -> Iterator[tuple[str, str, int]]:
    for kind, statement in _COUNTS.items():
        asked = [each for _, _, of, each in wanted if of == kind]
        if not asked:
            continue
        values = {
            "customer": customer_id, "wanted": orjson.dumps(asked).decode(), "besides": besides.get(kind), "until": at,
        }  # fmt: skip
        for row in session.execute(text(statement).execution_options(**scope.RLS_ONLY), values):
            owner, _, key = row.key.partition(".")
            yield owner, key, row.found
