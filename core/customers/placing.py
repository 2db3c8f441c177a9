"""Whose customer it is: the person who looks after it and the unit it belongs to, by which row scope reaches it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers import service
from core.customers.events import CustomerUpdated
from core.customers.models import Customer
from core.errors import N_, Denied, Invalid, Stale
from core.events import bus
from core.identity import directory
from core.identity.models import Participant
from core.tenants.models import Unit


def place_customer(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    version: int,
    owner_id: UUID | None,
    unit_id: UUID | None,
) -> Customer:
    """Give a customer to a person, a unit, or both. Raises NotFound, Denied, Stale, Invalid.

    Who reaches some rows only gives a customer away into what they reach, so that it does not vanish unseen.
    """
    service.client_only(context)
    customer = service.find(session, customer_id=customer_id)
    if customer.version != version:
        raise Stale
    known(session, context, owner_id, unit_id)
    within = context.reach
    if within is not None and not within.where and owner_id != within.own and unit_id not in within.units:
        raise Denied(N_("You would not reach this customer any more. Choose an owner or unit that you reach."))
    changed = [
        name for name, value in (("owner_id", owner_id), ("unit_id", unit_id)) if getattr(customer, name) != value
    ]
    if not changed:
        return customer
    customer.owner_id, customer.unit_id = owner_id, unit_id
    session.flush()
    service.record(session, context, customer, "customer.placed", changed)
    bus.emit(session, CustomerUpdated(context=context, subject=customer.id, fields=changed))
    return customer


def known(session: Session, context: Context, owner_id: UUID | None, unit_id: UUID | None) -> None:
    """Raises Invalid for an owner who is not of the client's side, or a unit that is none of its own."""
    if owner_id is not None:
        person = select(Participant.id).where(
            Participant.id == owner_id, directory.of_side(context), Participant.ended_at.is_(None)
        )
        if session.scalar(person) is None:
            raise Invalid(N_("Choose a colleague of your own side."), field="owner_id")
    if unit_id is not None:
        unit = select(Unit.id).where(Unit.id == unit_id, Unit.engagement_id.is_(None), Unit.archived_at.is_(None))
        if session.scalar(unit) is None:
            raise Invalid(N_("There is no such unit."), field="unit_id")
