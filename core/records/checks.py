"""Whether a record may be as it is: holder, parent, amount and times, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.errors import N_, Invalid, NotFound
from core.plugin import RecordType, standards
from core.plugin.types import Wrong
from core.records import standing
from core.records.models import Record

BIGINT = 2**63


def check(session: Session, *, kind: RecordType, record: Record) -> None:
    """A holder where the type has one, a parent of the declared type. Raises Invalid and NotFound."""
    if kind.holder == "required" and record.customer_id is None:
        raise Invalid(N_("This must be filled in."), field="customer_id")
    if kind.holder == "none" and record.customer_id is not None:
        raise Invalid(N_("Records of this type have no customer."), field="customer_id")
    if record.amount_minor is not None and not -BIGINT < record.amount_minor < BIGINT:
        raise Invalid(N_("This number is too large."), field="amount_minor")
    if record.occurred_at is not None and record.ends_at is not None and record.ends_at < record.occurred_at:
        raise Invalid(N_("The end lies before the beginning."), field="ends_at")
    with session.no_autoflush:
        if record.customer_id is not None:
            held = select(Customer.id).where(Customer.id == record.customer_id)
            if session.scalar(held) is None:
                raise NotFound
        if record.parent_id is not None:
            _check_parent(session, kind, record)


def currency_of(given: str | None, *, context: Context, amount_minor: int | None) -> str | None:
    """The currency as it is kept (ISO 4217); of an amount without one, the workspace's own. Raises Invalid."""
    if not given:
        return context.currency if amount_minor is not None else None
    try:
        return standards.currency(given)
    except Wrong as wrong:
        raise Invalid(wrong.message, field="currency") from None


def with_currency(record: Record, changes: Mapping[str, Any], *, context: Context) -> Mapping[str, Any]:
    """Changes of an amount with their currency. Raises Invalid for another currency of the amount that stays."""
    if not {"amount_minor", "currency"} & changes.keys():
        return changes
    amount = changes.get("amount_minor", record.amount_minor)
    currency = currency_of(changes.get("currency", record.currency), context=context, amount_minor=amount)
    if amount is not None and "amount_minor" not in changes and currency != record.currency:
        raise Invalid(N_("Give the amount too: in another currency it is another amount."), field="currency")
    return {**changes, "currency": currency}


def _check_parent(session: Session, kind: RecordType, record: Record) -> None:
    owner = record.type.partition(".")[0]
    wanted = standing.qualified(owner, kind.parent) if kind.parent is not None else None
    chain = standing.parents_of(session, record.parent_id)
    if not chain:
        raise NotFound
    if chain[0].type != wanted:
        raise Invalid(N_("A record of this type does not belong to one of that type."), field="parent_id")
    if any(each.id == record.id for each in chain):
        raise Invalid(N_("A record cannot belong to itself."), field="parent_id")
