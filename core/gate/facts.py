"""What the gate must know, and who tells it: features above register what they tell of a customer, wired in `app.py`.

One statement reads it all, for many customers at once: the feature of the customers' own facts sends it, with a column for
each of the others. It decides which customers there are for the asker; absent and not leased are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from core.context import Context
from core.plugin import types
from core.plugin.catalog import CatalogView

PURPOSES, CHANNELS = types.PURPOSES, types.CHANNELS
SELLING = frozenset({"marketing", "retention"})
"""Retention sells too: it needs what marketing needs."""

POINT_OF = {
    "phone": "phone", "sms": "phone", "email": "email", "post": "address", "visit": "address", "chat": "chat",
}  # fmt: skip
"""The kind of contact point a channel needs."""


class Past(NamedTuple):
    """A contact that was made with a customer, by whomever, on whatever channel."""

    purpose: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """Who asks what about whom. `at` is the moment of the act, aware."""

    context: Context
    view: CatalogView
    customer_ids: Sequence[UUID]
    purpose: str
    channel: str
    at: datetime


class Telling(Protocol):
    """What a feature tells of a customer beside its own facts: one column of the statement, and how it is read."""

    name: str

    def column(self, customer_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        """Asked once. It may have `bindparam`s."""

    def values(self, question: Question) -> Mapping[str, Any]:
        """Of the column's parameters."""

    def read(self, told: Any, question: Question, *, zone: str) -> Mapping[str, Any]:
        """The facts. `zone` is the customer's: it decides what "today" is."""


class CustomerFacts(Protocol):
    def __call__(
        self, session: Session, question: Question, tellings: Sequence[Telling]
    ) -> dict[UUID, tuple[dict[str, Any], Mapping[str, Any]]]:
        """By customer: its own facts, and what was told in the column of each of the others."""


CUSTOMERS: list[CustomerFacts] = []
TELLINGS: list[Telling] = []


def install(customers: CustomerFacts, tellings: Iterable[Telling]) -> None:
    """Set who tells the gate in this process (at boot)."""
    CUSTOMERS[:], TELLINGS[:] = [customers], tellings


def gather(session: Session, question: Question) -> dict[UUID, dict[str, Any]]:
    """The facts of every customer the asker may see."""
    found = {}
    for customer_id, (facts, told) in CUSTOMERS[0](session, question, TELLINGS).items():
        for each in TELLINGS:
            facts |= each.read(told[each.name], question, zone=facts["customer"]["time_zone"])
        found[customer_id] = facts
    return found
