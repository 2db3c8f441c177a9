"""Read what a term finds: each kind one statement, in the order in which it is shown.

1. Whole numbers are looked up where they are kept; parts of names and texts come from the functions `search_*`, which no wall
   holds, so that they hold to tenant and lease themselves.  2. What they give is ids: the rows are read behind the walls, within
   the reader's reach, and a provider's with the lease repeated.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.cases.queries import LINE
from core.contacts.models import Contact, ContactPoint
from core.context import Context
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
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


_NAMES = tuple(column.key for column in CUSTOMER)
_Customer: Any = namedtuple("_Customer", _NAMES)  # type: ignore[misc]


class Span(NamedTuple):
    """A part of what is found: `limit` rows after the first `skip`."""

    limit: int
    skip: int = 0


class _Shape(NamedTuple):
    """`twice`: the function may give a row by name and by number."""

    ways: tuple[str, ...]
    provider: bool
    twice: bool


_WAYS: Mapping[str, Callable[[], Any]] = {
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
    listing = _customers(_Shape(tuple(ways), provider, twice=asked.tail is not None))
    rows = listing.fetch(session, **values, limit=span.limit + 1, skip=span.skip)
    return [_Customer._make(row) for row in rows]


def most(context: Context, span: Span) -> int:
    """How many the function puts in order. Within a reach its first ones may all be somebody else's."""
    if context.reach is not None:
        return NARROW
    return min(span.skip + span.limit + 1, CANDIDATES)


@lru_cache(maxsize=64)
def _customers(shape: _Shape) -> Listing:
    """The rows are looked up one by one (`OFFSET 0`): a plan for any tenant would read all customers to join a handful."""
    parts: list[Any] = [_WAYS[way]() for way in shape.ways if way != "names"]
    if "names" in shape.ways:
        found = func.search_customers(
            *(_given(name, Text()) for name in ("words", "inside", "typed", "initial", "tail")),
            _given("me", Uuid()), _given("most", Integer()),
        ).table_valued("id", "place")  # fmt: skip
        parts.append(select(found.c.id, found.c.place))
    hits = union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    if len(parts) > 1 or shape.twice:
        hits = select(hits.c[0].label("id"), func.min(hits.c[1]).label("place")).group_by(hits.c[0]).subquery()
    wanted: Any = select(*CUSTOMER).where(Customer.id == hits.c[0], Customer.state != "erased")
    if shape.provider:
        wanted = wanted.where(live_lease(Customer.id, engagement_id=bindparam("engagement")))
    one = wanted.correlate(hits).offset(0).lateral("found")
    ordered = select(*one.c).select_from(hits.join(one, true())).order_by(hits.c[1], one.c.id)
    limited = ordered.limit(_given("limit", Integer())).offset(_given("skip", Integer()))
    return Listing(limited, spelled=["engagement"] if shape.provider else ())


def _given(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind, unique=False)


def _holders(*where: Any) -> Any:
    wanted: Any = select(ContactPoint.customer_id, literal(0)).where(*where)
    return wanted


def contacts(session: Session, *, context: Context, asked: Asked, span: Span) -> Sequence[Any]:
    if not asked.names:
        return []
    found = func.search_contacts(
        *(literal(getattr(asked, name), Text()) for name in ("words", "inside", "typed", "initial")),
        literal(most(context, span), Integer()),
    )  # fmt: skip
    return _cut(_ids(session, found), span, context, lambda ids: contacts_of(session, context=context, ids=ids))


def cases(session: Session, *, context: Context, asked: Asked, span: Span) -> Sequence[Any]:
    """By number, and by words of titles and comments."""
    ids: list[UUID] = []
    if asked.number is not None:
        ids += session.scalars(select(Case.id).where(Case.number == asked.number)).all()
    if asked.text_words:
        found = func.search_cases(
            *(literal(getattr(asked, f"text_{name}"), Text()) for name in ("words", "inside", "typed")),
            literal(context.participant_id, Uuid()), literal(most(context, span), Integer()),
        )  # fmt: skip
        ids += _ids(session, found)
    return _cut(ids, span, context, lambda ids: cases_of(session, context=context, ids=ids))


def _ids(session: Session, found: Any) -> list[UUID]:
    """What a function found, in its order. The rows are read by these: joined with it, a plan for any tenant reads all rows."""
    rows = found.table_valued("id", "place")
    return list(session.scalars(select(rows.c.id).order_by(rows.c.place).execution_options(**scope.RLS_ONLY)))


def _cut(ids: Sequence[UUID], span: Span, context: Context, read: Callable[..., Sequence[Any]]) -> list[Any]:
    """The rows of the span in the order of the ids. Within a reach it is only known of the rows whose they are."""
    last = span.skip + span.limit + 1
    wanted = list(dict.fromkeys(ids))
    if context.reach is None:
        rows = {row.id: row for row in read(wanted[span.skip : last])}
        return [rows[each] for each in wanted[span.skip : last] if each in rows]
    rows = {row.id: row for row in read(wanted)}
    return [rows[each] for each in wanted if each in rows][span.skip : last]


def records(session: Session, *, context: Context, view: CatalogView, term: str, span: Span) -> Sequence[Any]:
    """By a whole number of theirs, or their running number."""
    return finding.rows_of(session, context=context, view=view, term=term, limit=span.limit + 1, skip=span.skip)


def _lent(wanted: Any, customer_id: Any, context: Context) -> Any:
    if context.party != "provider":
        return wanted
    return wanted.where(live_lease(customer_id, engagement_id=context.engagement_id))


def customers_of(session: Session, *, context: Context, ids: Sequence[UUID]) -> Sequence[Any]:
    """Rows by their ids, as far as the reader sees them."""
    wanted: Any = select(*CUSTOMER).where(Customer.id.in_(ids), Customer.state != "erased")
    return session.execute(_lent(wanted, Customer.id, context)).all() if ids else []


def contacts_of(session: Session, *, context: Context, ids: Sequence[UUID]) -> Sequence[Any]:
    wanted: Any = select(*CONTACT).join(Customer, Customer.id == Contact.customer_id).where(Contact.id.in_(ids))
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
