"""Read records: a page of a list, one row with what it belongs to, its children, readings, clocks and what was done to it.

Lists select mapped attributes, never entities, and go on after a key. A provider sees what is shared with it and what belongs
to customers leased to it; the lease is repeated in the statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core.audit.models import AuditEntry
from core.clocks.models import Clock
from core.context import Context
from core.customers.models import Customer
from core.customers.queries import Order, Page, by_slot, paged
from core.engagements.queries import leased
from core.errors import N_, Invalid
from core.gate.models import Finding
from core.identity.models import Participant
from core.records.models import Record, RecordIdentifier, RecordReading

LIMIT = 200
CHAIN = 8
CHILDREN = 10
READINGS = 50
ACTS = 50

COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Record.id, Record.type, Record.number, Record.customer_id, Record.parent_id, Record.unit_id, Record.state,
    Record.exposure, Record.occurred_at, Record.ends_at, Record.amount_minor, Record.currency, Record.attributes,
    Record.version, Record.created_at, Record.updated_at,
)  # fmt: skip
"""What a row of records holds, by these names. Never the slots."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`where` holds conditions already compiled, all of which must be true."""

    state: str | None = None
    customer_id: UUID | None = None
    parent_id: UUID | None = None
    ids: Sequence[UUID] | None = None
    where: Sequence[ColumnElement[bool]] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """One page of a list: the cursor it goes on after, and its order. `by_slot` names the column of the field it is sorted by."""

    after: str | None = None
    limit: int = 50
    sort: str = "-updated"
    by_slot: ColumnElement[Any] | None = field(default=None)
    count_to: int = 0


def visible(context: Context) -> ColumnElement[bool]:
    """Shared records, and those of leased customers; for the client all."""
    if context.party != "provider":
        return literal(True)
    return or_(Record.exposure == "shared", and_(Record.exposure == "leased", leased(Record.customer_id, context)))


def known_by() -> ColumnElement[Any]:
    """`{scheme: value}` of the record's identifiers."""
    return (
        select(func.jsonb_object_agg(RecordIdentifier.scheme, RecordIdentifier.value))
        .where(RecordIdentifier.record_id == Record.id)
        .scalar_subquery()
        .label("identifiers")
    )


def records_of(session: Session, *, context: Context, customer_id: UUID, limit: int = 50) -> Sequence[Any]:
    """A customer's records by type and number, with `identifiers` as `{scheme: value}`. Mask both for a provider."""
    columns: list[Any] = [*COLUMNS, known_by()]
    return session.execute(
        select(*columns)
        .where(Record.customer_id == customer_id, visible(context))
        .order_by(Record.type, Record.number)
        .limit(min(limit, LIMIT))
    ).all()


def record_page(
    session: Session,
    *,
    context: Context,
    type: str,  # noqa: A002 - the trade's own word
    filters: Filters | None = None,
    place: Place | None = None,
) -> Page:
    """One page of a type's records, each with its `identifiers`, holder and parent.

    Raises Invalid for a sort or a cursor that is none.
    """
    wanted, place = filters or Filters(), place or Place()
    order = order_of(place)
    limit = max(1, min(place.limit, LIMIT))
    where = conditions(context, type, wanted)
    parent = aliased(Record)
    columns: list[Any] = [
        *COLUMNS, known_by(), Customer.number.label("customer_number"), Customer.name.label("customer_name"),
        parent.number.label("parent_number"), parent.type.label("parent_type"),
    ]  # fmt: skip
    if place.count_to:
        counted = select(literal(1)).where(*where).limit(place.count_to + 1).subquery()
        columns.append(select(func.count()).select_from(counted).scalar_subquery().label("total"))
    chosen = (
        select(*columns)
        .outerjoin(Customer, Customer.id == Record.customer_id)
        .outerjoin(parent, parent.id == Record.parent_id)
        .where(*where)
    )
    rows, following = paged(session, chosen, order=order, after=place.after, limit=limit)
    total = (rows[0].total if rows else 0) if place.count_to else None
    return Page(rows=rows, next=following, total=total)


def conditions(context: Context, type: str, filters: Filters) -> list[ColumnElement[bool]]:  # noqa: A002
    """WHERE of a list, the provider's lease included."""
    found: list[ColumnElement[bool]] = [Record.type == type, *filters.where]
    if context.party == "provider":
        found.append(visible(context))
    if filters.state is not None:
        found.append(Record.state == filters.state)
    if filters.customer_id is not None:
        found.append(Record.customer_id == filters.customer_id)
    if filters.parent_id is not None:
        found.append(Record.parent_id == filters.parent_id)
    if filters.ids is not None:
        found.append(Record.id.in_(filters.ids))
    return found


def order_of(place: Place) -> Order:
    """Raises Invalid for a sort that is none."""
    down, name = place.sort.startswith("-"), place.sort.removeprefix("-")
    if name == "number":
        return _by(Record.number, lambda row: row.number, int, down=down)
    if name == "updated":
        return _by(Record.updated_at, lambda row: row.updated_at.isoformat(), datetime.fromisoformat, down=down)
    if place.by_slot is not None:
        return by_slot(place.by_slot, model=Record, down=down)
    raise Invalid(N_("This list is not sorted by %(sort)s."), field="sort", sort=place.sort)


