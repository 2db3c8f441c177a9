"""The pages of points: memberships by what they hold, and the books of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core.db import db
from core.facade import Context, Customer, NotFound, Record
from plugins.retail.models import PointsEntry
from plugins.retail.points import books, moves

PAGE = 50


def memberships(_context: Context, values: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """Those with the most points in front, a page at a time; `after` is how many were shown before."""
    after = _number(values.get("after"))
    points = Record.attributes["retail"]["points"].as_integer()
    rows = db.session.execute(
        select(
            Record.id, Record.number, Record.customer_id, Customer.number.label("customer_number"), Record.attributes
        )
        .join(Customer, Customer.id == Record.customer_id)
        .where(Record.type == books.MEMBERSHIP, points.is_not(None))
        .order_by(points.desc(), Record.number)
        .offset(after)
        .limit(PAGE + 1)
    ).all()
    shown = [(row, _shown(row.attributes.get("retail", {}))) for row in rows[:PAGE]]
    following = after + PAGE if len(rows) > PAGE else None
    return "retail/memberships.html", {"rows": shown, "after": after, "following": following}


def ledger(context: Context, values: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """The accounts of a membership as they stand today, its lots, and its entries, the newest first."""
    membership_id = UUID(values["record_id"])
    record = db.session.execute(
        select(Record.id, Record.number, Record.customer_id).where(
            Record.id == membership_id, Record.type == books.MEMBERSHIP
        )
    ).one_or_none()
    if record is None:
        raise NotFound
    today = datetime.now(UTC).astimezone(ZoneInfo(context.zone)).date()
    opened = books.read(db.session(), membership_id=membership_id, on=today)
    moves.pass_days(opened.moving)  # what today's first act will book before anything else
    after = _number(values.get("after"))
    of = PointsEntry.membership_id == membership_id
    entries = db.session.execute(
        select(
            PointsEntry.kind, PointsEntry.source, PointsEntry.target, PointsEntry.points, PointsEntry.booked_on,
            PointsEntry.lot_id,
        ).where(of).order_by(PointsEntry.id.desc()).offset(after).limit(PAGE)
    ).all()  # fmt: skip
    count = db.session.scalar(select(func.count()).select_from(PointsEntry).where(of)) or 0
    accounts = {name: opened.moving.held(name) for name in ("available", "pending", "reserved", "debt")}
    return "retail/ledger.html", {
        "record": record, "accounts": accounts, "lots": opened.moving.lots, "next_day": moves.next_day(opened.moving),
        "entries": entries, "after": after, "following": after + PAGE if count > after + PAGE else None, "count": count,
        "waiting": len(opened.moving.made),
    }  # fmt: skip


def _shown(held: Mapping[str, Any]) -> Mapping[str, Any]:
    day = held.get("points_due_on")
    return {
        "points": held["points"],
        "pending": held.get("points_pending") or 0,
        "due_on": date.fromisoformat(day) if day else None,
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
