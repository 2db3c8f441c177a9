"""What is found as one reader may see it: a line each, masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.cases.shown import Line as CaseLine
from core.context import Context
from core.customers.shown import spaced, spoken
from core.fields.masks import shown_as
from core.plugin.catalog import CatalogView
from core.records.shown import RecordReader, ShownRecord
from core.search.service import Found, Group
from core.web.words import word

LABELS: Mapping[str, Any] = {
    "customers": _l("Customers"),
    "contacts": _l("Contacts"),
    "records": _l("Records"),
    "cases": _l("Cases"),
}
ICONS = {"customers": "user", "contacts": "users", "records": "card", "cases": "case"}


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One line. `facts` are what tells it apart, `badge` a word and its tone."""

    kind: str
    id: UUID
    customer_id: UUID | None
    title: str
    number: int | None = None
    facts: Sequence[str] = ()
    badge: tuple[str, str] | None = None

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def href(self) -> str:
        noun = self.kind.removesuffix("s")
        address: dict[str, Any] = {f"{noun}_id": self.id}
        return url_for(f"search.open_{noun}", **address)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A kind and its lines. `next` is where its next page begins."""

    kind: str
    hits: Sequence[Hit]
    next: int | None

    @property
    def label(self) -> Any:
        return LABELS[self.kind]


def shelves(found: Found, *, context: Context, view: CatalogView) -> list[Shelf]:
    return [_shelf(group, context, view) for group in found.groups]


def _shelf(group: Group, context: Context, view: CatalogView) -> Shelf:
    hits = [hit(group.kind, row, context=context, view=view) for row in group.rows]
    return Shelf(kind=group.kind, hits=hits, next=group.next)


def hit(kind: str, row: Any, *, context: Context, view: CatalogView) -> Hit:
    return _MADE[kind](row, context, view)


def _customer(row: Any, context: Context, _view: CatalogView) -> Hit:
    badge = (word("customer_state", row.state), "mute") if row.state != "active" else None
    facts = [_phone(row.phone, context), row.region]
    return Hit(
        kind="customers", id=row.id, customer_id=row.id, title=_name(row.name, context), number=row.number,
        facts=[each for each in facts if each], badge=badge,
    )  # fmt: skip


def _contact(row: Any, context: Context, _view: CatalogView) -> Hit:
    at = _("at %(name)s", name=_name(row.customer_name, context))
    return Hit(
        kind="contacts", id=row.id, customer_id=row.customer_id, title=_name(row.name, context),
        facts=[each for each in (row.role, str(at)) if each],
    )  # fmt: skip


def _record(row: Any, context: Context, view: CatalogView) -> Hit:
    shown = ShownRecord(row, RecordReader(context, view, row.type))
    kind = shown.reader.kind.label
    facts = [str(kind.get(context.locale) or kind["en"]), shown.holder]
    return Hit(
        kind="records", id=row.id, customer_id=row.customer_id, title=shown.name, number=row.number,
        facts=[each for each in facts if each], badge=shown.state if row.state else None,
    )  # fmt: skip


def _case(row: Any, context: Context, view: CatalogView) -> Hit:
    line = CaseLine(row, view.workflows.get(row.workflow), context)
    facts = [line.customer_name] if line.unnamed else [line.workflow_name, line.customer_name]
    return Hit(
        kind="cases", id=row.id, customer_id=row.customer_id, title=line.title, number=row.number, facts=facts,
        badge=(line.state, line.tone),
    )  # fmt: skip


def _name(name: str, context: Context) -> str:
    return str(shown_as("name", name, name="name", sight=context.sight))


def _phone(number: str | None, context: Context) -> str | None:
    if number is None:
        return None
    shown = str(shown_as("phone", number, name="phone", sight=context.sight))
    return spoken(number, region=context.country) if shown == number else spaced(shown)


_MADE = {"customers": _customer, "contacts": _contact, "records": _record, "cases": _case}
