"""The forms of relationships: who, what they are to the customer, since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context, Sight
from core.customers.finding import find_customers
from core.customers.models import Customer
from core.customers.shown import ShownCustomer
from core.errors import N_, Invalid
from core.fields.masks import shown_as
from core.relationships.roles import ROLES
from core.web.forms import Control, control, filled
from core.web.i18n import label

OFFERED = 10


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the form says: the customer of the row and its other, and the role."""

    customer_id: UUID
    other_id: UUID
    role: str
    starts_on: date | None
    ends_on: date | None
    note: str | None


class Several(Invalid):
    """More than one customer is meant by what was typed; `found` are those to choose from."""

    def __init__(self, found: Sequence[Any]) -> None:
        super().__init__(N_("Several customers are meant. Choose one."), field="other")
        self.found = found


def options(kind: str) -> list[tuple[str, str]]:
    """What another customer can be to one of this kind: `child` is "is my child", `-child` "I am its child"."""
    made = []
    for role in ROLES.values():
        if kind in role.to:
            made.append((role.key, str(label(role.label))))
        if kind in role.of and not role.mutual:
            made.append((f"-{role.key}", str(label(role.inverse))))
    return made


def new_controls(
    customer: ShownCustomer,
    sent: Mapping[str, str],
    *,
    sight: Sight,
    errors: Mapping[str, str],
    found: Sequence[Any] = (),
) -> list[Control]:
    made = [
        control("role", _("They are"), kind="select", options=options(customer.kind), required=True,
                help=_("What the other customer is to this one.")),
        control("other", _("The other customer"), required=True, autocomplete="off", maxlength=200,
                help=_("Number, name, or telephone number")),
    ]  # fmt: skip
    if found:
        chosen = [
            (str(each.number), f"{each.number} · {shown_as('name', each.name, name='name', sight=sight)}")
            for each in found
        ]
        made.append(control("pick", _("Which one"), kind="radio", options=chosen, required=True))
    return filled([*made, *day_controls()], values=sent, errors=errors)


def day_controls() -> list[Control]:
    return [
        control("starts_on", _("Since"), kind="date", help=_("Empty: since ever")),
        control("ends_on", _("Last day"), kind="date", help=_("Empty: it goes on")),
        control("note", _("Note"), autocomplete="off", maxlength=500),
    ]


def read_days(sent: Mapping[str, str]) -> dict[str, Any]:
    """Raises Invalid."""
    return {
        "starts_on": _day(sent, "starts_on"),
        "ends_on": _day(sent, "ends_on"),
        "note": sent.get("note", "").strip() or None,
    }


def read_new(session: Session, *, context: Context, customer_id: UUID, sent: Mapping[str, str]) -> Chosen:
    """Raises Invalid, Several."""
    role, days = sent.get("role", ""), read_days(sent)
    other = _other(session, context, sent.get("pick") or sent.get("other", ""))
    ends = (customer_id, other) if role.startswith("-") else (other, customer_id)
    return Chosen(customer_id=ends[0], other_id=ends[1], role=role.removeprefix("-"), **days)


def _other(session: Session, context: Context, term: str) -> UUID:
    text = term.strip()
    if not text:
        raise Invalid(N_("This must be filled in."), field="other")
    if text.isascii() and text.isdigit() and len(text) < 10:
        found = session.scalar(select(Customer.id).where(Customer.number == int(text), Customer.state == "active"))
        if found is not None:
            return found
    rows = find_customers(session, context=context, term=text, extra=()).rows
    if len(rows) == 1:
        return UUID(str(rows[0].id))
    if not rows:
        raise Invalid(N_("No customer has this number, name or telephone number."), field="other")
    raise Several(rows[:OFFERED])


def _day(sent: Mapping[str, str], name: str) -> date | None:
    text = sent.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(N_("This is not a date such as 2027-01-31."), field=name) from None
