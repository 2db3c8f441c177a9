"""Read customers: a page of a list, one row, and the rows that a search term finds.

Lists select mapped attributes, never entities, and go on after a key: `(sort value, id)`. Behind row-level security
only leakproof operators use an index, hence `~>=~` ranges for names and no LIKE. A provider's query repeats the lease.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Row, Select, Uuid, and_, bindparam, func, literal, null, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from core.context import Context
from core.customers.identifiers import canonical, equality_key
from core.customers.models import Customer, CustomerIdentifier
from core.db.reading import Listing
from core.engagements.models import Lease
from core.engagements.queries import leased, live_lease
from core.errors import N_, Invalid

COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Customer.id, Customer.number, Customer.kind, Customer.state, Customer.name, Customer.salutation, Customer.born_on,
    Customer.phone, Customer.email, Customer.address, Customer.country, Customer.region, Customer.time_zone,
    Customer.locale, Customer.currency, Customer.grade, Customer.owner_id, Customer.unit_id, Customer.merged_into_id,
    Customer.attributes, Customer.version, Customer.created_at, Customer.updated_at,
)  # fmt: skip
"""What a row of customers holds, by these names. Never the data key, never the slots."""

LIMIT = 200
"""The most rows of one page."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """`next` is the cursor of the following page, None on the last."""

    rows: Sequence[Row[Any]]
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`state` None means any. `where` holds conditions already compiled, all of which must be true."""

    state: str | None = "active"
    kind: str | None = None
    where: Sequence[ColumnElement[bool]] = ()


def customer_page(
    session: Session,
    *,
    context: Context,
    after: str | None = None,
    limit: int = 50,
    sort: str = "number",
    filters: Filters | None = None,
    extra: Sequence[ColumnElement[Any]] = (),
    count_to: int = 0,
    slots: Mapping[str, ColumnElement[Any]] | None = None,
) -> Page:
    """One page of a list. `sort` is number, name, updated, grade or a field of `slots`, with a minus for the other way round.

    Customers without a value of the field come last. `extra` adds labelled columns. `count_to` counts all rows of the list,
    up to one more than it says. Raises Invalid for a sort or a cursor that is none.
    """
    order = order_of(sort, slots or {})
    limit = max(1, min(limit, LIMIT))
    chosen = select(*COLUMNS, *extra).where(*conditions(context, filters or Filters()))
    if count_to:
        counted = select(literal(1)).where(*conditions(context, filters or Filters())).limit(count_to + 1).subquery()
        chosen = chosen.add_columns(select(func.count()).select_from(counted).scalar_subquery().label("total"))
    rows, following = paged(session, chosen, order=order, after=after, limit=limit)
    total = (rows[0].total if rows else 0) if count_to else None
    return Page(rows=rows, next=following, total=total)


