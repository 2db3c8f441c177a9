"""The customer's own row, once the person is erased: its id and number stay, for what was done and for whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.customers.models import Customer
from core.customers.service import find
from core.db.slots import NUMBER_SLOTS, TEXT_SLOTS, TIME_SLOTS
from core.errors import N_, Conflict

HELD = N_("The customer is under a legal hold. Lift it first, or refuse with that reason.")
ERASED = N_("This person is erased already.")
MERGED = N_("This customer was merged into another. Erase that one; undo the merge first to keep it.")
BLANK = (
    "salutation", "born_on", "phone", "email", "address", "region", "time_zone", "locale", "currency", "grade", "data_key",
    "owner_id", "unit_id", *TEXT_SLOTS, *NUMBER_SLOTS, *TIME_SLOTS,
)  # fmt: skip


def refuse_held(row: Customer) -> None:
    """Raises Conflict for who is not to be erased now."""
    if row.state == "erased":
        raise Conflict(ERASED)
    if row.state == "merged":
        raise Conflict(MERGED)
    if row.legal_hold:
        raise Conflict(HELD)


def forget(session: Session, *, row: Customer) -> None:
    """Blank the row and destroy its key: what was sealed with it, in the trail too, opens no more.

    One that was merged stays so: its address still leads to the survivor.
    """
    row.name = row.name_key = f"#{row.number}"
    for name in BLANK:
        setattr(row, name, None)
    row.attributes = {}
    row.erased_at = datetime.now(UTC)
    if row.state != "merged":
        row.state = "erased"
    session.flush()


def hold(session: Session, *, customer_id: UUID, on: bool) -> Customer:
    """Put a customer under a legal hold, or lift it. Raises NotFound, Conflict for one that is erased."""
    row = find(session, customer_id=customer_id)
    if row.state == "erased":
        raise Conflict(ERASED)
    row.legal_hold = on
    session.flush()
    return row