def _by(column: InstrumentedAttribute[Any], value: Any, read: Any, *, down: bool) -> Order:
    def after(key: Any, last: Any) -> ColumnElement[bool]:
        place, reached = tuple_(column, Record.id), tuple_(key, last)
        return place < reached if down else place > reached

    by: list[ColumnElement[Any]] = [column.desc(), Record.id.desc()] if down else [column.asc(), Record.id.asc()]
    return Order(by, after, value, read)


def counts(session: Session, *, context: Context, types: Sequence[str], up_to: int) -> dict[str, int]:
    """How many records of each type the reader sees, counted up to one more than it says."""
    if not types:
        return {}
    counted = []
    for place, name in enumerate(types):
        rows = select(literal(1)).where(*conditions(context, name, Filters())).limit(up_to + 1).subquery()
        counted.append(select(func.count()).select_from(rows).scalar_subquery().label(f"c{place}"))
    row = session.execute(select(*counted)).one()
    return dict(zip(types, row, strict=True))


def record_row(session: Session, *, context: Context, record_id: UUID) -> Row[Any] | None:
    """All COLUMNS of one record, its identifiers, states and holder; None if absent or not exposed to the reader."""
    columns: list[Any] = [
        *COLUMNS, Record.history, known_by(), Customer.number.label("customer_number"), Customer.name.label("customer_name"),
    ]  # fmt: skip
    return session.execute(
        select(*columns)
        .outerjoin(Customer, Customer.id == Record.customer_id)
        .where(Record.id == record_id, visible(context))
    ).one_or_none()


def parents(session: Session, *, context: Context, parent_id: UUID | None) -> list[Any]:
    """What a record belongs to, the nearest first."""
    columns: list[Any] = [*COLUMNS, known_by()]
    found: list[Any] = []
    while parent_id is not None and len(found) < CHAIN:
        row = session.execute(select(*columns).where(Record.id == parent_id, visible(context))).one_or_none()
        if row is None:
            break
        found.append(row)
        parent_id = row.parent_id
    return found


def children(session: Session, *, context: Context, record_id: UUID, types: Sequence[str]) -> dict[str, Page]:
    """The newest of a record's children by type."""
    found = {}
    for name in types:
        page = record_page(
            session,
            context=context,
            type=name,
            filters=Filters(parent_id=record_id),
            place=Place(limit=CHILDREN, sort="-number"),
        )
        if page.rows:
            found[name] = page
    return found


def readings(session: Session, *, record_id: UUID, counter: str | None = None, limit: int = READINGS) -> Sequence[Any]:
    """The series of one counter, or of all of them, the newest first."""
    series = RecordReading
    wanted = [series.record_id == record_id, *([series.counter == counter] if counter is not None else [])]
    return session.execute(
        select(
            series.id, series.counter, series.value, series.read_at, series.status, series.source, series.created_at,
            Participant.shown_name, Participant.party,
        )
        .outerjoin(Participant, Participant.id == series.participant_id)
        .where(*wanted)
        .order_by(series.read_at.desc(), series.id.desc())
        .limit(min(limit, LIMIT))
    ).all()  # fmt: skip


def clocks_of(session: Session, *, record_id: UUID) -> Sequence[Any]:
    """The deadlines of a record, the oldest first."""
    return session.scalars(select(Clock).where(Clock.record_id == record_id).order_by(Clock.started_at, Clock.id)).all()


def findings_of(session: Session, *, record_id: UUID) -> Sequence[Any]:
    """What watching rules see in a record now, and what they have seen, the newest first."""
    kept = Finding
    return session.execute(
        select(kept.id, kept.number, kept.rule, kept.severity, kept.state, kept.reason, kept.created_at, kept.case_id)
        .where(kept.subject_id == record_id, kept.subject_type == "record")
        .order_by(kept.state, kept.created_at.desc(), kept.id.desc())
        .limit(CHILDREN)
    ).all()


def acts_of(session: Session, *, record_id: UUID, actions: Iterable[str]) -> Sequence[Any]:
    """What was done to a record, by whom, the latest first: names of fields, never values. Who looked at it is in the trail."""
    noted = AuditEntry
    return session.execute(
        select(noted.id, noted.action, noted.fields, noted.occurred_at, noted.party, Participant.shown_name)
        .outerjoin(Participant, Participant.id == noted.participant_id)
        .where(noted.subject_type == "record", noted.subject_id == record_id, noted.outcome == "done")
        .where(noted.action.in_(tuple(actions)))
        .order_by(noted.occurred_at.desc(), noted.id.desc())
        .limit(ACTS)
    ).all()


def number_of(session: Session, *, context: Context, type: str, number: int) -> UUID | None:  # noqa: A002
    """The record of a type with this number."""
    return session.scalar(select(Record.id).where(Record.type == type, Record.number == number, visible(context)))
