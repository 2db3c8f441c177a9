"""Read how a customer can be reached and what it agreed to, for its page. The gate reads in batches: `facts.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, Text, false, func, literal, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Session

from core.contacts.models import Consent, Contact, ContactPoint, DoNotContact
from core.customers.models import Customer

KINDS = ("phone", "email", "address", "chat")
MOST_ANSWERS = 500


@dataclass(frozen=True, kw_only=True)
class PointRow:
    id: UUID
    kind: str
    value: str
    label: str | None
    preferred: bool
    stale_since: datetime | None
    stale_reason: str | None
    verified_on: datetime | None
    verified_how: str | None
    parts: Mapping[str, str] | None
    contact_id: UUID | None
    version: int


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
class PersonRow:
    """Somebody to reach at a customer."""

    id: UUID
    customer_id: UUID
    name: str
    role: str | None
    locale: str | None
    preferred: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How a customer can be reached now, the preferred points first, and whether it may be."""

    points: Sequence[PointRow]
    consents: Sequence[ConsentRow]
    do_not_contact: Sequence[DoNotContactRow]
    people: Sequence[PersonRow] = ()


def reach_of(session: Session, *, customer_id: UUID) -> Reach:
    """All in one statement: the page of a customer has many parts."""
    parts = union_all(_points(customer_id), _latest(customer_id), _live(customer_id), _people(customer_id)).subquery()
    rows = session.execute(
        select(Customer.id.label("owner"), *parts.c)
        .join(parts, parts.c.customer_id == Customer.id)
        .order_by(parts.c.purpose, parts.c.channel, parts.c.since, parts.c.id)
    ).all()
    points = sorted(
        (_point(row) for row in rows if row.part == "point"),
        key=lambda each: (each.stale_since is not None, not each.preferred),
    )
    return Reach(
        points=sorted(points, key=lambda each: KINDS.index(each.kind)),
        consents=[_consent(row) for row in rows if row.part == "consent"],
        do_not_contact=[
            DoNotContactRow(id=row.id, purpose=row.purpose, channel=row.channel, reason=row.words, until=row.until)
            for row in rows
            if row.part == "entry"
        ],
        people=sorted((_person(row) for row in rows if row.part == "person"), key=lambda each: not each.preferred),
    )


def _points(customer_id: UUID) -> Any:
    point = ContactPoint
    return select(
        literal("point").label("part"), point.customer_id, point.id, null().cast(Text).label("purpose"),
        point.kind.label("channel"), point.label.label("status"), point.created_at.label("since"),
        point.stale_since.label("until"), point.value.label("words"), point.preferred.label("flag"),
        func.jsonb_build_object(
            "verified_on", point.verified_at, "verified_how", point.verified_how, "stale_reason", point.stale_reason,
            "parts", point.parts, "contact_id", point.contact_id, "version", point.version,
        ).label("more"),
    ).where(point.customer_id == customer_id)  # fmt: skip


def _latest(customer_id: UUID) -> Any:
    return (
        select(
            literal("consent"), Consent.customer_id, Consent.id, Consent.purpose, Consent.channel, Consent.status,
            Consent.captured_at, Consent.expires_at, Consent.evidence, Consent.expires_at <= func.now(),
            null().cast(JSONB),
        )
        .where(Consent.customer_id == customer_id)
        .ext(distinct_on(Consent.purpose, Consent.channel))
        .order_by(Consent.purpose, Consent.channel, Consent.captured_at.desc(), Consent.id.desc())
    )  # fmt: skip


def _live(customer_id: UUID) -> Any:
    entry = DoNotContact
    return select(
        literal("entry"), entry.customer_id, entry.id, entry.purpose, entry.channel, null().cast(Text),
        entry.created_at, entry.until, entry.reason, false(), null().cast(JSONB),
    ).where(entry.customer_id == customer_id, or_(entry.until.is_(None), entry.until > func.now()))  # fmt: skip


def _people(customer_id: UUID) -> Any:
    c = Contact
    return select(
        literal("person"), c.customer_id, c.id, null().cast(Text), c.role, c.locale, c.created_at,
        null().cast(DateTime(timezone=True)), c.name, c.preferred, func.jsonb_build_object("version", c.version),
    ).where(c.customer_id == customer_id)  # fmt: skip


def _person(row: Row[Any]) -> PersonRow:
    return PersonRow(
        id=row.id, customer_id=row.owner, name=row.words, role=row.channel, locale=row.status, preferred=row.flag,
        version=row.more["version"],
    )  # fmt: skip


def _point(row: Row[Any]) -> PointRow:
    more = row.more
    return PointRow(
        id=row.id, kind=row.channel, value=row.words, label=row.status, preferred=row.flag, stale_since=row.until,
        stale_reason=more["stale_reason"], verified_how=more["verified_how"], parts=more["parts"], version=more["version"],
        verified_on=datetime.fromisoformat(more["verified_on"]) if more["verified_on"] else None,
        contact_id=UUID(more["contact_id"]) if more["contact_id"] else None,
    )  # fmt: skip


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


def people_of(session: Session, *, customer_id: UUID) -> list[PersonRow]:
    """The preferred first, in one statement."""
    c = Contact
    rows = session.execute(
        select(c.id, c.customer_id, c.name, c.role, c.locale, c.preferred, c.version)
        .where(c.customer_id == customer_id)
        .order_by(c.preferred.desc(), c.name_key, c.id)
        .limit(200)
    ).all()
    return [PersonRow(**row._mapping) for row in rows]


def answers_of(session: Session, *, customer_id: UUID) -> Sequence[Row[Any]]:
    """Every answer that was ever recorded, the latest first: nothing is overwritten, so this is the evidence."""
    c = Consent
    columns: tuple[Any, ...] = (
        c.id, c.customer_id, c.purpose, c.channel, c.status, c.basis, c.captured_at, c.expires_at, c.evidence,
        c.text_version, c.source, c.created_at, c.version,
    )  # fmt: skip
    wanted = select(*columns).where(c.customer_id == customer_id)
    return session.execute(wanted.order_by(c.captured_at.desc(), c.id.desc()).limit(MOST_ANSWERS)).all()


def entries_of(session: Session, *, customer_id: UUID) -> Sequence[Row[Any]]:
    """Do-not-contact entries, those that ended too, the latest first."""
    d = DoNotContact
    columns: tuple[Any, ...] = (
        d.id, d.customer_id, d.purpose, d.channel, d.reason, d.source, d.until, d.created_at, d.version,
        or_(d.until.is_(None), d.until > func.now()).label("stands"),
    )  # fmt: skip
    wanted = select(*columns).where(d.customer_id == customer_id)
    return session.execute(wanted.order_by(d.created_at.desc(), d.id.desc()).limit(MOST_ANSWERS)).all()
