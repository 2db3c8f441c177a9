"""How a customer can be reached and whether it may be: contact points, consents, do-not-contact entries.

The customer's own `phone`, `email` and `address` repeat its preferred points: a point that becomes preferred is
written to the customer, and a customer whose form was changed gets the point (`follow_customer`, wired in `app.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.contacts.events import ConsentRecorded, ContactPointAdded, DoNotContactAdded, DoNotContactEnded
from core.contacts.labels import CHANNEL_LABELS, PURPOSE_LABELS, STATUS_LABELS
from core.contacts.models import Consent, ContactPoint, DoNotContact
from core.context import Context
from core.customers import service as customers
from core.customers.events import CustomerCreated, CustomerUpdated
from core.customers.models import Customer
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.events import bus
from core.fields.normalise import name_key
from core.plugin.standards import email, phone
from core.plugin.types import Wrong
from core.timeline import service as timeline

REPEATED = ("phone", "email", "address")
"""Kinds of points of which the customer repeats the preferred one."""
CLOCK_TOLERANCE = timedelta(minutes=5)


def add_contact_point(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    kind: str,
    value: str,
    label: str | None = None,
    preferred: bool = False,
    contact_id: UUID | None = None,
    source: str | None = None,
) -> ContactPoint:
    """A number or address in canonical form, kept once; the first of its kind is the preferred one.

    Raises Invalid for what is no such number or address.
    """
    _client_only(context)
    customer = customers.find(session, customer_id=customer_id)
    canonical, key = canonical_point(kind, value, region=customers.phone_region(customer.country, context=context))
    point, new = _upsert(session, customer_id, kind, canonical, key)
    point.label, point.source = label or point.label, source or point.source
    point.contact_id = contact_id or point.contact_id
    if contact_id is None and (preferred or (new and kind in REPEATED and getattr(customer, kind) is None)):
        prefer(session, point)
        if kind in REPEATED:
            customers.keep_preferred(session, customer_id=customer_id, kind=kind, value=point.value)
    session.flush()
    if new:
        audit.append(
            session, context=context, action="contact_point.added", subject=("customer", customer_id), fields=[kind]
        )
        bus.emit(session, ContactPointAdded(context=context, subject=customer_id, fields=[kind], kind=kind))
    return point


def canonical_point(kind: str, value: str, *, region: str) -> tuple[str, str]:
    """The form that is kept and the key that is compared. Raises Invalid."""
    try:
        if kind == "phone":
            number = phone(region)(value)
            return number, number
        if kind == "email":
            address = email(value)
            return address, address
    except Wrong as wrong:
        raise Invalid(wrong.message, field=kind, **wrong.params) from None
    if kind not in ("address", "chat"):
        raise Invalid(N_("A customer is reached by phone, e-mail, address or chat."), field="kind")
    text = " ".join(value.split())
    if not text or len(text) > 500:
        raise Invalid(N_("This must be filled in, with at most 500 characters."), field=kind)
    return text, name_key(text)


def follow_customer(session: Session, event: CustomerCreated | CustomerUpdated) -> None:
    """Keep the points in step with what a form, an API call or a file set on the customer itself."""
    touched = [kind for kind in REPEATED if kind in event.fields]
    if not touched:
        return
    customer = session.scalars(select(Customer).where(Customer.id == event.subject)).one()
    for kind in touched:
        value = getattr(customer, kind)
        if value is None:
            _prefer_none(session, customer.id, kind)
            continue
        key = name_key(value) if kind == "address" else value
        point, _ = _upsert(session, customer.id, kind, value, key)
        prefer(session, point)
    session.flush()


def record_consent(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    purpose: str,
    channel: str,
    status: str,
    captured_at: datetime | None = None,
    expires_at: datetime | None = None,
    basis: str = "consent",
    evidence: str | None = None,
    text_version: str | None = None,
    source: str | None = None,
) -> Consent:
    """What a customer agreed to, refused or took back. Nothing is overwritten: the latest row counts.

    Raises NotFound for a customer that is absent or not leased, Invalid for a value that is none or a time to come.
    """
    _reachable(session, customer_id)
    _known(
        {"purpose": (purpose, PURPOSE_LABELS), "channel": (channel, CHANNEL_LABELS), "status": (status, STATUS_LABELS)}
    )
    now = datetime.now(UTC)
    captured = captured_at or now
    if captured > now + CLOCK_TOLERANCE:
        raise Invalid(N_("A consent cannot be given in the future."), field="captured_at")
    if expires_at is not None and expires_at <= captured:
        raise Invalid(N_("The consent would have ended before it begins."), field="expires_at")
    consent = Consent(
        customer_id=customer_id, purpose=purpose, channel=channel, status=status, captured_at=captured,
        expires_at=expires_at, basis=basis, evidence=evidence, text_version=text_version, source=source,
    )  # fmt: skip
    session.add(consent)
    session.flush()
    _tell_consent(session, context, consent)
    return consent


def _tell_consent(session: Session, context: Context, consent: Consent) -> None:
    """On the timeline, in the audit trail, to who listens."""
    purpose, channel, status = consent.purpose, consent.channel, consent.status
    timeline.tell(
        session,
        context=context,
        customer_id=consent.customer_id,
        kind="consent.recorded",
        message=N_("Consent for %(purpose)s by %(channel)s: %(status)s"),
        values={
            "purpose": PURPOSE_LABELS[purpose], "channel": CHANNEL_LABELS[channel], "status": STATUS_LABELS[status],
        },
        tone="ok" if status == "granted" else "warn",
        icon="shield",
        subject=("consent", consent.id),
        channel=_contacted(channel),
        occurred_at=consent.captured_at,
    )  # fmt: skip
    audit.append(
        session,
        context=context,
        action="consent.recorded",
        subject=("customer", consent.customer_id),
        fields=["consent"],
        details={"purpose": purpose, "channel": channel, "status": status},
    )
    subject = consent.customer_id
    bus.emit(
        session, ConsentRecorded(context=context, subject=subject, purpose=purpose, channel=channel, status=status)
    )


def add_do_not_contact(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    reason: str,
    purpose: str = "any",
    channel: str = "any",
    until: datetime | None = None,
    source: str | None = None,
) -> DoNotContact:
    """The customer must not be contacted, for a purpose or any, on a channel or any, until a time or for good."""
    _reachable(session, customer_id)
    _known({"purpose": (purpose, PURPOSE_LABELS), "channel": (channel, CHANNEL_LABELS)})
    if not reason.strip():
        raise Invalid(N_("Say why: both sides see it."), field="reason")
    if until is not None and until <= datetime.now(UTC):
        raise Invalid(N_("This has ended before it begins."), field="until")
    entry = DoNotContact(
        customer_id=customer_id, purpose=purpose, channel=channel, reason=reason.strip(), until=until, source=source
    )
    session.add(entry)
    session.flush()
    timeline.tell(
        session,
        context=context,
        customer_id=customer_id,
        kind="consent.do_not_contact",
        message=N_("Do not contact: %(purpose)s by %(channel)s"),
        values={"purpose": PURPOSE_LABELS[purpose], "channel": CHANNEL_LABELS[channel]},
        note=entry.reason,
        tone="warn",
        icon="no",
        subject=("do_not_contact", entry.id),
        channel=_contacted(channel),
    )
    audit.append(
        session,
        context=context,
        action="do_not_contact.added",
        subject=("customer", customer_id),
        details={"purpose": purpose, "channel": channel},
    )
    bus.emit(session, DoNotContactAdded(context=context, subject=customer_id, purpose=purpose, channel=channel))
    return entry


def end_do_not_contact(session: Session, *, context: Context, entry_id: UUID, reason: str) -> DoNotContact:
    """The entry holds no longer, from now on; it stays as evidence. Raises Denied, NotFound, Invalid, Conflict."""
    _client_only(context)
    entry = session.scalar(select(DoNotContact).where(DoNotContact.id == entry_id))
    if entry is None or entry.customer_id is None:
        raise NotFound
    if entry.until is not None and entry.until <= datetime.now(UTC):
        raise Conflict(N_("It has ended already."))
    if not reason.strip():
        raise Invalid(N_("Say why: both sides see it."), field="reason")
    entry.until = datetime.now(UTC)
    session.flush()
    purpose, channel = entry.purpose, entry.channel
    timeline.tell(
        session, context=context, customer_id=entry.customer_id, kind="consent.do_not_contact",
        message=N_("May be contacted again: %(purpose)s by %(channel)s"),
        values={"purpose": PURPOSE_LABELS[purpose], "channel": CHANNEL_LABELS[channel]}, note=reason.strip(), tone="ok",
        icon="check", subject=("do_not_contact", entry.id), channel=_contacted(channel),
    )  # fmt: skip
    audit.append(
        session, context=context, action="do_not_contact.ended", subject=("customer", entry.customer_id),
        details={"purpose": purpose, "channel": channel},
    )  # fmt: skip
    bus.emit(session, DoNotContactEnded(context=context, subject=entry.customer_id, purpose=purpose, channel=channel))
    return entry


def holds(entry: DoNotContact) -> bool:
    """Whether it has not ended."""
    return entry.until is None or entry.until > datetime.now(UTC)


def _contacted(channel: str) -> str | None:
    return None if channel == "any" else channel


def _upsert(session: Session, customer_id: UUID, kind: str, value: str, key: str) -> tuple[ContactPoint, bool]:
    point = session.scalar(
        select(ContactPoint).where(
            ContactPoint.customer_id == customer_id, ContactPoint.kind == kind, ContactPoint.value_key == key
        )
    )
    if point is not None:
        point.value, point.stale_since, point.stale_reason = value, None, None
        return point, False
    point = ContactPoint(customer_id=customer_id, kind=kind, value=value, value_key=key)
    session.add(point)
    session.flush()
    return point, True


def prefer(session: Session, point: ContactPoint) -> None:
    """It comes first of its kind."""
    _prefer_none(session, point.customer_id, point.kind)
    point.preferred = True


def _prefer_none(session: Session, customer_id: UUID, kind: str) -> None:
    session.execute(
        update(ContactPoint)
        .where(ContactPoint.customer_id == customer_id, ContactPoint.kind == kind, ContactPoint.preferred.is_(True))
        .values(preferred=False, version=ContactPoint.version + 1)
    )


def _reachable(session: Session, customer_id: UUID) -> None:
    customers.find(session, customer_id=customer_id)


def _known(given: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
    for field, (value, known) in given.items():
        if value not in known:
            raise Invalid(
                N_("This is none of the choices. There are: %(choices)s."), field=field, choices=", ".join(known)
            )


def _client_only(context: Context) -> None:
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
