"""How an invented customer is made: as every other, so that nothing tells it apart (`core.engagements.canaries`).

Name, number and address are invented. What a sector says of a customer comes from one of the same list, whole, so that it fits
together; but no word that could tell who that customer is, and amounts a little off.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers import service
from core.customers.models import Customer
from core.engagements.canaries import Invented
from core.plugin import Field
from core.plugin.catalog import CatalogView
from core.plugin.standards.reach import email_key, phone_key

LIKE = ("country", "region", "time_zone", "locale", "currency", "grade")
"""Columns in which an invented customer is like the other."""
TELLING = frozenset({"text", "long_text"})
OFF = 10
"""Hundredths by which an amount is more or less than the other's, at most."""


class Maker:
    """Knows what the verticals declare of a customer."""

    def __init__(self, view_of: Callable[[Session, Context], CatalogView]) -> None:
        self._view_of = view_of

    def __call__(
        self, session: Session, context: Context, person: Invented, like: UUID | None
    ) -> tuple[UUID, int, str, str]:
        """Its id and number, and the keys of its telephone number and e-mail address."""
        values = {"name": person.name, "phone": person.phone, "email": person.email, "kind": "person"}
        columns = (getattr(Customer, name) for name in LIKE)
        model = session.execute(select(*columns, Customer.attributes).where(Customer.id == like)).one_or_none()
        attributes: dict[str, dict[str, Any]] = {}
        if model is not None:
            values |= {name: getattr(model, name) for name in LIKE if getattr(model, name) is not None}
            attributes = resembling(model.attributes, self._view_of(session, context).fields(on="customer"))
        made = service.create_customer(session, context=context, values=values, attributes=attributes)
        return made.id, made.number, phone_key(person.phone) or person.phone, email_key(person.email) or person.email


def resembling(held: Mapping[str, Mapping[str, Any]], declared: Mapping[str, Field]) -> dict[str, dict[str, Any]]:
    """Values like these: no text that is personal, masked or a number of somebody, amounts a little off."""
    made: dict[str, dict[str, Any]] = {}
    for owner, values in held.items():
        for key, value in values.items():
            field = declared.get(f"{owner}.{key}")
            if field is None or value is None or _tells(field):
                continue
            made.setdefault(owner, {})[key] = _off(value) if field.kind == "money" else value
    return made


def _tells(field: Field) -> bool:
    named = field.sensitivity != "plain" or field.mask is not None or field.validator is not None
    return field.kind in TELLING and named


def _off(amount: Any) -> Any:
    """Whole minor units; none stays none."""
    if not isinstance(amount, int):
        return amount
    return round(amount * (100 - OFF + secrets.randbelow(2 * OFF + 1)) / 100)
