"""What duplicates put on a customer's page: whom it may be one with, and a way to merge it."""

from __future__ import annotations

from core.context import Context
from core.customers import queries as customer_queries
from core.customers.fields import field_set
from core.customers.models import Customer
from core.customers.parts import PagePart, drawn
from core.customers.shown import Reader, ShownCustomer
from core.db.base import db
from core.duplicates import policy, queries
from core.web.current import catalog_view


def resembling(context: Context, customer: ShownCustomer) -> str:
    """A banner, for those who may decide."""
    if not _concerned(context):
        return ""
    found = queries.open_pairs_of(db.session(), customer_id=customer.id)
    if not found:
        return ""
    filters = customer_queries.Filters(where=[Customer.id.in_(found)])
    rows = customer_queries.customer_page(db.session(), context=context, filters=filters).rows
    reader = Reader(context, field_set(catalog_view(), region=context.country))
    pairs = [(reader.customer(row), found[row.id]) for row in rows]
    return drawn("duplicates/_card.html", customer=customer, pairs=pairs)


def by_number(context: Context, customer: ShownCustomer) -> str:
    """Any other customer can be compared with this one. What was merged here stands on the timeline."""
    return drawn("duplicates/_aside.html", customer=customer) if _concerned(context) else ""


def _concerned(context: Context) -> bool:
    return context.party != "provider" and context.may(policy.MERGE)


PARTS = (
    PagePart(key="resembling", placement="top", render=resembling, order=30),
    PagePart(key="merge_by_number", placement="aside", render=by_number, order=90),
)
