"""Read what waits for review, what was merged, and what stands against either. Only pairs both of whose customers are reached."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.context import Context
from core.customers.models import Customer
from core.customers.queries import cursor
from core.duplicates import people
from core.duplicates.linkage.clusters import clusters
from core.duplicates.matching import model_of, records_of
from core.duplicates.models import CustomerMerge, DuplicatePair
from core.errors import N_, Invalid
from core.identity.models import Participant

LIMIT = 50
COUNTED = 1000
SHOWN = ("open", "mine", "later", "decided")
GROUP = 12
"""Customers of one group that are shown."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """`following` is the cursor of the next page."""

    rows: Sequence[Row[Any]]
    following: str | None


def queue(
    session: Session, *, context: Context, show: str = "open", after: str | None = None, limit: int = LIMIT
) -> Queue:
    """Pairs for review, the likeliest first; those of the reader; those skipped; or those decided, the latest first.

    Raises Invalid for a cursor that is none.
    """
    one, other, person = aliased(Customer), aliased(Customer), aliased(Participant)
    pair = DuplicatePair
    wanted = (
        select(
            pair.id, pair.customer_id, pair.other_id, pair.state, pair.weight, pair.terms, pair.source, pair.skipped_at,
            pair.decided_at, pair.assignee_id, pair.version, pair.note, pair.created_at,
            one.number.label("number"), other.number.label("other_number"), person.shown_name.label("assignee"),
        )
        .join(one, one.id == pair.customer_id)
        .join(other, other.id == pair.other_id)
        .outerjoin(person, person.id == pair.assignee_id)
    )  # fmt: skip
    key: Any = pair.decided_at if show == "decided" else pair.weight
    if show == "decided":
        wanted = wanted.where(pair.state != "open", pair.decided_at.is_not(None))
    else:
        wanted = wanted.where(*_waiting(one, other))
        wanted = wanted.where(pair.skipped_at.is_not(None) if show == "later" else pair.skipped_at.is_(None))
    if show == "mine":
        wanted = wanted.where(pair.assignee_id == context.participant_id)
    if after:
        value, last = _reached(after, decided=show == "decided")
        wanted = wanted.where(or_(key < value, and_(key == value, pair.id > last)))
    rows = session.execute(wanted.order_by(key.desc(), pair.id).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Queue(rows=rows, following=cursor(_key(rows[-1], show), rows[-1].id) if more else None)


def _key(row: Any, show: str) -> Any:
    return row.decided_at.isoformat() if show == "decided" else row.weight


def _reached(after: str, *, decided: bool) -> tuple[Any, UUID]:
    try:
        value, row_id = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return datetime.fromisoformat(value) if decided else int(value), UUID(row_id)
    except (ValueError, TypeError, AttributeError):
        raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after") from None


def _waiting(one: Any, other: Any) -> list[ColumnElement[bool]]:
    return [DuplicatePair.state == "open", one.state == "active", other.state == "active"]


def waiting(session: Session) -> int:
    """How many pairs wait, up to `COUNTED`."""
    one, other = aliased(Customer), aliased(Customer)
    found = (
        select(DuplicatePair.id)
        .join(one, one.id == DuplicatePair.customer_id)
        .join(other, other.id == DuplicatePair.other_id)
        .where(*_waiting(one, other), DuplicatePair.skipped_at.is_(None))
        .limit(COUNTED)
    )
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def next_pair(session: Session, *, context: Context, after: DuplicatePair) -> Row[Any] | None:
    """What a reviewer sees when a pair is decided."""
    found = queue(session, context=context, limit=2).rows
    return next((row for row in found if row.id != after.id), None)


def pair_row(session: Session, *, one_id: UUID, other_id: UUID) -> DuplicatePair | None:
    lower, higher = sorted((one_id, other_id))
    return session.scalar(
        select(DuplicatePair).where(DuplicatePair.customer_id == lower, DuplicatePair.other_id == higher)
    )


def group_of(session: Session, *, one_id: UUID, other_id: UUID) -> list[UUID]:
    """All customers that are likely one with these two: what hangs together, cut where two plainly are not one."""
    reached, edge = {one_id, other_id}, {one_id, other_id}
    links: dict[tuple[UUID, UUID], float] = {}
    while edge and len(reached) < GROUP:
        pairs = session.execute(
            select(DuplicatePair.customer_id, DuplicatePair.other_id, DuplicatePair.weight).where(
                DuplicatePair.state == "open",
                or_(DuplicatePair.customer_id.in_(edge), DuplicatePair.other_id.in_(edge)),
            )
        ).all()
        links |= {(row.customer_id, row.other_id): row.weight / 100 for row in pairs if row.weight >= 0}
        near = {each for pair in links for each in pair}
        edge, reached = near - reached, reached | near
    known = records_of(session, reached)
    model = model_of(session)
    place = {key: at for at, key in enumerate(sorted(known))}
    ids = list(place)
    inside = {(place[a], place[b]): weight for (a, b), weight in links.items() if a in place and b in place}
    if one_id in place and other_id in place:
        low, high = sorted((place[one_id], place[other_id]))
        inside.setdefault((low, high), 0.0)
    groups = clusters(
        inside,
        weigh=lambda a, b: model.weight(model.levels(known[ids[a]], known[ids[b]])),
        against=people.LOWER - people.UPPER,
    )
    return next((([ids[at] for at in group]) for group in groups if place.get(one_id) in group), [])


def merge_row(session: Session, *, merge_id: UUID) -> Row[Any] | None:
    """A merge with the numbers of both, where the reader reaches the survivor."""
    return session.execute(_merges().where(CustomerMerge.id == merge_id)).one_or_none()


def recent_merges(session: Session, *, limit: int = 10) -> Sequence[Row[Any]]:
    return session.execute(_merges().order_by(CustomerMerge.id.desc()).limit(limit)).all()


def _merges() -> Any:
    survivor, merged, person = aliased(Customer), aliased(Customer), aliased(Participant)
    row = CustomerMerge
    return (
        select(
            row.id, row.customer_id, row.survivor_id, row.state, row.reason, row.taken, row.counts, row.left,
            row.created_at, row.undone_at, row.version,
            survivor.number.label("survivor_number"), merged.number.label("number"), person.shown_name.label("by"),
        )
        .join(survivor, survivor.id == row.survivor_id)
        .join(merged, merged.id == row.customer_id)
        .outerjoin(person, person.id == row.created_by)
    )  # fmt: skip


def open_pairs_of(session: Session, *, customer_id: UUID) -> Mapping[UUID, int]:
    """Customers that a customer may be one with, each with the weight."""
    pair, active = DuplicatePair, select(Customer.id).where(Customer.state == "active")
    rows = session.execute(
        select(pair.customer_id, pair.other_id, pair.weight)
        .where(pair.state == "open", pair.customer_id.in_(active), pair.other_id.in_(active))
        .where(or_(pair.customer_id == customer_id, pair.other_id == customer_id))
        .order_by(pair.weight.desc())
        .limit(5)
    )
    return {row.other_id if row.customer_id == customer_id else row.customer_id: row.weight for row in rows}
