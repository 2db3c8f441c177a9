"""Read what a term finds: each kind one statement, in the order in which it is shown.

1. Whole numbers are looked up where they are kept; parts of names and texts come from the functions `search_*`, which no wall
   holds, so that they hold to tenant and lease themselves.  2. What they give is ids: the rows are read behind the walls, within
   the reader's reach, and a provider's with the lease repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, Select, Text, Uuid, any_, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.cases.queries import LINE
from core.contacts.models import Contact, ContactPoint
from core.context import Context
from core.customers.models import Customer, CustomerIdentifier
from core.db.reading import Listing
from core.engagements.queries import live_lease
from core.identity.models import Participant
from core.plugin.catalog import CatalogView
from core.records import finding
from core.search.terms import Asked

CANDIDATES = 500
"""So many of a kind are put in order; beyond them somebody types more of the word."""

NARROW = 5000
"""The same for a person who reaches a part of the rows: theirs are picked out of these."""

CUSTOMER = (
    Customer.id, Customer.number, Customer.kind, Customer.state, Customer.name, Customer.phone, Customer.region,
    Customer.owner_id, Customer.updated_at,
)  # fmt: skip
CONTACT = (
    Contact.id, Contact.name, Contact.role, Contact.customer_id, Customer.name.label("customer_name"),
    Customer.number.label("customer_number"),
)  # fmt: skip


class Span(NamedTuple):
    """A part of what is found: `limit` rows after the first `skip`."""

    limit: int
    skip: int = 0


class _Shape(NamedTuple):
    ways: tuple[str, ...]
    provider: bool


_WAYS = {
    "number": lambda: select(Customer.id, literal(0)).where(Customer.number == _given("number", BigInteger())),
    "phone": lambda: _holders(ContactPoint.kind == "phone", ContactPoint.value_key == _given("phone", Text())),
    "email": lambda: _holders(ContactPoint.kind == "email", ContactPoint.value_key == _given("email", Text())),
    "values": lambda: select(CustomerIdentifier.customer_id, literal(0)).where(
        CustomerIdentifier.value_key == any_(_given("values", ARRAY(Text)))
    ),
}


def customers(session: Session, *, context: Context, asked: Asked, span: Span) -> list[Any]:
    """Up to one more than the span, so that who asks knows of more."""
    ways = [name for name in _WAYS if getattr(asked, name)]
    if asked.names or asked.tail:
        ways.append("names")
    if not ways:
        return []
    provider = context.party == "provider"
    values: dict[str, Any] = {
        name: list(held) if name == "values" else held
        for name in ways
        if name in _WAYS and (held := getattr(asked, name))
    }
    if "names" in ways:
        values |= {name: getattr(asked, name) for name in ("words", "inside", "typed", "initial", "tail")}
        values |= {"me": context.participant_id, "most": most(context, span)}
    if provider:
        values["engagement"] = context.engagement_id
    listing = _customers(_Shape(tuple(ways), provider))
    rows = listing.fetch(session, **values, limit=span.limit + 1, skip=span.skip)
    return [_Row(dict(zip(listing.names, row, strict=True))) for row in rows]


def most(context: Context, span: Span) -> int:
    """How many the function puts in order. Within a reach its first ones may all be somebody else's."""
    if context.reach is not None:
        return NARROW
    return min(span.skip + span.limit + 1, CANDIDATES)


