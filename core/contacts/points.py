"""What is known of a contact point: that it was verified, that it no longer reaches, that it comes first; and its end.

A point that no longer reaches is stale, with the reason: nobody is offered it, and another of its kind comes first. A removed
point is put back by the run that removed it, with what it was on the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.contacts import addresses
from core.contacts.events import ContactPointRemoved, ContactPointUpdated
from core.contacts.models import STALE_REASONS, VERIFIED_HOW, ContactPoint
from core.contacts.service import REPEATED, add_contact_point, prefer
from core.context import Context
from core.customers import service as customers
from core.customers.models import Customer
from core.errors import N_, Conflict, Invalid, NotFound, Stale
from core.events import bus
from core.fields.normalise import name_key
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.timeline import service as timeline
from core.undo.remembering import remember

REMOVAL = "contact_point.removal"


def add_address(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    parts: Mapping[str, Any],
    label: str | None = None,
    preferred: bool = False,
    source: str | None = None,
) -> ContactPoint:
    """An address in parts; its one line is written as its country does. Raises Invalid with every wrong part."""
    customers.client_only(context)
    customer = customers.find(session, customer_id=customer_id)
    clean = addresses.checked(parts, country=customer.country or context.country)
    point = add_contact_point(
        session, context=context, customer_id=customer_id, kind="address",
        value=addresses.one_line(clean, home=context.country), label=label, preferred=preferred, source=source,
    )  # fmt: skip
    point.parts = clean
    session.flush()
    return point


def change(
    session: Session, *, context: Context, point_id: UUID, version: int, changes: Mapping[str, Any]
) -> ContactPoint:
    """Its label, whether it comes first, and of an address its parts. A number that changed is another point."""
    row = _found(session, context, point_id, version)
    wrong = sorted(set(changes) - {"label", "preferred", "parts"})
    if wrong:
        raise Invalid(N_("There is no such field."), field=wrong[0])
    done = []
    if "label" in changes and row.label != changes["label"]:
        row.label = changes["label"]
        done.append("label")
    if changes.get("parts") is not None:
        done += _readdress(session, context, row, changes["parts"])
    if changes.get("preferred") and not row.preferred:
        if row.stale_since is not None:
            raise Conflict(N_("It no longer reaches the customer, so it cannot come first."), field="preferred")
        _first(session, row)
        done.append("preferred")
    session.flush()
    if done:
        _note(session, context, row, "contact_point.updated", done)
    return row


def verify(session: Session, *, context: Context, point_id: UUID, how: str, version: int | None = None) -> ContactPoint:
    """Somebody made sure that it reaches the customer: how, when and who is kept. It is not stale then."""
    row = _found(session, context, point_id, version)
    if how not in VERIFIED_HOW:
        raise Invalid(N_("Choose one of the values."), field="how")
    row.verified_at, row.verified_how, row.verified_by = datetime.now(UTC), how, context.participant_id
    row.stale_since = row.stale_reason = None
    session.flush()
    _offer(session, row)
    _told(session, context, row, N_("Verified: %(kind)s"), tone="ok", icon="check")
    _note(session, context, row, "contact_point.verified", ["verified_at"])
    return row


def mark_stale(
    session: Session, *, context: Context, point_id: UUID, reason: str, version: int | None = None
) -> ContactPoint:
    """It does not reach the customer any more: nobody is offered it, and another of its kind comes first."""
    row = _found(session, context, point_id, version)
    if reason not in STALE_REASONS:
        raise Invalid(N_("Choose one of the values."), field="reason")
    was_first, row.preferred = row.preferred, False
    row.stale_since, row.stale_reason = row.stale_since or datetime.now(UTC), reason
    session.flush()
    if was_first:
        _next(session, row)
    _told(session, context, row, N_("No longer reaches: %(kind)s"), tone="warn", icon="alert")
    _note(session, context, row, "contact_point.staled", ["stale_since"])
    return row


def mark_live(session: Session, *, context: Context, point_id: UUID, version: int | None = None) -> ContactPoint:
    """It reaches the customer again."""
    row = _found(session, context, point_id, version)
    if row.stale_since is None:
        return row
    row.stale_since = row.stale_reason = None
    session.flush()
    _offer(session, row)
    _note(session, context, row, "contact_point.updated", ["stale_since"])
    return row


def remove(session: Session, *, context: Context, point_id: UUID, version: int | None = None) -> BulkRun:
    """It was never theirs: the row goes, and the run gives it back."""
    row = _found(session, context, point_id, version)
    run = jobs.create_run(session, kind=REMOVAL, settings={"customer": str(row.customer_id)}, total=1)
    following = _other(session, row) if row.preferred else None
    repeated = row.preferred and row.kind in REPEATED and row.contact_id is None
    if repeated:
        remember(session, run_id=run.id, table="customer", rows=[row.customer_id], columns=[row.kind])
    if following is not None:
        remember(session, run_id=run.id, table="contact_point", rows=[following.id], columns=["preferred"])
    remember(session, run_id=run.id, table="contact_point", rows=[row.id], act="removed")
    run.state, run.finished_at, run.counts = "done", datetime.now(UTC), {"removed": 1}
    _told(session, context, row, N_("Removed: %(kind)s"), tone="info", icon="x")
    _note(session, context, row, "contact_point.removed", [row.kind])
    session.delete(row)
    session.flush()
    if following is not None:
        following.preferred = True
    if repeated:
        value = following.value if following is not None else None
        customers.keep_preferred(session, customer_id=row.customer_id, kind=row.kind, value=value)
    session.flush()
    return run


def find(session: Session, *, point_id: UUID) -> ContactPoint:
    row = session.scalar(select(ContactPoint).where(ContactPoint.id == point_id))
    if row is None:
        raise NotFound
    return row


def _found(session: Session, context: Context, point_id: UUID, version: int | None) -> ContactPoint:
    customers.client_only(context)
    row = find(session, point_id=point_id)
    if version is not None and row.version != version:
        raise Stale
    return row


def _readdress(session: Session, context: Context, row: ContactPoint, parts: Mapping[str, Any]) -> list[str]:
    if row.kind != "address":
        raise Invalid(N_("Only an address has parts."), field="parts")
    clean = addresses.checked(parts, country=context.country)
    if clean == row.parts:
        return []
    line = addresses.one_line(clean, home=context.country)
    taken = select(ContactPoint.id).where(
        ContactPoint.customer_id == row.customer_id, ContactPoint.kind == "address",
        ContactPoint.value_key == name_key(line), ContactPoint.id != row.id,
    )  # fmt: skip
    if session.scalar(taken) is not None:
        raise Conflict(N_("The customer has this address already."), field="parts")
    row.parts, row.value, row.value_key = clean, line, name_key(line)
    row.verified_at = row.verified_how = row.verified_by = None
    session.flush()
    if row.preferred and row.contact_id is None:
        customers.keep_preferred(session, customer_id=row.customer_id, kind="address", value=line)
    return ["address"]


def _first(session: Session, row: ContactPoint) -> None:
    prefer(session, row)
    session.flush()
    if row.kind in REPEATED and row.contact_id is None:
        customers.keep_preferred(session, customer_id=row.customer_id, kind=row.kind, value=row.value)


def _offer(session: Session, row: ContactPoint) -> None:
    """It comes first where nothing of its kind does."""
    if row.kind not in REPEATED or row.contact_id is not None:
        return
    if session.scalar(select(getattr(Customer, row.kind)).where(Customer.id == row.customer_id)) is None:
        _first(session, row)


def _next(session: Session, row: ContactPoint) -> None:
    """Another one comes first, or none: the customer's own field follows."""
    following = _other(session, row)
    if following is not None:
        _first(session, following)
    elif row.kind in REPEATED and row.contact_id is None:
        customers.keep_preferred(session, customer_id=row.customer_id, kind=row.kind, value=None)


