"""Whether a shipment came in time, noted on it as soon as promise and delivery are known, so that it can be counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.facade import change_record, lock_record
from core.plugin import Subscriber

SHIPMENT = "logistics.shipment"
TIMES = frozenset({"logistics.promised_at", "logistics.delivered_at"})


def on_time(shipment: Mapping[str, Any]) -> bool | None:
    """By its stored values; None while one of the two times is not known. At the very time promised is in time."""
    promised, delivered = shipment.get("promised_at"), shipment.get("delivered_at")
    if not promised or not delivered:
        return None
    return datetime.fromisoformat(delivered) <= datetime.fromisoformat(promised)


def note(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`: `on_time` follows the two times."""
    if event.type != SHIPMENT or not TIMES & set(event.fields):
        return
    held = lock_record(session, record_id=event.subject)["attributes"].get("logistics", {})
    known = on_time(held)
    if held.get("on_time") != known:
        change_record(session, context=event.context, record_id=event.subject, values={"on_time": known})


SUBSCRIBERS = (
    Subscriber(event="record.created", handle=note, mode="inline"),
    Subscriber(event="record.updated", handle=note, mode="inline"),
)