class _Row:
    """A row as its statement names it."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


@lru_cache(maxsize=64)
def _customers(shape: _Shape) -> Listing:
    parts: list[Any] = [_WAYS[way]() for way in shape.ways if way != "names"]
    if "names" in shape.ways:
        found = func.search_customers(
            *(_given(name, Text()) for name in ("words", "inside", "typed", "initial", "tail")),
            _given("me", Uuid()), _given("most", Integer()),
        ).table_valued("id", "place")  # fmt: skip
        parts.append(select(found.c.id, found.c.place))
    hits = union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    ids, places = hits.c
    wanted: Select[Any] = select(*CUSTOMER).join(hits, ids == Customer.id)
    if len(parts) > 1:
        best = select(ids.label("id"), func.min(places).label("place")).group_by(ids).subquery()
        wanted, places = select(*CUSTOMER).join(best, best.c.id == Customer.id), best.c.place
    wanted = wanted.where(Customer.state != "erased")
    if shape.provider:
        wanted = wanted.where(live_lease(Customer.id, engagement_id=bindparam("engagement")))
    ordered = wanted.order_by(places, Customer.id).limit(_given("limit", Integer())).offset(_given("skip", Integer()))
    return Listing(ordered, spelled=["engagement"] if shape.provider else ())


def _given(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind, unique=False)


def _holders(*where: Any) -> Select[Any]:
    return select(ContactPoint.customer_id, literal(0)).where(*where)


def contacts(session: Session, *, context: Context, asked: Asked, span: Span) -> Sequence[Any]:
    if not asked.names:
        return []
    found = func.search_contacts(
        *(literal(getattr(asked, name), Text()) for name in ("words", "inside", "typed", "initial")),
        literal(most(context, span), Integer()),
    ).table_valued("id", "place")  # fmt: skip
    wanted = select(*CONTACT).join(found, found.c.id == Contact.id).join(Customer, Customer.id == Contact.customer_id)
    return session.execute(_cut(_lent(wanted, Contact.customer_id, context), found.c.place, Contact.id, span)).all()


def cases(session: Session, *, context: Context, asked: Asked, span: Span) -> Sequence[Any]:
    """By number, else by words of titles and comments."""
    parts: list[Any] = []
    if asked.number is not None:
        parts.append(select(Case.id.label("id"), literal(0).label("place")).where(Case.number == asked.number))
    if asked.text_words:
        found = func.search_cases(
            *(literal(getattr(asked, f"text_{name}"), Text()) for name in ("words", "inside", "typed")),
            literal(context.participant_id, Uuid()), literal(most(context, span), Integer()),
        ).table_valued("id", "place")  # fmt: skip
        parts.append(select(found.c.id, found.c.place))
    if not parts:
        return []
    hits = union_all(*parts).subquery()
    best = select(hits.c.id, func.min(hits.c.place).label("place")).group_by(hits.c.id).subquery()
    wanted = (
        select(*LINE)
        .join(best, best.c.id == Case.id)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
    )
    return session.execute(_cut(_lent(wanted, Case.customer_id, context), best.c.place, Case.id, span)).all()


def records(session: Session, *, context: Context, view: CatalogView, term: str, span: Span) -> Sequence[Any]:
    """By a whole number of theirs, or their running number."""
    return finding.rows_of(session, context=context, view=view, term=term, limit=span.limit + 1, skip=span.skip)


def _lent(wanted: Select[Any], customer_id: Any, context: Context) -> Select[Any]:
    if context.party != "provider":
        return wanted
    return wanted.where(live_lease(customer_id, engagement_id=context.engagement_id))


def _cut(wanted: Select[Any], place: Any, row_id: Any, span: Span) -> Select[Any]:
    return wanted.order_by(place, row_id).limit(span.limit + 1).offset(span.skip)


def customers_of(session: Session, *, context: Context, ids: Sequence[UUID]) -> Sequence[Any]:
    """Rows by their ids, as far as the reader sees them."""
    wanted = _lent(select(*CUSTOMER).where(Customer.id.in_(ids), Customer.state != "erased"), Customer.id, context)
    return session.execute(wanted).all() if ids else []


def contacts_of(session: Session, *, context: Context, ids: Sequence[UUID]) -> Sequence[Any]:
    wanted = select(*CONTACT).join(Customer, Customer.id == Contact.customer_id).where(Contact.id.in_(ids))
    return session.execute(_lent(wanted, Contact.customer_id, context)).all() if ids else []


def cases_of(session: Session, *, context: Context, ids: Sequence[UUID]) -> Sequence[Any]:
    wanted = (
        select(*LINE)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
        .where(Case.id.in_(ids))
    )
    return session.execute(_lent(wanted, Case.customer_id, context)).all() if ids else []


def records_of(session: Session, *, context: Context, view: CatalogView, ids: Sequence[UUID]) -> Sequence[Any]:
    return finding.rows_by_id(session, context=context, view=view, ids=ids) if ids else []
