"""PUBLIC: what a vertical may do in the core besides declaring. Services keep their own rules; nothing here skips one.

Each takes `session` and, by keyword, the `context` that acts and, where it asks the catalog, the `view` of the tenant.
The session is committed by whoever opened it. Errors are Conflict, Denied, Invalid and NotFound; `N_` marks a text of one of
the vertical's own for translation.

`Case`, `Customer`, `Interaction`, `Record` and `RecordReading` are for reading: `select` their attributes; the functions
write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.cases.models import Case
from core.cases.service import open_case, take_step
from core.clocks.arithmetic import add_months
from core.contacts.service import add_do_not_contact, record_consent
from core.context import Context
from core.customers import service as customers
from core.customers.models import Customer
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.gate.findings import Severity, raise_finding
from core.gate.service import decide
from core.interactions.models import Interaction
from core.interactions.service import record as record_interaction
from core.notify import service as notices
from core.plugin.catalog import CatalogView
from core.records.models import Record, RecordReading
from core.records.service import add_reading, create_record, locked, update_record
from core.segments import meaning
from core.segments import service as segments

__all__ = [
    "N_",
    "Case",
    "Conflict",
    "Context",
    "Customer",
    "Denied",
    "Interaction",
    "Invalid",
    "NotFound",
    "Record",
    "RecordReading",
    "Severity",
    "add_do_not_contact",
    "add_months",
    "add_reading",
    "change_record",
    "create_record",
    "decide",
    "find_case",
    "lock_record",
    "members_of",
    "notify",
    "open_case",
    "raise_finding",
    "record_consent",
    "record_interaction",
    "request_approval",
    "set_field",
    "take_step",
    "update_record",
    "view_of",
]


def view_of(session: Session, *, context: Context) -> CatalogView:
    """The catalog as the tenant has tailored it, for whoever was not given it: a subscriber."""
    view: CatalogView = current_app.extensions["kehub"]["view_of"](session, context)
    return view


def find_case(session: Session, *, case_id: UUID) -> Mapping[str, Any]:
    """`id, number, workflow, state, customer_id, record_id, closed_at, attributes` of a case. Raises NotFound."""
    row = session.execute(
        select(
            Case.id, Case.number, Case.workflow, Case.state, Case.customer_id, Case.record_id, Case.closed_at,
            Case.attributes,
        ).where(Case.id == case_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound
    return dict(row._mapping)


def lock_record(session: Session, *, record_id: UUID) -> Mapping[str, Any]:
    """`id, type, state, version, attributes` of a record that nobody else changes in this transaction. Raises NotFound."""
    record = locked(session, record_id)
    return {name: getattr(record, name) for name in ("id", "type", "state", "version", "attributes")}


def change_record(
    session: Session,
    *,
    context: Context,
    record_id: UUID,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Change a record as the system, in the name of whoever acts: what follows from an act needs no permission of its own.

    Raises NotFound, Invalid (also for a state that does not follow) and GateRefused.
    """
    update_record(
        session, context=replace(context, party="system"), view=view_of(session, context=context), record_id=record_id,
        version=locked(session, record_id).version, state=state, values=values,
    )  # fmt: skip


def members_of(session: Session, *, context: Context, view: CatalogView, segment: str, use: str) -> Select[UUID]:
    """The ids of the active customers in a segment, `<vertical>.<key>` or `own.<key>`, as a statement to be executed: whoever
    executes it sees those that the context reaches, a provider those leased to it.

    `use` says what for, in one word: a segment of the tenant that was used is archived, not removed. Raises NotFound, Denied
    (a segment is the client's) and Conflict for one that is archived or whose condition cannot be used any more.
    """
    if context.party == "provider":
        raise Denied
    found = meaning.definition(session, view=view, key=segment)
    wanted = meaning.members(session, view=view, found=found)
    segments.note_use(session, context=context, found=found, what=use)
    return wanted


def set_field(session: Session, *, context: Context, customer_id: UUID, field: str, value: Any) -> None:
    """Set one field `<vertical>.<key>` of a customer to a value in its stored form; None removes it.

    Raises NotFound, Denied (a provider changes no customer) and Invalid (the vertical is off).
    """
    owner, _, key = field.partition(".")
    customer = customers.find(session, customer_id=customer_id)
    customers.update_customer(
        session, context=context, customer_id=customer_id, version=customer.version, changes={},
        attributes={owner: {key: value}},
    )  # fmt: skip


def notify(
    session: Session,
    *,
    context: Context,
    message: str,
    values: Mapping[str, Any],
    subject: tuple[str, UUID],
    cause: str,
    participants: Iterable[UUID] = (),
    role: str | None = None,
    engagement_id: UUID | None = None,
) -> None:
    """Tell people under the bell, and by mail as each wishes, once per `cause`.

    `message` is a msgid of the vertical's translations, `values` fill it: numbers, ids and labels, never personal data.
    `role` is everybody who holds it on the client's side or, with `engagement_id`, in that engagement.
    """
    notices.tell(
        session, context=context, kind="vertical.notified", message=message, values=values, subject=subject, cause=cause,
        participants=participants, role=role, engagement_id=engagement_id,
    )  # fmt: skip


def request_approval(
    session: Session,
    *,
    context: Context,
    kind: str,
    permission: str,
    message: str,
    values: Mapping[str, Any],
    subject: tuple[str, UUID],
    payload: Mapping[str, Any],
    reason: str | None = None,
    customer_id: UUID | None = None,
) -> UUID:
    """Ask a second person who has `permission`; the id of the request. Raises Conflict where the same is asked already.

    `kind` is `<vertical>.<what>`. A subscriber of `approval.decided` acts on what was decided: the event has `kind`, `state` and
    the request's id as its subject. `payload` is JSON, ids rather than personal data, and is not shown.
    """
    if kind.partition(".")[0] not in context.enabled:
        raise Invalid
    made = approvals.request(
        session, context=context, kind=kind, permission=permission, message=message, values=values, subject=subject,
        payload=payload, reason=reason, customer_id=customer_id,
    )  # fmt: skip
    return made.id
