"""Find records by a number somebody typed: exactly, in every type and scheme that the workspace has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.customers.finding import HEARD
from core.customers.models import Customer
from core.customers.queries import Filters as CustomerFilters
from core.customers.queries import conditions
from core.fields.normalise import identifier_key, name_key
from core.plugin.catalog import CatalogView
from core.records.models import Record, RecordIdentifier
from core.records.queries import COLUMNS, known_by, visible
from core.web.current import catalog_view

LIMIT = 50
LONGEST_TERM = 200


def find_records(session: Session, *, context: Context, view: CatalogView, term: str) -> Sequence[Any]:
    """Up to 50 records that the reader may see, by identifier or running number. A provider's search is audited."""
    wanted = term.strip()[:LONGEST_TERM]
    ways = _ways(view, wanted)
    rows = _read(session, context, view, or_(*ways), Span(LIMIT)) if ways else []
    for heard in HEARD if wanted else ():
        heard(session, context=context, term=wanted, found=len(rows))
    if context.masked and wanted:
        audit.append(
            session,
            context=context,
            action="records.searched",
            subject=("record", None),
            details={"term": keys.digest(name_key(wanted), tenant_id=context.tenant_id), "found": len(rows)},
        )
    return rows


def rows_of(
    session: Session, *, context: Context, view: CatalogView, term: str, limit: int = LIMIT, skip: int = 0
) -> Sequence[Any]:
    """The same rows for whoever counts and notes the search itself."""
    ways = _ways(view, term.strip()[:LONGEST_TERM])
    return _read(session, context, view, or_(*ways), Span(limit, skip)) if ways else []


def rows_by_id(session: Session, *, context: Context, view: CatalogView, ids: Sequence[UUID]) -> Sequence[Any]:
    return _read(session, context, view, Record.id.in_(ids), Span(len(ids)))


class Span(NamedTuple):
    limit: int
    skip: int = 0


def _read(
    session: Session, context: Context, view: CatalogView, where: ColumnElement[bool], span: Span
) -> Sequence[Any]:
    columns: list[Any] = [
        *COLUMNS, known_by(), Customer.number.label("customer_number"), Customer.name.label("customer_name"),
    ]  # fmt: skip
    return session.execute(
        select(*columns)
        .outerjoin(Customer, Customer.id == Record.customer_id)
        .where(where, visible(context), Record.type.in_(list(view.record_types)))
        .order_by(Record.type, Record.number)
        .limit(span.limit)
        .offset(span.skip)
    ).all()


def _ways(view: CatalogView, term: str) -> list[ColumnElement[bool]]:
    known = _identified(view, term)
    found: list[ColumnElement[bool]] = []
    if known is not None:
        found.append(Record.id.in_(select(RecordIdentifier.record_id).where(known)))
    number = term.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 18:
        found.append(Record.number == int(number))
    return found


def _identified(view: CatalogView, term: str) -> ColumnElement[bool] | None:
    """The term as each type and scheme would keep it: whole keys of the index, so each is one look."""
    kept = RecordIdentifier
    asked = [
        and_(kept.type == name, kept.scheme == scheme, kept.value_key == key)
        for name, kind in view.record_types.items()
        for scheme in kind.identifiers
        if (key := identifier_key(scheme, term)) is not None
    ]
    return or_(*asked) if asked else None


def holders(term: str, context: Context) -> Select[Any] | None:
    """For the search of customers: who holds the record with this number."""
    known = _identified(catalog_view(), term)
    if known is None:
        return None
    held = select(RecordIdentifier.customer_id).where(known, RecordIdentifier.customer_id.is_not(None))
    return (
        select(Customer.id).where(Customer.id.in_(held), *conditions(context, CustomerFilters(state=None))).limit(LIMIT)
    )
