"""Make and change records of the types that verticals declare, and keep what they are known by.

1. Holder, parent and state are checked against the type; values against its fields.
2. A field that the type names as an identifier is also kept, in canonical form, as one: unique per type and scheme.
3. The act is audited, told on the holder's timeline and emitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.customers.models import Customer
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.fields import FieldSet, merge_attributes
from core.fields.normalise import identifier_key
from core.plugin import RecordType
from core.plugin.catalog import CatalogView
from core.records.events import RecordCreated, RecordUpdated
from core.records.models import Record, RecordIdentifier
from core.timeline import service as timeline


def create_record(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    type: str,  # noqa: A002 - the trade's own word
    customer_id: UUID | None = None,
    parent_id: UUID | None = None,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
    identifiers: Mapping[str, str] | None = None,
    occurred_at: datetime | None = None,
    ends_at: datetime | None = None,
    amount_minor: int | None = None,
    currency: str | None = None,
) -> Record:
    """A new record. `values` by bare or qualified key, `identifiers` by scheme besides those that are fields.

    Raises Denied for a provider, NotFound (type off, customer or parent absent), Invalid and Conflict (identifier taken).
    """
    kind = _type(context, view, type)
    fields = FieldSet.of(view, target=f"record:{type}")
    typed = _parsed(fields, type, values or {}, context, partial=False)
    record = Record(
        number=func.next_number(f"record:{type}", 1),
        type=type,
        customer_id=customer_id,
        parent_id=parent_id,
        state=_state(kind, state),
        exposure=kind.exposure,
        occurred_at=occurred_at,
        ends_at=ends_at,
        amount_minor=amount_minor,
        currency=currency or (context.currency if amount_minor is not None else None),
        attributes=merge_attributes({}, fields.changes(typed)),
    )
    _check_holder(session, kind, record, owner=type.partition(".")[0])
    session.add(record)
    session.flush()
    _identify(session, record, kind, {**dict(identifiers or {}), **_identifying(kind, record)})
    _record(session, context, record, kind, "record.created", sorted(typed))
    bus.emit(
        session,
        RecordCreated(context=context, subject=record.id, fields=sorted(typed), type=type, customer_id=customer_id),
    )
    return record


def update_record(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    record_id: UUID,
    version: int,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Record:
    """Change state and fields; None removes a value. Raises Denied, NotFound, Stale, Invalid and Conflict."""
    record = session.scalar(
        select(Record).where(Record.id == record_id).with_for_update().execution_options(populate_existing=True)
    )
    if record is None:
        raise NotFound
    kind = _type(context, view, record.type)
    if record.version != version:
        raise Stale
    fields = FieldSet.of(view, target=f"record:{record.type}")
    changes = fields.changes(_parsed(fields, record.type, values or {}, context, partial=True))
    merged = merge_attributes(record.attributes, changes)
    changed = [
        f"{owner}.{key}"
        for owner, held in changes.items()
        for key, value in held.items()
        if record.attributes.get(owner, {}).get(key) != value
    ]
    if state is not None and state != record.state:
        record.state = _state(kind, state)
        changed.append("state")
    if not changed:
        return record
    record.attributes = merged
    session.flush()
    _identify(session, record, kind, _identifying(kind, record))
    _record(session, context, record, kind, "record.updated", changed)
    event = RecordUpdated(
        context=context, subject=record.id, fields=changed, type=record.type, customer_id=record.customer_id
    )
    bus.emit(session, event)
    return record


def _type(context: Context, view: CatalogView, name: str) -> RecordType:
    kind = view.record_types.get(name)
    if kind is None:
        raise NotFound
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    return kind


def _state(kind: RecordType, state: str | None) -> str:
    states = [choice.key for choice in kind.states]
    if state is None:
        return states[0] if states else "active"
    if states and state not in states:
        raise Invalid(
            N_("This is none of the choices. There are: %(choices)s."), field="state", choices=", ".join(states)
        )
    return state


def _parsed(
    fields: FieldSet, name: str, values: Mapping[str, Any], context: Context, *, partial: bool
) -> dict[str, Any]:
    owner = name.partition(".")[0]
    named = {key if "." in key else f"{owner}.{key}": value for key, value in values.items()}
    typed, errors = fields.parse(named, partial=partial, zone=ZoneInfo(context.zone), currency=context.currency)
    errors += [
        FieldError(field=key, code="unknown", message=N_("There is no such field."))
        for key in sorted(named.keys() - fields.fields.keys())
    ]
    if errors:
        raise Invalid(errors=errors)
    return typed


def _check_holder(session: Session, kind: RecordType, record: Record, *, owner: str) -> None:
    """A holder where the type has one, a parent of the declared type. Raises Invalid and NotFound."""
    if kind.holder == "required" and record.customer_id is None:
        raise Invalid(N_("This must be filled in."), field="customer_id")
    if kind.holder == "none" and record.customer_id is not None:
        raise Invalid(N_("Records of this type have no customer."), field="customer_id")
    if record.customer_id is not None:
        held = select(Customer.id).where(Customer.id == record.customer_id)
        if session.scalar(held) is None:
            raise NotFound
    if record.parent_id is not None:
        parent = session.scalar(select(Record.type).where(Record.id == record.parent_id))
        wanted = kind.parent if kind.parent is None or "." in kind.parent else f"{owner}.{kind.parent}"
        if parent is None:
            raise NotFound
        if parent != wanted:
            raise Invalid(N_("A record of this type does not belong to one of that type."), field="parent_id")


def _identifying(kind: RecordType, record: Record) -> dict[str, str]:
    """The values of fields that the type names as identifiers."""
    held = record.attributes.get(record.type.partition(".")[0], {})
    return {scheme: str(held[scheme]) for scheme in kind.identifiers if held.get(scheme)}


def _identify(session: Session, record: Record, kind: RecordType, wanted: Mapping[str, str]) -> None:
    """Keep each identifier once; a new value of a scheme takes the place of the old one. Raises Invalid, Conflict."""
    unknown = sorted(set(wanted) - set(kind.identifiers))
    if unknown:
        raise Invalid(N_("There is no such field."), field=unknown[0])
    kept = {
        row.scheme: row
        for row in session.scalars(select(RecordIdentifier).where(RecordIdentifier.record_id == record.id))
    }
    for scheme, value in wanted.items():
        key = identifier_key(scheme, value)
        if key is None or (scheme in kept and kept[scheme].value_key == key):
            continue
        row = kept.get(scheme) or RecordIdentifier(
            record_id=record.id,
            customer_id=record.customer_id,
            exposure=record.exposure,
            type=record.type,
            scheme=scheme,
        )
        try:
            with session.begin_nested():
                row.value_key, row.value = key, value
                session.add(row)
        except IntegrityError:
            raise Conflict(
                N_("Another record already has this number (%(scheme)s)."), field=scheme, scheme=scheme
            ) from None


def _record(
    session: Session, context: Context, record: Record, kind: RecordType, action: str, fields: list[str]
) -> None:
    audit.append(
        session, context=context, action=action, subject=("record", record.id), fields=fields,
        details={"type": record.type},
    )  # fmt: skip
    if record.customer_id is None:
        return
    created = action == "record.created"
    states = {choice.key: dict(choice.label) for choice in kind.states}
    timeline.tell(
        session,
        context=context,
        customer_id=record.customer_id,
        kind=action,
        message=_ADDED if created else _CHANGED,
        values={
            "type": dict(kind.label),
            "number": str(record.number),
            "state": states.get(record.state, record.state),
        },
        icon=kind.icon,
        visibility="client" if kind.exposure == "client_only" else "shared",
        subject=("record", record.id),
        occurred_at=datetime.now(UTC),
    )


_ADDED = N_("%(type)s %(number)s added: %(state)s")
_CHANGED = N_("%(type)s %(number)s changed: %(state)s")
