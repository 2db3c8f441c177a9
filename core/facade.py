"""PUBLIC: what a vertical may do in the core besides declaring. Services keep their own rules; nothing here skips one.

Each takes `session` and, by keyword, the `context` that acts and, where it asks the catalog, the `view` of the tenant.
Errors are those of `core.errors`; the session is committed by whoever opened it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.cases.service import open_case, take_step
from core.contacts.service import add_do_not_contact, record_consent
from core.context import Context
from core.customers import service as customers
from core.errors import Conflict, NotFound
from core.gate.service import decide
from core.interactions.service import record as record_interaction
from core.plugin.catalog import CatalogView
from core.records.service import create_record, locked, update_record

__all__ = [
    "Conflict",
    "Context",
    "add_do_not_contact",
    "change_record",
    "create_record",
    "decide",
    "find_case",
    "lock_record",
    "open_case",
    "record_consent",
    "record_interaction",
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
