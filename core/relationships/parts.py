"""What relationships put on a customer's page: the household it is, and everybody it is related to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request

from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer, spaced, spoken
from core.db.base import db
from core.fields.masks import shown_as, written
from core.relationships import queries
from core.relationships.queries import Related, in_groups
from core.relationships.roles import GROUPS


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The other end as the reader may see it."""

    row: Related
    name: str
    phone: str | None
    note: Any


def household_card(context: Context, customer: ShownCustomer) -> str:
    """Of a household: who lives there, at one address, and who pays."""
    if customer.kind != "household":
        return ""
    rows = [row for row in _rows(context, customer.id) if row.stands]
    members = [shown(row, context=context) for row in rows if row.role == "member" and row.from_other]
    payers = {row.end_id: shown(row, context=context) for row in rows if row.role == "payer" and row.from_other}
    elsewhere = {
        each.row.end_id for each in members if customer.address and each.row.address not in (None, customer.address)
    }
    return drawn(
        "relationships/household.html", customer=customer, members=members, payers=payers,
        elsewhere=elsewhere if not context.masked else set(),
    )  # fmt: skip


def related_card(context: Context, customer: ShownCustomer) -> str:
    ended = request.args.get("ended") == "1"
    rows = _rows(context, customer.id)
    left_out = {"member", "payer"} if customer.kind == "household" else set()
    groups = [
        (GROUPS[key], [shown(row, context=context) for row in found])
        for key, found in in_groups([row for row in rows if row.role not in left_out or not row.from_other])
    ]
    return drawn("relationships/card.html", customer=customer, groups=groups, ended=ended)


def shown(row: Related, *, context: Context) -> Shown:
    sight = context.sight
    phone = shown_as("phone", row.phone, name="phone", sight=sight)
    if phone is not None:
        phone = spoken(phone, region=context.country) if phone == row.phone else spaced(phone)
    return Shown(
        row=row,
        phone=phone,
        name=shown_as("name", row.name, name="name", sight=sight),
        note=written(row.note, sight=sight),
    )


def _rows(context: Context, customer_id: UUID) -> list[Related]:
    """Asked once for both cards; those that ended only where they are wanted."""
    if "relationships" not in g:
        ended = request.args.get("ended") == "1"
        g.relationships = queries.related(db.session(), context=context, customer_id=customer_id, ended=ended)
    found: list[Related] = g.relationships
    return found


PAGE_PARTS: Sequence[PagePart] = (
    PagePart(key="household", placement="top", render=household_card, order=10),
    PagePart(key="relationships", placement="aside", render=related_card, order=30),
)
