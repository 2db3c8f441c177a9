"""How an invented customer is made: as every other, so that nothing tells it apart (`core.engagements.canaries`)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.customers import service
from core.engagements.canaries import Invented
from core.plugin.standards.reach import email_key, phone_key


def make(session: Session, context: Context, person: Invented) -> tuple[UUID, int, str, str]:
    """Its id and number, and the keys of its telephone number and e-mail address."""
    values = {"name": person.name, "phone": person.phone, "email": person.email, "kind": "person"}
    made = service.create_customer(session, context=context, values=values)
    return made.id, made.number, phone_key(person.phone) or person.phone, email_key(person.email) or person.email
