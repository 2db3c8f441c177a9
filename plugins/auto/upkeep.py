"""What a vehicle's record keeps up by itself: from which day its warranty counts, and when it was last serviced.

The warranty counts from the day of the invoice, or of the delivery where that is another day (《家用汽车产品修理更换退货责任规定》
第十八条第二款), so that its clocks can count from there. A visit that ends with the car handed over is a service.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.facade import Record, change_record, lock_record
from core.plugin import Subscriber

VEHICLE, VISIT = "auto.vehicle", "auto.service_visit"
SERVICES = ("first_service", "maintenance")
DAYS = frozenset({"auto.invoice_date", "auto.delivered_at"})


def cover(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`."""
    if event.type != VEHICLE or not DAYS & set(event.fields):
        return
    held = lock_record(session, record_id=event.subject)["attributes"].get("auto", {})
    known = held.get("delivered_at") or held.get("invoice_date")
    if held.get("covered_from") != known:
        change_record(session, context=event.context, record_id=event.subject, values={"covered_from": known})


def serviced(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`."""
    if event.type != VISIT:
        return
    visit = session.execute(
        select(Record.parent_id, Record.state, Record.attributes).where(Record.id == event.subject)
    ).one_or_none()
    held = visit.attributes.get("auto", {}) if visit is not None else {}
    day = (held.get("handed_over_at") or "")[:10]
    if visit is None or visit.parent_id is None or not day or held.get("purpose") not in SERVICES:
        return
    last = lock_record(session, record_id=visit.parent_id)["attributes"].get("auto", {}).get("last_service_on")
    if visit.state == "handed_over" and (last is None or last < day):
        change_record(session, context=event.context, record_id=visit.parent_id, values={"last_service_on": day})


SUBSCRIBERS = (
    Subscriber(event="record.created", handle=cover, mode="inline"),
    Subscriber(event="record.updated", handle=cover, mode="inline"),
    Subscriber(event="record.created", handle=serviced, mode="inline"),
    Subscriber(event="record.updated", handle=serviced, mode="inline"),
)