def paged(
    session: Session, chosen: Select[Any], *, order: Order, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """The rows of one page, over the parts of the order, and the cursor of the next. Raises Invalid for a wrong cursor."""
    reached = read_cursor(after, order) if after else None
    rows: list[Row[Any]] = []
    parts: list[Order] = []
    while len(rows) <= limit:
        asked = chosen.where(*order.where)
        if reached is None or order.holds(reached[0]):
            if reached is not None:
                asked = asked.where(order.after(*(literal(part) for part in reached)))
            rows += session.execute(asked.order_by(*order.by).limit(limit + 1 - len(rows))).all()
            parts += [order] * (len(rows) - len(parts))
            reached = None
        if order.rest is None:
            break
        order = order.rest
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, cursor(parts[limit - 1].value(rows[-1]), rows[-1].id) if more else None


def conditions(context: Context, filters: Filters) -> list[ColumnElement[bool]]:
    """WHERE of a list, the provider's lease included."""
    found = list(filters.where)
    if filters.state is not None:
        found.append(Customer.state == filters.state)
    if filters.kind is not None:
        found.append(Customer.kind == filters.kind)
    if context.party == "provider":
        found.append(leased(Customer.id, context))
    return found


def customer_row(session: Session, *, context: Context, customer_id: UUID) -> Any | None:
    """All COLUMNS of one customer, its `identifiers` (see `identifiers_of`) and `lease_ends`, the end of the reader's lease.

    None if it is absent or not leased.
    """
    provider = context.party == "provider"
    values = {"engagement": context.engagement_id} if provider else {}
    return _one(provider=provider).one(session, customer=customer_id, **values)


@cache
def _one(*, provider: bool) -> Listing:
    """Planned once: the lease is looked up by itself (`OFFSET 0`), so that a plan for the very ids would be no cheaper."""
    wanted = select(*COLUMNS, _identifiers().label("identifiers"))
    wanted = wanted.where(Customer.id == bindparam("customer", type_=Uuid()))
    if not provider:
        return Listing(wanted.add_columns(null().label("lease_ends")))
    engagement = bindparam("engagement", type_=Uuid())
    ends = select(func.max(Lease.expires_at)).where(
        Lease.customer_id == Customer.id, Lease.engagement_id == engagement, Lease.ended_at.is_(None)
    )
    one = live_lease(Customer.id, engagement_id=engagement, alone=True)
    return Listing(wanted.add_columns(ends.scalar_subquery().label("lease_ends")).where(one))


@dataclass(frozen=True)
class Order:
    """One way to sort: ORDER BY, which rows come after a cursor's key, and the key of a row.

    `where` is the part of the rows it orders and `rest` orders the others, which come after; `holds` says of a cursor's
    value whether it lies in this part.
    """

    by: Sequence[ColumnElement[Any]]
    after: Callable[[Any, Any], ColumnElement[bool]]
    value: Callable[[Row[Any]], Any]
    read: Callable[[Any], Any] = lambda value: value
    where: Sequence[ColumnElement[bool]] = ()
    rest: Order | None = None
    holds: Callable[[Any], bool] = lambda _value: True


def order_of(sort: str, slots: Mapping[str, ColumnElement[Any]] | None = None) -> Order:
    """Raises Invalid for a sort that is none."""
    down, name = sort.startswith("-"), sort.removeprefix("-")
    if slots and name in slots:
        return by_slot(slots[name], model=Customer, down=down)
    match name:
        case "number":
            return _by_number(down=down)
        case "updated":
            return _by_updated(down=down)
        case "name":
            return _by_name(down=down)
        case "grade":
            return by_slot(Customer.grade, model=Customer, down=down)
    raise Invalid(N_("This list is not sorted by %(sort)s."), field="sort", sort=sort)


@cache
def _reached(model: Any) -> Any:
    """The table again, for the row that a cursor names. Made once: SQLAlchemy takes milliseconds for it, and more than the
    database for the page.
    """
    return aliased(model, name="reached")


def lent_in_order(chosen: Select[Any], *, engagement_id: Any, down: bool) -> tuple[Select[Any], Order]:
    """Customers lent to an engagement by their number, found from its leases in this order."""
    lent = chosen.join(Lease, and_(Lease.tenant_id == Customer.tenant_id, Lease.customer_id == Customer.id)).where(
        Lease.engagement_id == engagement_id, Lease.ended_at.is_(None), Lease.expires_at > func.now()
    )
    return lent, _by_number(down=down, number=Lease.customer_number)


def _by_number(*, down: bool, number: Any = Customer.number) -> Order:
    def after(value: Any, _: Any) -> ColumnElement[bool]:
        later: ColumnElement[bool] = number < value if down else number > value
        return later

    return Order([number.desc() if down else number.asc()], after, lambda row: row.number, int)


def _by_updated(*, down: bool) -> Order:
    """An import gives thousands the same time, so the id decides among them."""
    column, row_id = Customer.updated_at, Customer.id

    def after(value: Any, last: Any) -> ColumnElement[bool]:
        key, reached = tuple_(column, row_id), tuple_(value, last)
        return key < reached if down else key > reached

    by: list[ColumnElement[Any]] = [column.desc(), row_id.desc()] if down else [column.asc(), row_id.asc()]
    return Order(by, after, lambda row: row.updated_at.isoformat(), datetime.fromisoformat)


def _by_name(*, down: bool) -> Order:
    """By code points, as the index on `name_key` is (`text_pattern_ops`, whose operators are also leakproof).

    The cursor names the last row only and its name is looked up: no name may stand in an address.
    """
    key: Any = Customer.name_key
    strict, loose = ("~<~", "~<=~") if down else ("~>~", "~>=~")
    by: ColumnElement[Any] = UnaryExpression(key, modifier=custom_op(f"USING {'~>~' if down else '~<~'}"))

    def after(_: Any, last: Any) -> ColumnElement[bool]:
        before = _reached(Customer)
        reached = select(before.name_key).where(before.id == last).scalar_subquery()
        later = Customer.id < last if down else Customer.id > last
        return and_(key.bool_op(loose)(reached), or_(key.bool_op(strict)(reached), later))

    return Order([by, Customer.id.desc() if down else Customer.id.asc()], after, lambda _: None)


def by_slot(slot: Any, *, model: Any, down: bool) -> Order:
    """By a field in its slot: first who has a value, by the slot's index, then the others.

    The cursor says the part and the last row; the value is looked up, and stands in no address.
    """
    row_id = model.id
    last_part = Order(
        [row_id.asc()], lambda _, last: row_id > last, lambda _: "rest", where=[slot.is_(None)],
        holds=lambda part: part == "rest",
    )  # fmt: skip

    def after(_: Any, last: Any) -> ColumnElement[bool]:
        before = _reached(model)
        value = select(getattr(before, slot.key)).where(before.id == last).scalar_subquery()
        key, reached = tuple_(slot, row_id), tuple_(value, last)
        return key < reached if down else key > reached

    by: list[ColumnElement[Any]] = [slot.desc(), row_id.desc()] if down else [slot.asc(), row_id.asc()]
    return Order(
        by, after, lambda _: "slot", where=[slot.is_not(None)], rest=last_part, holds=lambda part: part == "slot"
    )  # fmt: skip


def cursor(value: Any, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([value, str(row_id)])).decode().rstrip("=")


def read_cursor(after: str, order: Order) -> tuple[Any, UUID]:
    """The key of the last row seen. Raises Invalid for what is no cursor of this order."""
    try:
        value, row_id = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return order.read(value), UUID(row_id)
    except (ValueError, TypeError, AttributeError):
        raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after") from None


def name_range(prefix: str) -> ColumnElement[bool]:
    """Names that begin with a prefix (a `name_key`), as a range that the index serves behind row-level security."""
    key = Customer.name_key
    return and_(key.bool_op("~>=~")(prefix), key.bool_op("~<~")(prefix + chr(0x10FFFF)))


@dataclass(frozen=True, kw_only=True)
class IdentifierRow:
    """`shown` is the masked form of a document or card number (`sealed`), else the number itself."""

    id: UUID
    scheme: str
    shown: str
    sealed: bool
    verified: bool


def _identifiers() -> ColumnElement[Any]:
    kept = CustomerIdentifier
    each = func.jsonb_build_array(
        kept.id, kept.scheme, kept.shown, kept.sealed.is_not(None), kept.verified_at.is_not(None)
    )
    return select(func.jsonb_agg(each)).where(kept.customer_id == Customer.id).scalar_subquery()


def identifiers_of(row: Any) -> list[IdentifierRow]:
    """The numbers by which the customer of a `customer_row` is known, by scheme."""
    found = [
        IdentifierRow(id=UUID(row_id), scheme=scheme, shown=shown, sealed=sealed, verified=verified)
        for row_id, scheme, shown, sealed, verified in row.identifiers or ()
    ]
    return sorted(found, key=lambda each: (each.scheme, each.id))


def find_by_identifier(session: Session, *, context: Context, scheme: str, value: str) -> UUID | None:
    """The customer with exactly this number; a provider gets the same None for absent and not leased."""
    kept = CustomerIdentifier
    number = canonical(scheme, value)
    return session.scalar(
        select(kept.customer_id).where(
            kept.scheme == scheme, kept.value_key == equality_key(scheme, number, tenant_id=context.tenant_id)
        )
    )
