"""PUBLIC: what a vertical may do in the core besides declaring. Services keep their own rules; nothing here skips one.

Each takes `session` and, by keyword, the `context` that acts and, where it asks the catalog, the `view` of the tenant.
Errors are those of `core.errors`; the session is committed by whoever opened it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.cases.service import open_case, take_step
from core.contacts.service import add_do_not_contact, record_consent
from core.context import Context
from core.customers import service as customers
from core.gate.service import decide
from core.interactions.service import record as record_interaction
from core.records.service import create_record, update_record

__all__ = [
    "Context",
    "add_do_not_contact",
    "create_record",
    "decide",
    "open_case",
    "record_consent",
    "record_interaction",
    "set_field",
    "take_step",
    "update_record",
]


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
