"""The page of a membership's books of points."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core.db import db
from core.facade import Context, NotFound, Record
from plugins.retail.models import PointsEntry
from plugins.retail.points import books, moves

PAGE = 50


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


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
