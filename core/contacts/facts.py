"""The gate's first source: the customer, where it can be reached, what it agreed to and refused. One statement for many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, cast, func, null, select
from sqlalchemy.orm import Session

from core.contacts.models import Consent, ContactPoint
from core.context import Context
from core.customers.models import Customer
from core.db.reading import Listing
from core.engagements.models import Lease
from core.engagements.queries import live_lease
from core.gate.facts import CHANNELS, PURPOSES, Question, Telling
from core.tenants.models import Tenant

WITHDRAWN = frozenset({"withdrawn", "refused"})


def customer_facts(
    session: Session, question: Question, tellings: Sequence[Telling]
) -> dict[UUID, tuple[dict[str, Any], Mapping[str, Any]]]:
    """Facts by customer, with the columns of others; one that is absent or not leased is not in them."""
    provider = question.context.party == "provider"
    values: dict[str, Any] = {"engagement": question.context.engagement_id} if provider else {}
    for each in tellings:
        values |= each.values(question)
    rows = _read(session, _facts_listing(provider, tuple(tellings)), question.context, question.customer_ids, values)
    return {row["id"]: (_told(row, question), row) for row in rows}


def act_customer(session: Session, *, context: Context, customer_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """What the gate must know of the customer of a case or record; None if absent or not leased."""
    provider = context.party == "provider"
    values = {"engagement": context.engagement_id} if provider else {}
    row = next(_read(session, _act_listing(provider), context, [customer_id], values), None)
    if row is None:
        return None
    return {
        "customer": {name: row[name] for name in ("kind", "state", "country", "grade", "time_zone")},
        "attributes": row["attributes"],
        "consents": consents_at(row["consents"] or (), at=at),
        "data_key": row["data_key"],
    }


def _read(
    session: Session, listing: Listing, context: Context, customer_ids: Sequence[UUID], values: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    for row in listing.fetch(session, tenant=context.tenant_id, customers=list(customer_ids), **values):
        yield dict(zip(listing.names, row, strict=True))


def data_keys(session: Session, customer_ids: Sequence[UUID]) -> Mapping[UUID, bytes | None]:
    """What opens the personal facts that decisions keep of these customers."""
    rows = session.execute(select(Customer.id, Customer.data_key).where(Customer.id.in_(customer_ids)))
    return {row.id: row.data_key for row in rows}


def _zone() -> ColumnElement[Any]:
    tenants = select(Tenant.time_zone).where(Tenant.id == bindparam("tenant")).scalar_subquery()
    return func.coalesce(Customer.time_zone, tenants).label("time_zone")


def _meant(provider: bool) -> Sequence[ColumnElement[bool]]:
    # As a sub-select: the planner would take the length of the list for a reason to plan anew each time.
    ids = select(bindparam("customers", type_=ARRAY(Uuid))).scalar_subquery()
    asked = Customer.id == func.any(cast(ids, ARRAY(Uuid)))
    return (asked, live_lease(Customer.id, engagement_id=bindparam("engagement"))) if provider else (asked,)


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


def _leased_until(provider: bool) -> ColumnElement[Any]:
    if not provider:
        return null()
    return (
        select(func.max(Lease.expires_at))
        .where(
            Lease.customer_id == Customer.id,
            Lease.engagement_id == bindparam("engagement"),
            Lease.ended_at.is_(None),
        )
        .scalar_subquery()
    )


@cache
def _facts_listing(provider: bool, tellings: tuple[Telling, ...]) -> Listing:
    return Listing(
        select(
            Customer.id, Customer.kind, Customer.state, Customer.country, Customer.grade, Customer.attributes,
            Customer.data_key, Customer.phone.is_not(None).label("phone"), Customer.email.is_not(None).label("email"),
            Customer.address.is_not(None).label("address"), _zone(), _points().label("points"),
            _consents().label("consents"), func.refusals_of(Customer.id).label("refusals"),
            _leased_until(provider).label("leased_until"),
            *(each.column(Customer.id.expression).label(each.name) for each in tellings),
        ).where(*_meant(provider))
    )  # fmt: skip


@cache
def _act_listing(provider: bool) -> Listing:
    return Listing(
        select(
            Customer.kind, Customer.state, Customer.country, Customer.grade, Customer.attributes, Customer.data_key,
            _zone(), _consents().label("consents"),
        ).where(*_meant(provider))
    )  # fmt: skip


def _told(row: Mapping[str, Any], question: Question) -> dict[str, Any]:
    points = {kind for kind in ("phone", "email", "address") if row[kind]} | set(row["points"] or ())
    return {
        "customer": {
            "kind": row["kind"],
            "state": row["state"],
            "country": row["country"],
            "grade": row["grade"],
            "time_zone": row["time_zone"],
        },
        "attributes": row["attributes"],
        "data_key": row["data_key"],
        "contact_points": points,
        "consents": consents_at(row["consents"] or (), at=question.at),
        "do_not_contact": refused_at(row["refusals"] or (), channel=question.channel, at=question.at),
        "leased_until": row["leased_until"],
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
