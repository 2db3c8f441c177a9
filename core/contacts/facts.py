"""The gate's first source: the customer, where it can be reached, what it agreed to and refused. One statement for many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, column, func, literal, select
from sqlalchemy import DateTime as Moment
from sqlalchemy.orm import Session

from core.contacts.models import Consent, ContactPoint
from core.context import Context
from core.customers.models import Customer
from core.engagements.models import Lease
from core.engagements.queries import leased
from core.gate.facts import CHANNELS, PURPOSES, Facts, Question
from core.tenants.models import Tenant

WITHDRAWN = frozenset({"withdrawn", "refused"})


def customer_facts(session: Session, question: Question, _: Facts) -> Facts:
    """Facts by customer; one that is absent or not leased is not in them."""
    rows = session.execute(
        select(
            Customer.id, Customer.kind, Customer.state, Customer.country, Customer.attributes, Customer.data_key,
            Customer.phone.is_not(None).label("phone"), Customer.email.is_not(None).label("email"),
            Customer.address.is_not(None).label("address"),
            func.coalesce(Customer.time_zone, _tenant_zone(question.context)).label("time_zone"),
            _points().label("points"), _consents().label("consents"), _refusals().label("refusals"),
            _leased_until(question).label("leased_until"),
        ).where(Customer.id.in_(question.customer_ids), leased(Customer.id, question.context))
    )  # fmt: skip
    return {row.id: _told(row, question) for row in rows}


def act_customer(session: Session, *, context: Context, customer_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """What the gate must know of the customer of a case or record; None if absent or not leased."""
    row = session.execute(
        select(
            Customer.kind, Customer.state, Customer.country, Customer.grade, Customer.attributes, Customer.data_key,
            func.coalesce(Customer.time_zone, _tenant_zone(context)).label("time_zone"), _consents().label("consents"),
        ).where(Customer.id == customer_id, leased(Customer.id, context))
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return {
        "customer": {name: getattr(row, name) for name in ("kind", "state", "country", "grade", "time_zone")},
        "attributes": row.attributes,
        "consents": consents_at(row.consents or (), at=at),
        "data_key": row.data_key,
    }


def data_keys(session: Session, customer_ids: Sequence[UUID]) -> Mapping[UUID, bytes | None]:
    """What opens the personal facts that decisions keep of these customers."""
    rows = session.execute(select(Customer.id, Customer.data_key).where(Customer.id.in_(customer_ids)))
    return {row.id: row.data_key for row in rows}


def _tenant_zone(context: Context) -> ColumnElement[Any]:
    return select(Tenant.time_zone).where(Tenant.id == context.tenant_id).scalar_subquery()


def _points() -> ColumnElement[Any]:
    return (
        select(func.jsonb_agg(ContactPoint.kind.distinct()))
        .where(ContactPoint.customer_id == Customer.id, ContactPoint.stale_since.is_(None))
        .scalar_subquery()
    )


def _consents() -> ColumnElement[Any]:
    row = func.jsonb_build_array(
        Consent.purpose, Consent.channel, Consent.status, Consent.captured_at, Consent.expires_at, Consent.id
    )
    return select(func.jsonb_agg(row)).where(Consent.customer_id == Customer.id).scalar_subquery()


def _refusals() -> ColumnElement[Any]:
    held = func.contact_refusals(Customer.id).table_valued(
        column("purpose", Text), column("channel", Text), column("until", Moment(timezone=True)), name="refusal"
    )
    row = func.jsonb_build_array(held.c.purpose, held.c.channel, held.c.until)
    return select(func.jsonb_agg(row)).select_from(held).scalar_subquery()


def _leased_until(question: Question) -> ColumnElement[Any]:
    if question.context.party != "provider":
        return literal(None)
    return (
        select(func.max(Lease.expires_at))
        .where(
            Lease.customer_id == Customer.id,
            Lease.engagement_id == question.context.engagement_id,
            Lease.ended_at.is_(None),
        )
        .scalar_subquery()
    )


def _told(row: Row[Any], question: Question) -> Mapping[str, Any]:
    points = {kind for kind in ("phone", "email", "address") if getattr(row, kind)} | set(row.points or ())
    return {
        "customer": {"kind": row.kind, "state": row.state, "country": row.country, "time_zone": row.time_zone},
        "attributes": row.attributes,
        "data_key": row.data_key,
        "contact_points": points,
        "consents": consents_at(row.consents or (), at=question.at),
        "do_not_contact": refused_at(row.refusals or (), channel=question.channel, at=question.at),
        "leased_until": row.leased_until,
    }


def consents_at(rows: Iterable[Sequence[Any]], *, at: datetime) -> dict[str, str]:
    """`{"marketing:phone": "granted"}` at a moment, for every purpose and channel that was ever answered.

    The latest answer counts, also one for any purpose or any channel. One that has run out is as if never given.
    """
    answers = sorted(
        (
            (datetime.fromisoformat(captured), row_id, purpose, channel, status, expires)
            for purpose, channel, status, captured, expires, row_id in rows
        ),
        key=lambda answer: answer[:2],
    )
    found: dict[str, str] = {}
    for captured, _, purpose, channel, status, expires in answers:
        if captured > at:
            continue
        over = expires is not None and datetime.fromisoformat(expires) <= at
        shown = "never" if over and status == "granted" else _shown(status)
        for each in PURPOSES if purpose == "any" else (purpose,):
            for way in CHANNELS if channel == "any" else (channel,):
                found[f"{each}:{way}"] = shown
    return found


def _shown(status: str) -> str:
    if status in WITHDRAWN:
        return "withdrawn"
    return "granted" if status == "granted" else "never"


def refused_at(rows: Iterable[Sequence[Any]], *, channel: str, at: datetime) -> set[str]:
    """The purposes for which the customer must not be contacted on the channel at that moment."""
    found: set[str] = set()
    for purpose, way, until in rows:
        over = until is not None and datetime.fromisoformat(until) <= at
        if way in (channel, "any") and not over:
            found.update(PURPOSES if purpose == "any" else (purpose,))
    return found
