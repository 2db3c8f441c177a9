"""Who and what entries are about, in words: names of people, numbers of rows. Higher features hand in where to look.

What a reader may not see has no number for them: the database's walls answer, not this module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.base import TenantModel

NUMBERED: dict[str, type[TenantModel]] = {}
"""Types of subjects whose table has a running number."""


@dataclass(frozen=True, kw_only=True)
class Person:
    id: UUID
    name: str
    company: str | None = None
    """Of a provider's people: whom they work for."""


@dataclass(frozen=True, kw_only=True)
class Directory:
    """How to ask for people: those of some ids, and all that a filter can offer. Engagements are (id, name)."""

    people: Callable[[Session, Sequence[UUID] | None], Mapping[UUID, Person]]
    engagements: Callable[[Session], Sequence[tuple[UUID, str]]]


DIRECTORY: list[Directory] = []


def people(session: Session, ids: Sequence[UUID] | None = None) -> Mapping[UUID, Person]:
    return DIRECTORY[0].people(session, ids) if DIRECTORY else {}


def engagements(session: Session) -> Sequence[tuple[UUID, str]]:
    return DIRECTORY[0].engagements(session) if DIRECTORY else ()


def numbers(session: Session, rows: Iterable[Any]) -> dict[tuple[str, UUID], int]:
    """The numbers of what rows with `subject_type`, `subject_id` and `customer_id` are about: one statement a type."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for row in rows:
        if row.subject_id is not None:
            wanted[row.subject_type].add(row.subject_id)
        if row.customer_id is not None:
            wanted["customer"].add(row.customer_id)
    found: dict[tuple[str, UUID], int] = {}
    for kind, ids in wanted.items():
        model: Any = NUMBERED.get(kind)
        if model is not None:
            asked = session.execute(select(model.id, model.number).where(model.id.in_(ids)))
            found |= {(kind, row.id): row.number for row in asked}
    return found


def by_number(session: Session, *, kind: str, number: int) -> UUID | None:
    """The row of a type with this number."""
    model: Any = NUMBERED.get(kind)
    found: UUID | None = session.scalar(select(model.id).where(model.number == number)) if model is not None else None
    return found
