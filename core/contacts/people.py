"""The people one reaches at a customer: added, changed, removed, one of them first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.contacts.events import ContactAdded, ContactRemoved, ContactUpdated
from core.contacts.models import Contact, ContactPoint
from core.context import Context
from core.customers import service as customers
from core.errors import N_, Conflict, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.fields.normalise import name_key
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.undo.remembering import remember

REMOVAL = "contact.removal"
MOST = 200
"""Contacts of one customer."""
FIELDS = ("name", "role", "locale", "preferred")


def add(
    session: Session, *, context: Context, customer_id: UUID, name: str, role: str | None = None,
    locale: str | None = None, preferred: bool = False,
) -> Contact:  # fmt: skip
    """Somebody to reach; the first one is the preferred. Raises Denied, NotFound, Invalid, Conflict."""
    customers.client_only(context)
    customers.find(session, customer_id=customer_id)
    values = _checked({"name": name, "role": role, "locale": locale})
    there = session.scalars(select(Contact.id).where(Contact.customer_id == customer_id).limit(MOST)).all()
    if len(there) >= MOST:
        raise Conflict(N_("A customer has at most %(most)s contacts."), most=MOST)
    row = Contact(customer_id=customer_id, name_key=name_key(values["name"]), **values)
    session.add(row)
    session.flush()
    if preferred or not there:
        _prefer(session, row)
    _note(session, context, row, ContactAdded, "contact.added", ["name"])
    return row


def change(
    session: Session, *, context: Context, contact_id: UUID, version: int, changes: Mapping[str, Any]
) -> Contact:
    """Raises NotFound, Stale, Invalid."""
    row = _found(session, context, contact_id, version)
    wrong = sorted(set(changes) - set(FIELDS))
    if wrong:
        raise Invalid(N_("There is no such field."), field=wrong[0])
    values = _checked({name: value for name, value in changes.items() if name != "preferred"})
    done = [name for name, value in values.items() if getattr(row, name) != value]
    for name in done:
        setattr(row, name, values[name])
    if "name" in done:
        row.name_key = name_key(row.name)
    session.flush()
    if changes.get("preferred") and not row.preferred:
        _prefer(session, row)
        done.append("preferred")
    if done:
        _note(session, context, row, ContactUpdated, "contact.updated", done)
    return row


def remove(session: Session, *, context: Context, contact_id: UUID, version: int | None = None) -> BulkRun:
    """With the numbers by which only they are reached; the run gives all of it back."""
    row = _found(session, context, contact_id, version)
    run = jobs.create_run(session, kind=REMOVAL, settings={"customer": str(row.customer_id)}, total=1)
    points = session.scalars(select(ContactPoint).where(ContactPoint.contact_id == row.id)).all()
    remember(session, run_id=run.id, table="contact", rows=[row.id], act="removed")
    remember(session, run_id=run.id, table="contact_point", rows=[each.id for each in points], act="removed")
    run.state, run.finished_at, run.counts = "done", datetime.now(UTC), {"removed": 1 + len(points)}
    _note(session, context, row, ContactRemoved, "contact.removed", ["name"])
    for point in points:
        session.delete(point)
    session.flush()
    session.delete(row)
    session.flush()
    return run


def find(session: Session, *, contact_id: UUID) -> Contact:
    row = session.scalar(select(Contact).where(Contact.id == contact_id))
    if row is None:
        raise NotFound
    return row


def _found(session: Session, context: Context, contact_id: UUID, version: int | None) -> Contact:
    customers.client_only(context)
    row = find(session, contact_id=contact_id)
    if version is not None and row.version != version:
        raise Stale
    return row


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: (" ".join(value.split()) or None) if isinstance(value, str) else None for name, value in given.items()
    }
    errors = []
    if "name" in values and not values["name"]:
        errors.append(FieldError(field="name", code="required", message=N_("This must be filled in.")))
    errors += [
        FieldError(field=name, code="length", message=N_("This must be filled in, with at most 200 characters."))
        for name, value in values.items()
        if value is not None and len(value) > 200
    ]
    if errors:
        raise Invalid(errors=errors)
    return values


def _prefer(session: Session, row: Contact) -> None:
    session.execute(
        update(Contact)
        .where(Contact.customer_id == row.customer_id, Contact.preferred.is_(True), Contact.id != row.id)
        .values(preferred=False, version=Contact.version + 1)
    )
    row.preferred = True
    session.flush()


def _note(
    session: Session, context: Context, row: Contact, told: type[ContactAdded | ContactUpdated | ContactRemoved], action: str,
    fields: list[str],
) -> None:  # fmt: skip
    audit.append(
        session, context=context, action=action, subject=("customer", row.customer_id), fields=fields,
        details={"contact": str(row.id)},
    )  # fmt: skip
    bus.emit(session, told(context=context, subject=row.customer_id, fields=fields, contact_id=row.id))