def _other(session: Session, row: ContactPoint) -> ContactPoint | None:
    """The oldest other of its kind that reaches, verified ones first."""
    point = ContactPoint
    return session.scalars(
        select(point)
        .where(
            point.customer_id == row.customer_id, point.kind == row.kind, point.id != row.id,
            point.stale_since.is_(None), point.contact_id.is_not_distinct_from(row.contact_id),
        )
        .order_by(point.verified_at.is_(None), point.created_at, point.id)
        .limit(1)
    ).one_or_none()  # fmt: skip


KIND_LABELS = {
    "phone": {"zh-CN": "电话", "en": "phone number"},
    "email": {"zh-CN": "电子邮箱", "en": "e-mail address"},
    "address": {"zh-CN": "地址", "en": "address"},
    "chat": {"zh-CN": "聊天账号", "en": "chat account"},
}


def _told(session: Session, context: Context, row: ContactPoint, message: str, *, tone: str, icon: str) -> None:
    timeline.tell(
        session, context=context, customer_id=row.customer_id, kind="contact_point.changed", message=message,
        values={"kind": KIND_LABELS[row.kind]}, tone=tone, icon=icon, channel=row.kind if row.kind != "address" else "post",
    )  # fmt: skip


def _note(session: Session, context: Context, row: ContactPoint, action: str, fields: list[str]) -> None:
    audit.append(
        session, context=context, action=action, subject=("customer", row.customer_id), fields=fields,
        details={"point": str(row.id), "kind": row.kind},
    )  # fmt: skip
    told = ContactPointRemoved if action.endswith("removed") else ContactPointUpdated
    bus.emit(session, told(context=context, subject=row.customer_id, fields=fields, kind=row.kind, point_id=row.id))
