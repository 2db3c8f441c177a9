"""A year of demonstration data as rates, seasons and ways that cases go; the core makes it up, the same for the same day.

Everything lies before now: a case whose next step would be in the future stands where it has come to, with its clocks running.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

YEAR = 365
EVEN: Sequence[float] = (1.0,) * 12


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way that a case goes: `steps` are keys of transitions, each with the mean hours before it is taken.

    `share` is how often, beside the other ways. `values` are case fields known in the end, by bare key and typed.
    """

    share: float
    steps: Sequence[tuple[str, float]]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Cases of one workflow: `per_month` of them in a mean month, for all customers of the demonstration together.

    `season` has a factor for each month from January on. `values(random, customer)` are the case's fields as it is opened, of
    the customer's by bare key. `record` is the type of record it is about: one of the customer's, who must have one.
    `provider` is the share that is worked by a provider, where the customer is leased to one.
    """

    workflow: str
    per_month: float
    ways: Sequence[Way]
    season: Sequence[float] = EVEN
    values: Callable[[Random, Mapping[str, Any]], Mapping[str, Any]] | None = None
    record: str | None = None
    severity: Mapping[str, float] = field(default_factory=lambda: {"normal": 1.0})
    provider: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Contacts for one purpose on one channel, `per_month` in a mean month.

    `outcomes` are shares of how far they get: `disposition`, or `disposition/outcome`, or `disposition/outcome/next_step`.
    `talk_s` are the shortest and the longest talk in seconds. `values(random, customer)` are fields of the contact.
    """

    purpose: str
    per_month: float
    outcomes: Mapping[str, float]
    channel: str = "phone"
    direction: str = "outbound"
    season: Sequence[float] = EVEN
    talk_s: tuple[int, int] = (40, 420)
    values: Callable[[Random, Mapping[str, Any]], Mapping[str, Any]] | None = None
    provider: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Year:
    """What happened in the last twelve months."""

    cases: Sequence[Cases] = ()
    contacts: Sequence[Contacts] = ()


def some_day(
    random: Random, *, season: Sequence[float] = EVEN, days: int = YEAR, now: datetime | None = None
) -> datetime:
    """A moment of the last `days`, in working hours (of China), more often in months whose factor is high."""
    end = now or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    most = max(season)
    while True:
        day = end - timedelta(days=random.random() * days)
        if random.random() * most <= season[day.month - 1]:
            return day.replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(
                seconds=random.randrange(9 * 3600)
            )


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Seeded demo data: `customer(random, index) -> {field key: value}` for one generated customer.

    Keys are bare, values typed: date, Decimal, int minor units for money, bool, text.
    `records(random, index, customer)` gives that customer's records, each as
    `{"type", "state", "identifiers": {scheme: value}, "attributes": {field key: value}}`, and if it has them `occurred_at`,
    `ends_at`, `amount_minor`, `readings: {counter: [(datetime, value), ...]}` and `children` of the same form.
    `stock(random)` gives records that no customer holds, such as a project with its buildings and units.
    `year` is what happened to them: cases and contacts of the last twelve months.
    `books(session, context, view, now)` fills the vertical's own tables from the records that are there by then.
    """

    tenant: Mapping[str, str]
    slug: str
    customer: Callable[[Any, int], Mapping[str, Any]]
    customers: int = 1200
    records: Callable[[Any, int, Mapping[str, Any]], Sequence[Mapping[str, Any]]] | None = None
    stock: Callable[[Any], Sequence[Mapping[str, Any]]] | None = None
    year: Year | None = None
    books: Callable[..., None] | None = None
