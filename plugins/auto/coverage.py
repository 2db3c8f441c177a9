"""From which day a vehicle's warranty counts, noted on it as soon as it is known, so that its clocks can count from there.

It is the day of the invoice, or of the delivery where that is another day (《家用汽车产品修理更换退货责任规定》第十八条第二款).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.facade import change_record, lock_record
from core.plugin import Subscriber

VEHICLE = "auto.vehicle"
DAYS = frozenset({"auto.invoice_date", "auto.delivered_at"})


def note(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`."""
    if event.type != VEHICLE or not DAYS & set(event.fields):
        return
    held = lock_record(session, record_id=event.subject)["attributes"].get("auto", {})
    known = held.get("delivered_at") or held.get("invoice_date")
    if held.get("covered_from") != known:
        change_record(session, context=event.context, record_id=event.subject, values={"covered_from": known})


SUBSCRIBERS = (
    Subscriber(event="record.created", handle=note, mode="inline"),
    Subscriber(event="record.updated", handle=note, mode="inline"),
)
