"""The books of points of the demonstration: what its orders would have earned, and what its returns would have taken back.

The moves are the books' own (`moves`), day by day; only the rows are written together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import new_id
from core.facade import Context, Customer, Record, add_months
from plugins.retail.models import PointsEntry, PointsLot
from plugins.retail.points.books import MEMBERSHIP, told
from plugins.retail.points.moves import Lot, Move, Moving, earn, pass_days, reverse
from plugins.retail.points.upkeep import NUMBERS, ORDER, earned

BACK_AFTER = timedelta(days=6)
"""From the hand-over to the refund of what was returned."""


def fill(session: Session, *, context: Context, view: Any, now: datetime) -> None:
    """Lots and entries of every membership with orders, and what records and customers show of them."""
    today = now.astimezone(ZoneInfo(context.zone)).date()
    found = view.parameters["retail"]
    numbers = {key: found.resolve(key, jurisdiction=context.country, on=today).value for key in NUMBERS}
    shown: dict[UUID, int] = {}
    for membership, orders in _orders(session):
        moving, lots, booked = _lived(orders, numbers=numbers, zone=ZoneInfo(context.zone), today=today)
        about = {"membership_id": membership.id, "customer_id": membership.customer_id}
        session.add_all(
            PointsLot(
                **about, id=lot.id, order_id=order_id, points=lot.points, earned_on=on, matures_on=lot.matures_on,
                expires_on=lot.expires_on,
            )
            for lot, order_id, on in lots
        )  # fmt: skip
        session.flush()
        session.add_all(
            PointsEntry(
                **about, lot_id=move.lot, returned_id=move.returned, kind=move.kind, source=move.source,
                target=move.target, points=move.points, booked_on=on, reference=reference,
            )
            for reference, on, move in booked
        )  # fmt: skip
        held = {**membership.attributes, "retail": {**membership.attributes.get("retail", {}), **told(moving)}}
        session.execute(update(Record).where(Record.id == membership.id).values(attributes=held))
        shown[membership.customer_id] = told(moving)["points"]
    for customer_id, points in shown.items():
        attributes = session.scalar(select(Customer.attributes).where(Customer.id == customer_id)) or {}
        held = {**attributes, "retail": {**attributes.get("retail", {}), "points": points}}
        session.execute(update(Customer).where(Customer.id == customer_id).values(attributes=held))


def _orders(session: Session) -> list[tuple[Any, list[Any]]]:
    """Those that were handed over, of each membership, the oldest first."""
    memberships = {
        row.id: row
        for row in session.execute(
            select(Record.id, Record.customer_id, Record.attributes).where(Record.type == MEMBERSHIP)
        )
    }
    found = defaultdict(list)
    of = select(
        Record.id, Record.parent_id, Record.state, Record.amount_minor, Record.currency, Record.occurred_at
    ).where(
        Record.type == ORDER, Record.state.in_(("received", "returned", "exchanged")), Record.parent_id.is_not(None)
    )
    for order in session.execute(of.order_by(Record.occurred_at, Record.id)):
        found[order.parent_id].append(order)
    return [(memberships[key], orders) for key, orders in found.items()]


def _lived(
    orders: Sequence[Any], *, numbers: dict[str, Any], zone: ZoneInfo, today: date
) -> tuple[Moving, list[tuple[Lot, UUID, date]], list[tuple[str, date, Move]]]:
    """A membership's books up to today: what it holds, its lots with order and day, its moves with act and day."""
    moving = Moving((), on=today)
    lots: list[tuple[Lot, UUID, date]] = []
    booked: list[tuple[str, date, Move]] = []
    for on, act, order in sorted(_acts(orders, zone=zone, today=today), key=lambda each: each[:2]):
        moving.on, before = on, len(moving.made)
        if act == "earn":
            lot = Lot(
                id=new_id(), points=earned(order.amount_minor, order.currency, numbers),
                matures_on=on + timedelta(days=int(numbers["no_reason_days"]) + 1),
                expires_on=add_months(on, int(numbers["points_valid_months"])),
            )  # fmt: skip
            if lot.points <= 0:
                continue
            lots.append((lot, order.id, on))
            moving.add(lot)
            pass_days(moving)
            earn(moving, lot)
        else:
            for lot, order_id, _ in lots:
                if order_id == order.id:
                    reverse(moving, lot, refunded=1, paid=1)
        booked += [(f"{act}:{order.id}", on, move) for move in moving.made[before:]]
    before, moving.on = len(moving.made), today
    pass_days(moving)
    booked += [(f"due:{today.isoformat()}", today, move) for move in moving.made[before:]]
    return moving, lots, booked


def _acts(orders: Sequence[Any], *, zone: ZoneInfo, today: date) -> Iterator[tuple[date, str, Any]]:
    for order in orders:
        on = order.occurred_at.astimezone(zone).date()
        yield on, "earn", order
        if order.state == "returned":
            yield min(on + BACK_AFTER, today), "refund", order
