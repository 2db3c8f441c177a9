"""Read how a customer can be reached and what it agreed to, for its page. The gate reads in batches: `facts.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.contacts.models import Consent, ContactPoint, DoNotContact


@dataclass(frozen=True, kw_only=True)
class PointRow:
    id: UUID
    kind: str
    value: str
    label: str | None
    preferred: bool
    verified_at: datetime | None
    stale_since: datetime | None


def points_of(session: Session, *, customer_id: UUID) -> list[PointRow]:
    """The customer's own points, the preferred first."""
    point = ContactPoint
    rows = session.execute(
        select(point.id, point.kind, point.value, point.label, point.preferred, point.verified_at, point.stale_since)
        .where(point.customer_id == customer_id)
        .order_by(point.kind.desc(), point.preferred.desc(), point.created_at, point.id)
    )
    return [PointRow(**row._mapping) for row in rows]


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
class Standing:
    """What holds for a customer now."""

    consents: Sequence[ConsentRow]
    do_not_contact: Sequence[DoNotContactRow]


def standing_of(session: Session, *, customer_id: UUID) -> Standing:
    return Standing(consents=_consents(session, customer_id), do_not_contact=_do_not_contact(session, customer_id))


def _consents(session: Session, customer_id: UUID) -> list[ConsentRow]:
    rows = session.execute(
        select(
            Consent.id, Consent.purpose, Consent.channel, Consent.status, Consent.captured_at, Consent.expires_at,
            Consent.evidence, (Consent.expires_at <= func.now()).label("over"),
        )
        .where(Consent.customer_id == customer_id)
        .ext(distinct_on(Consent.purpose, Consent.channel))
        .order_by(Consent.purpose, Consent.channel, Consent.captured_at.desc(), Consent.id.desc())
    )  # fmt: skip
    found = []
    for row in rows:
        values = dict(row._mapping)
        if values.pop("over") and row.status == "granted":
            values["status"] = "expired"
        found.append(ConsentRow(**values))
    return found


def _do_not_contact(session: Session, customer_id: UUID) -> list[DoNotContactRow]:
    entry = DoNotContact
    rows = session.execute(
        select(entry.id, entry.purpose, entry.channel, entry.reason, entry.until)
        .where(entry.customer_id == customer_id, or_(entry.until.is_(None), entry.until > func.now()))
        .order_by(entry.created_at, entry.id)
    )
    return [DoNotContactRow(**row._mapping) for row in rows]
