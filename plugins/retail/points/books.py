"""The books of a membership: read under its lock, moved by one act, written with what the record shows of them.

1. The membership's record is locked, so that acts on the same points come one after the other. 2. Its lots and entries are read;
an act that is booked already changes nothing. 3. The moves are made (`moves`) and added. 4. The record gets its balance, what is
pending, and the next day on which days alone move something, from which its clock runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import new_id
from core.facade import N_, Conflict, Context, Record, change_record, lock_record
from plugins.retail.models import PointsEntry, PointsLot
from plugins.retail.points.moves import Lot, Move, Moving, Short, earn, next_day

MEMBERSHIP = "retail.membership"


class TooFewPoints(Conflict):
    code = "too_few_points"
    default = N_("The card has %(available)s points to spend, %(asked)s are asked for.")


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Whose books are open. `booked` are the acts that are in them, by reference."""

    id: UUID
    customer_id: UUID
    shown: Mapping[str, Any]
    moving: Moving
    booked: Mapping[str, Sequence[Move]]


def read(session: Session, *, membership_id: UUID, on: date) -> Membership:
    """The books as they stand, for reading. Raises NotFound for a record that is not there."""
    record = session.execute(select(Record.customer_id, Record.attributes).where(Record.id == membership_id)).one()
    return _books(session, membership_id, record.customer_id, record.attributes, on)


def opened(session: Session, *, membership_id: UUID, on: date) -> Membership:
    """The books, which nobody else changes in this transaction. Raises NotFound."""
    lock_record(session, record_id=membership_id)
    return read(session, membership_id=membership_id, on=on)


def act(
    session: Session,
    *,
    context: Context,
    membership_id: UUID,
    reference: str,
    on: date,
    moves: Callable[[Membership], None],
) -> bool:
    """Book one act, once: whether it was booked now. `reference` names it. Raises TooFewPoints and what `moves` raises."""
    books = opened(session, membership_id=membership_id, on=on)
    if reference in books.booked:
        return False
    try:
        moves(books)
    except Short as short:
        raise TooFewPoints(available=short.available, asked=short.asked) from None
    _write(session, books, reference=reference)
    _show(session, context, books)
    return True


def show(session: Session, *, context: Context, membership_id: UUID, on: date) -> None:
    """Let the record show what the books say, whoever wrote something else there."""
    _show(session, context, opened(session, membership_id=membership_id, on=on))


def add_lot(
    session: Session,
    books: Membership,
    *,
    points: int,
    order_id: UUID | None,
    matures_on: date,
    expires_on: date | None,
) -> None:
    """A new lot in the books that are open, booked as earned."""
    row = PointsLot(
        id=new_id(), membership_id=books.id, customer_id=books.customer_id, order_id=order_id, points=points,
        earned_on=books.moving.on, matures_on=matures_on, expires_on=expires_on,
    )  # fmt: skip
    session.add(row)
    session.flush()
    lot = Lot(id=row.id, points=points, matures_on=matures_on, expires_on=expires_on)
    books.moving.add(lot)
    earn(books.moving, lot)


def _books(
    session: Session, membership_id: UUID, customer_id: UUID, attributes: Mapping[str, Any], on: date
) -> Membership:
    lots = session.execute(
        select(PointsLot.id, PointsLot.points, PointsLot.matures_on, PointsLot.expires_on).where(
            PointsLot.membership_id == membership_id
        )
    )
    moving = Moving((Lot(**row._mapping) for row in lots), on=on)
    own = select(PointsLot.id).where(PointsLot.membership_id == membership_id)
    entries = session.execute(
        select(
            PointsEntry.reference, PointsEntry.lot_id, PointsEntry.kind, PointsEntry.source, PointsEntry.target,
            PointsEntry.points, PointsEntry.returned_id,
        ).where(PointsEntry.membership_id == membership_id, PointsEntry.lot_id.in_(own)).order_by(PointsEntry.id)
    )  # fmt: skip
    booked: dict[str, list[Move]] = {}
    for row in entries:
        move = Move(
            lot=row.lot_id,
            kind=row.kind,
            source=row.source,
            target=row.target,
            points=row.points,
            returned=row.returned_id,
        )
        moving.note(move)
        booked.setdefault(row.reference, []).append(move)
    return Membership(
        id=membership_id, customer_id=customer_id, shown=attributes.get("retail", {}), moving=moving, booked=booked
    )


def _write(session: Session, books: Membership, *, reference: str) -> None:
    session.add_all(
        PointsEntry(
            membership_id=books.id, customer_id=books.customer_id, lot_id=move.lot, returned_id=move.returned,
            kind=move.kind, source=move.source, target=move.target, points=move.points, booked_on=books.moving.on,
            reference=reference,
        )
        for move in books.moving.made
    )  # fmt: skip
    session.flush()


def _show(session: Session, context: Context, books: Membership) -> None:
    changed = {key: value for key, value in told(books.moving).items() if books.shown.get(key) != value}
    if changed:
        change_record(session, context=context, record_id=books.id, values=changed)


def told(moving: Moving) -> Mapping[str, Any]:
    """What the record shows of the books, as stored. Below zero is what is owed after a return."""
    day = next_day(moving)
    return {
        "points": moving.held("available") + moving.held("debt"),
        "points_pending": moving.held("pending"),
        "points_due_on": day.isoformat() if day else None,
    }
