"""What the gate must know, and who tells it: features above register a source each, wired in `app.py`.

A source answers for many customers in one statement, so that a call list costs no more statements than one call. It
gets what earlier sources found (the place decides what "today" is) and returns facts of customers it may see only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.plugin.catalog import CatalogView

PURPOSES = ("service", "marketing", "retention", "survey", "collections", "recall")
CHANNELS = ("phone", "sms", "email", "post", "chat", "visit")
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


Facts: TypeAlias = Mapping[UUID, Mapping[str, Any]]
FactSource: TypeAlias = Callable[[Session, Question, Facts], Facts]

SOURCES: list[FactSource] = []
"""In order; the first decides which customers exist for the asker. One statement each."""


def install(sources: Iterable[FactSource]) -> None:
    """Set the sources of this process (at boot)."""
    SOURCES[:] = sources


def gather(session: Session, question: Question) -> dict[UUID, dict[str, Any]]:
    """The facts of every customer the asker may see; absent and not leased are the same."""
    found: dict[UUID, dict[str, Any]] = {}
    for number, source in enumerate(SOURCES):
        for customer_id, facts in source(session, question, found).items():
            if number == 0:
                found[customer_id] = dict(facts)
            elif customer_id in found:
                found[customer_id].update(facts)
        if not found:
            break
    return found
