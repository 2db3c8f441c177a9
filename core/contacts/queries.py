"""Read how customers can be reached and what they agreed to: for the gate (in batches) and for pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from core.contacts.models import Consent, ContactPoint, DoNotContact


@dataclass(frozen=True, kw_only=True)
class ConsentRow:
    """The latest answer for one purpose and channel. `status` is `expired` once `expires_at` has passed."""

    id: UUID
    customer_id: UUID
    purpose: str
    channel: str
    status: str
    basis: str
    captured_at: datetime
    expires_at: datetime | None
    evidence: str | None
    source: str | None


@dataclass(frozen=True, kw_only=True)
class DoNotContactRow:
    """A live entry."""

    id: UUID
    customer_id: UUID
    purpose: str
    channel: str
    reason: str
    until: datetime | None
    created_at: datetime


def consents_of(
    session: Session, *, customer_ids: Sequence[UUID], at: datetime | None = None
) -> dict[UUID, list[ConsentRow]]:
    """The latest consent per purpose and channel of each customer at a moment, in one statement."""
    moment = literal(at) if at is not None else func.now()
    rows = session.execute(
        select(
            Consent.id, Consent.customer_id, Consent.purpose, Consent.channel, Consent.status, Consent.basis,
            Consent.captured_at, Consent.expires_at, Consent.evidence, Consent.source,
            (Consent.expires_at <= moment).label("over"),
        )
        .where(Consent.customer_id == _one_of(customer_ids), Consent.captured_at <= moment)
        .distinct(Consent.customer_id, Consent.purpose, Consent.channel)
        .order_by(
            Consent.customer_id, Consent.purpose, Consent.channel, Consent.captured_at.desc(), Consent.id.desc()
        )
    )  # fmt: skip
    found: dict[UUID, list[ConsentRow]] = {customer_id: [] for customer_id in customer_ids}
    for row in rows:
        values = dict(row._mapping)
        if values.pop("over") and values["status"] == "granted":
            values["status"] = "expired"
        found[row.customer_id].append(ConsentRow(**values))
    return found


def do_not_contact_of(
    session: Session, *, customer_ids: Sequence[UUID], at: datetime | None = None
) -> dict[UUID, list[DoNotContactRow]]:
    """The do-not-contact entries of each customer that are live at a moment, in one statement."""
    moment = literal(at) if at is not None else func.now()
    rows = session.execute(
        select(
            DoNotContact.id, DoNotContact.customer_id, DoNotContact.purpose, DoNotContact.channel, DoNotContact.reason,
            DoNotContact.until, DoNotContact.created_at,
        )
        .where(
            DoNotContact.customer_id == _one_of(customer_ids),
            or_(DoNotContact.until.is_(None), DoNotContact.until > moment),
        )
        .order_by(DoNotContact.created_at, DoNotContact.id)
    )  # fmt: skip
    found: dict[UUID, list[DoNotContactRow]] = {customer_id: [] for customer_id in customer_ids}
    for row in rows:
        found[row.customer_id].append(DoNotContactRow(**row._mapping))
    return found


@dataclass(frozen=True, kw_only=True)
class ContactFacts:
    """What the gate asks about one customer. Keys of `consents` are `<purpose>:<channel>`."""

    consents: Mapping[str, str]
    do_not_contact: Sequence[DoNotContactRow]


def contact_facts(session: Session, *, customer_id: UUID, at: datetime | None = None) -> ContactFacts:
    """Consents and do-not-contact entries of one customer, in two statements."""
    consents = consents_of(session, customer_ids=[customer_id], at=at)[customer_id]
    return ContactFacts(
        consents={f"{row.purpose}:{row.channel}": row.status for row in consents},
        do_not_contact=do_not_contact_of(session, customer_ids=[customer_id], at=at)[customer_id],
    )


def _one_of(ids: Sequence[UUID]) -> ColumnElement[Any]:
    return any_(cast(list(ids), ARRAY(Uuid)))


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
class Standing:
    """What holds for a customer now."""

    consents: Sequence[ConsentRow]
    do_not_contact: Sequence[DoNotContactRow]


def standing_of(session: Session, *, customer_id: UUID) -> Standing:
    """Consents and do-not-contact entries of one customer for its page."""
    ids = [customer_id]
    return Standing(
        consents=consents_of(session, customer_ids=ids)[customer_id],
        do_not_contact=do_not_contact_of(session, customer_ids=ids)[customer_id],
    )
