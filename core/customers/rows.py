"""The list as programs read it: plain tuples of `queries.COLUMNS`, each shape of the statement compiled once.

The same sorts, filters, leases and cursors as `queries.customer_page`; a test holds the two equal. A provider's list by number
goes from lease to lease in the order of their customers, so that a page costs what it shows, however many are lent and beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, bindparam, literal_column, select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.customers.queries import COLUMNS, LIMIT, cursor, lent_in_order, order_of, read_cursor
from core.db.reading import Listing
from core.engagements.queries import live_lease

_ID = COLUMNS.index(Customer.id)
_KEYS = {"number": COLUMNS.index(Customer.number), "updated": COLUMNS.index(Customer.updated_at)}


@dataclass(frozen=True)
class _Shape:
    """What of a list changes its statement. A limit that is bound would keep the server from ever reusing a plan."""

    limit: int
    sort: str
    state: bool
    kind: bool
    after: bool
    provider: bool


def customer_rows(
    session: Session,
    *,
    context: Context,
    after: str | None = None,
    limit: int = 50,
    sort: str = "number",
    state: str | None = "active",
    kind: str | None = None,
) -> tuple[Sequence[tuple[Any, ...]], str | None]:
    """One page and the cursor of the next. Raises Invalid for a sort or a cursor that is none."""
    limit = max(1, min(limit, LIMIT))
    provider = context.party == "provider"
    shape = _Shape(limit + 1, sort, state is not None, kind is not None, after is not None, provider)
    values: dict[str, Any] = {}
    if state is not None:
        values["state"] = state
    if kind is not None:
        values["kind"] = kind
    if provider:
        values["engagement"] = context.engagement_id
    if after is not None:
        values["key"], values["last"] = read_cursor(after, order_of(sort))
    rows = _listing(shape).fetch(session, **values)
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], cursor(_key(sort, rows[limit - 1]), rows[limit - 1][_ID])


def _key(sort: str, row: tuple[Any, ...]) -> Any:
    place = _KEYS.get(sort.removeprefix("-"))
    value: Any = row[place] if place is not None else None
    return value.isoformat() if isinstance(value, datetime) else value


@lru_cache(maxsize=256)
def _listing(shape: _Shape) -> Listing:
    order = order_of(shape.sort)
    chosen = select(*COLUMNS)
    by_lease = shape.provider and shape.sort.removeprefix("-") == "number"
    if by_lease:
        chosen, order = lent_in_order(chosen, engagement_id=bindparam("engagement"), down=shape.sort.startswith("-"))
    if shape.state:
        chosen = chosen.where(Customer.state == bindparam("state"))
    if shape.kind:
        chosen = chosen.where(Customer.kind == bindparam("kind"))
    if shape.provider and not by_lease:
        chosen = chosen.where(live_lease(Customer.id, engagement_id=bindparam("engagement")))
    if shape.after:
        key = Customer.updated_at if shape.sort.endswith("updated") else Customer.number
        chosen = chosen.where(order.after(bindparam("key", type_=key.type), bindparam("last", type_=Customer.id.type)))
    ordered = chosen.order_by(*order.by).limit(literal_column(str(shape.limit), Integer))
    return Listing(ordered, spelled=["engagement"] if shape.provider else ())
