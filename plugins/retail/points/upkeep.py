"""What is booked by itself, in the transaction of the act that causes it: orders earn, returns take back, redemptions spend.

An order that was received earns points on its membership, which mature when the goods can go back no more. A refund takes back
its share; an order that is cancelled, all. The clock of a membership books what the days alone do. What its record shows of the
books is theirs: a value written by hand gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.facade import Case, Record, add_months, find_case, set_field, view_of
from core.plugin import Subscriber
from plugins.retail.models import PointsLot
from plugins.retail.points import books, moves

ORDER, MEMBERSHIP = "retail.order", books.MEMBERSHIP
RETURNS, REDEMPTION = "retail.returns", "retail.points"
SHOWN = frozenset({"retail.points", "retail.points_pending", "retail.points_due_on"})
NUMBERS = ("points_per_unit", "points_valid_months", "no_reason_days")


def numbers(session: Session, event: Any) -> Mapping[str, Decimal]:
    """The parameters in force now."""
    found = view_of(session, context=event.context).parameters["retail"]
    today = local_day(event)
    return {
        key: Decimal(str(found.resolve(key, jurisdiction=event.context.country, on=today).value)) for key in NUMBERS
    }


def local_day(event: Any) -> date:
    """The day of the event where the tenant is."""
    day: date = event.occurred_at.astimezone(ZoneInfo(event.context.zone)).date()
    return day


def order(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`: an order earns once it is received, and loses what it earned if it is cancelled."""
    if event.type != ORDER:
        return
    held = session.execute(
        select(Record.parent_id, Record.state, Record.amount_minor, Record.currency, Record.attributes).where(
            Record.id == event.subject
        )
    ).one_or_none()
    if held is None or held.parent_id is None or not held.amount_minor:
        return
    if held.state == "received":
        _earn(session, event, held)
    elif held.state == "cancelled":
        _reverse(session, event, order_id=event.subject, refunded=1, paid=1, reference=f"cancel:{event.subject}")


def earned(amount_minor: int, currency: str, numbers: Mapping[str, Any]) -> int:
    """Whole points for an amount, rounded down."""
    paid = Decimal(amount_minor).scaleb(-get_currency_precision(currency))
    return int((paid * Decimal(str(numbers["points_per_unit"]))).to_integral_value(ROUND_FLOOR))


def _earn(session: Session, event: Any, held: Any) -> None:
    told = numbers(session, event)
    points = earned(held.amount_minor, held.currency or event.context.currency, told)
    customer = session.scalar(select(Record.customer_id).where(Record.id == held.parent_id))
    if points <= 0 or customer is None:
        return
    today = local_day(event)
    received = held.attributes.get("retail", {}).get("received_on")
    handed_over = date.fromisoformat(received) if received else today
    months = int(told["points_valid_months"])

    def moved(opened: books.Membership) -> None:
        books.add_lot(
            session, opened, points=points, order_id=event.subject,
            matures_on=handed_over + timedelta(days=int(told["no_reason_days"]) + 1),
            expires_on=add_months(today, months) if months else None,
        )  # fmt: skip

    books.act(
        session, context=event.context, membership_id=held.parent_id, reference=f"earn:{event.subject}", on=today,
        moves=moved,
    )  # fmt: skip


def _reverse(session: Session, event: Any, *, order_id: UUID, refunded: int, paid: int, reference: str) -> None:
    lot = session.execute(
        select(PointsLot.id, PointsLot.membership_id).where(PointsLot.order_id == order_id)
    ).one_or_none()
    if lot is None:
        return

    def moved(opened: books.Membership) -> None:
        (own,) = (each for each in opened.moving.lots if each.id == lot.id)
        moves.reverse(opened.moving, own, refunded=refunded, paid=paid)

    books.act(
        session, context=event.context, membership_id=lot.membership_id, reference=reference, on=local_day(event),
        moves=moved,
    )  # fmt: skip


def stepped(session: Session, event: Any) -> None:
    """On `case.transitioned`."""
    if event.workflow == RETURNS and event.target == "refunded":
        _refunded(session, event)
    elif event.workflow == REDEMPTION and event.transition in STEPS:
        _redemption(session, event)


def _refunded(session: Session, event: Any) -> None:
    """All refunds of the order so far, of what was paid for it."""
    order_id = find_case(session, case_id=event.subject)["record_id"]
    paid = session.scalar(select(Record.amount_minor).where(Record.id == order_id))
    if not paid:
        return
    refund = Case.attributes["retail"]["refund"].as_integer()
    refunded = session.scalar(
        select(func.coalesce(func.sum(refund), 0)).where(
            Case.record_id == order_id, Case.workflow == RETURNS, Case.state == "refunded"
        )
    )
    _reverse(
        session, event, order_id=order_id, refunded=int(refunded or 0), paid=paid, reference=f"refund:{event.subject}"
    )


def _redemption(session: Session, event: Any) -> None:
    case = find_case(session, case_id=event.subject)
    asked = case["attributes"].get("retail", {}).get("points_asked") or 0

    def moved(opened: books.Membership) -> None:
        reserved = [each for each in opened.booked.get(f"reserve:{event.subject}", ()) if each.kind == "reserve"]
        redeemed = [each for each in opened.booked.get(f"redeem:{event.subject}", ()) if each.kind == "redeem"]
        if event.transition == "reserve":
            moves.reserve(opened.moving, asked)
        elif event.transition == "redeem":
            moves.redeem(opened.moving, reserved)
        elif event.transition == "release":
            moves.release(opened.moving, reserved)
        else:
            moves.restore(opened.moving, redeemed)

    books.act(
        session, context=event.context, membership_id=case["record_id"],
        reference=f"{event.transition}:{event.subject}", on=local_day(event), moves=moved,
    )  # fmt: skip


STEPS = ("reserve", "redeem", "release", "restore")


def day_came(session: Session, event: Any) -> None:
    """On `clock.breached`: a day came on which points mature or expire."""
    if (event.owner, event.timer) != (MEMBERSHIP, "points") or event.record_id is None:
        return
    today = local_day(event)
    books.act(
        session, context=event.context, membership_id=event.record_id, reference=f"due:{today.isoformat()}", on=today,
        moves=lambda opened: moves.pass_days(opened.moving),
    )  # fmt: skip


def shown(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`: what a membership shows of its points is what the books say."""
    if event.type == MEMBERSHIP and SHOWN & set(event.fields):
        books.show(session, context=event.context, membership_id=event.subject, on=local_day(event))


def customer(session: Session, event: Any) -> None:
    """On `record.updated`, for the tenant: the points of all memberships of a customer, to be searched and grouped by."""
    if event.type != MEMBERSHIP or "retail.points" not in event.fields or event.customer_id is None:
        return
    points = session.scalar(
        select(func.sum(Record.attributes["retail"]["points"].as_integer())).where(
            Record.customer_id == event.customer_id, Record.type == MEMBERSHIP
        )
    )
    set_field(
        session, context=event.context, customer_id=event.customer_id, field="retail.points", value=int(points or 0)
    )


SUBSCRIBERS = (
    Subscriber(event="record.created", handle=order, mode="inline"),
    Subscriber(event="record.updated", handle=order, mode="inline"),
    Subscriber(event="record.created", handle=shown, mode="inline"),
    Subscriber(event="record.updated", handle=shown, mode="inline"),
    Subscriber(event="case.transitioned", handle=stepped, mode="inline"),
    Subscriber(event="record.updated", handle=customer),
    Subscriber(event="clock.breached", handle=day_came),
)
