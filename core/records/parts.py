"""What records put on the customer's page, and what higher features put on the page of a record. `app.py` fills the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.context import Context
from core.customers.parts import ListLink, PagePart, drawn
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.records import queries
from core.records.shown import RecordReader, ShownRecord
from core.web.current import catalog_view

SHOWN_FIELDS = 4


@dataclass(frozen=True, kw_only=True)
class RecordPart:
    """A card on the page of a record. `render` gives Markup, or nothing where there is nothing to show."""

    key: str
    render: Callable[[Context, ShownRecord], str]
    order: int = 50


RECORD_PARTS: list[RecordPart] = []
LIST_LINKS: list[ListLink] = []
"""Buttons of higher features in the head of a type's list; each is linked with `?type=`."""


def parts_of(context: Context, record: ShownRecord) -> list[str]:
    """The cards of higher features, in order, without the empty ones."""
    ordered = sorted(RECORD_PARTS, key=lambda part: part.order)
    return [piece for part in ordered if (piece := part.render(context, record))]


def records_card(context: Context, customer: ShownCustomer) -> str:
    """A card per type the customer has something of."""
    view = catalog_view()
    if not view.record_types or not context.may("record.read"):
        return ""
    rows = queries.records_of(db.session(), context=context, customer_id=customer.id)
    groups: dict[str, list[ShownRecord]] = {}
    for row in rows:
        if row.type in view.record_types:
            groups.setdefault(row.type, []).append(ShownRecord(row, RecordReader(context, view, row.type)))
    shown = [(view.record_types[key], lines) for key, lines in groups.items()]
    return drawn("records/card.html", groups=shown, most=SHOWN_FIELDS)


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="records", placement="aside", render=records_card, order=40),)
