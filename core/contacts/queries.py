"""Read how a customer can be reached and what it agreed to, for its page. The gate reads in batches: `facts.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, false, func, literal, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.contacts.models import Consent, ContactPoint, DoNotContact
from core.customers.models import Customer

KINDS = ("phone", "email", "address", "chat")


@dataclass(frozen=True, kw_only=True)
class PointRow:
    id: UUID
    kind: str
    value: str
    label: str | None
    preferred: bool
    stale_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class ConsentRow:
    """The latest answer for one purpose and channel. `status` is `expired` once `expires_at` has passed."""

    id: UUID
    purpose: str
    channel: str
    status: str
    captured_at: datetime
    expires_at: datetime | None
    evidence: str | None


@dataclass(frozen=True, kw_only=True)
class DoNotContactRow:
    """A live entry."""

    id: UUID
    purpose: str
    channel: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How a customer can be reached now, the preferred points first, and whether it may be."""

    points: Sequence[PointRow]
    consents: Sequence[ConsentRow]
    do_not_contact: Sequence[DoNotContactRow]


def reach_of(session: Session, *, customer_id: UUID) -> Reach:
    """All in one statement: the page of a customer has many parts."""
    parts = union_all(_points(customer_id), _latest(customer_id), _live(customer_id)).subquery()
    rows = session.execute(
        select(Customer.id.label("owner"), *parts.c)
        .join(parts, parts.c.customer_id == Customer.id)
        .order_by(parts.c.purpose, parts.c.channel, parts.c.since, parts.c.id)
    ).all()
    points = sorted((_point(row) for row in rows if row.part == "point"), key=lambda each: not each.preferred)
    return Reach(
        points=sorted(points, key=lambda each: KINDS.index(each.kind)),
        consents=[_consent(row) for row in rows if row.part == "consent"],
        do_not_contact=[
            DoNotContactRow(id=row.id, purpose=row.purpose, channel=row.channel, reason=row.words, until=row.until)
            for row in rows
            if row.part == "entry"
        ],
    )


def _points(customer_id: UUID) -> Any:
    point = ContactPoint
    return select(
        literal("point").label("part"), point.customer_id, point.id, null().cast(Text).label("purpose"),
        point.kind.label("channel"), point.label.label("status"), point.created_at.label("since"),
        point.stale_since.label("until"), point.value.label("words"), point.preferred.label("flag"),
    ).where(point.customer_id == customer_id)  # fmt: skip


def _latest(customer_id: UUID) -> Any:
    return (
        select(
            literal("consent"), Consent.customer_id, Consent.id, Consent.purpose, Consent.channel, Consent.status,
            Consent.captured_at, Consent.expires_at, Consent.evidence, Consent.expires_at <= func.now(),
        )
        .where(Consent.customer_id == customer_id)
        .ext(distinct_on(Consent.purpose, Consent.channel))
        .order_by(Consent.purpose, Consent.channel, Consent.captured_at.desc(), Consent.id.desc())
    )  # fmt: skip


def _live(customer_id: UUID) -> Any:
    entry = DoNotContact
    return select(
        literal("entry"), entry.customer_id, entry.id, entry.purpose, entry.channel, null().cast(Text),
        entry.created_at, entry.until, entry.reason, false(),
    ).where(entry.customer_id == customer_id, or_(entry.until.is_(None), entry.until > func.now()))  # fmt: skip


def _point(row: Row[Any]) -> PointRow:
    return PointRow(
        id=row.id, kind=row.channel, value=row.words, label=row.status, preferred=row.flag, stale_since=row.until
    )


def _consent(row: Row[Any]) -> ConsentRow:
    return ConsentRow(
        id=row.id,
        purpose=row.purpose,
        channel=row.channel,
        status="expired" if row.flag and row.status == "granted" else row.status,
        captured_at=row.since,
        expires_at=row.until,
        evidence=row.words,
    )
