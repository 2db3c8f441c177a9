"""What a shipment's record keeps up by itself: whether it came in time, when the next scan is due, what weight is charged.

Each follows from other values of it as soon as they are known, so that it can be counted, sorted by and given a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.facade import change_record, lock_record, view_of
from core.plugin import Subscriber

SHIPMENT = "logistics.shipment"
FOLLOWED = frozenset(
    f"logistics.{key}"
    for key in (
        "promised_at", "delivered_at", "last_scan_at", "zone", "carriage", "actual_weight", "length", "width", "height",
    )
)  # fmt: skip


def on_time(shipment: Mapping[str, Any]) -> bool | None:
    """By its stored values; None while one of the two times is not known. At the very time promised is in time."""
    promised, delivered = shipment.get("promised_at"), shipment.get("delivered_at")
    if not promised or not delivered:
        return None
    return datetime.fromisoformat(delivered) <= datetime.fromisoformat(promised)


def expected(shipment: Mapping[str, Any], numbers: Mapping[str, Any]) -> Mapping[str, str | None]:
    """When the next scan is due, and when the shipment counts as lost, both from the last scan; UTC text."""
    seen = shipment.get("last_scan_at")
    if not seen:
        return {"stale_at": None, "lost_at": None}
    scan = datetime.fromisoformat(seen)
    leg = "express" if shipment.get("carriage") == "express" else "freight"
    stale = scan + timedelta(hours=int(numbers[f"stale_hours_{leg}"]))
    lost = scan + timedelta(days=int(numbers[f"lost_days_{shipment.get('zone', 'remote')}"]))
    return {"stale_at": _text(stale), "lost_at": _text(lost)}


def chargeable_weight(shipment: Mapping[str, Any], numbers: Mapping[str, Any]) -> Decimal | None:
    """Kilograms: the greater of the actual and the volume weight, in steps of ten grams. None while one of them is not known."""
    sizes = [shipment.get(side) for side in ("length", "width", "height")]
    actual = shipment.get("actual_weight")
    if actual is None or None in sizes:
        return None
    length, width, height = (Decimal(each) for each in sizes if each is not None)
    divisor = numbers["volume_divisor_air" if shipment.get("carriage") == "air" else "volume_divisor_express"]
    volume = (length * width * height / Decimal(divisor)).quantize(Decimal("0.01"))
    return max(Decimal(actual), volume)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def note(session: Session, event: Any) -> None:
    """On `record.created` and `record.updated`."""
    if event.type != SHIPMENT or not FOLLOWED & set(event.fields):
        return
    held = lock_record(session, record_id=event.subject)["attributes"].get("logistics", {})
    numbers = _numbers(session, event)
    known: dict[str, Any] = {"on_time": on_time(held), **expected(held, numbers)}
    weight = chargeable_weight(held, numbers)
    if weight is not None:
        known["chargeable_weight"] = f"{weight.normalize():f}"
    changed = {key: value for key, value in known.items() if held.get(key) != value}
    if changed:
        change_record(session, context=event.context, record_id=event.subject, values=changed)


def _numbers(session: Session, event: Any) -> Mapping[str, Any]:
    """The parameters in force now; none of them depends on a country."""
    found = view_of(session, context=event.context).parameters["logistics"]
    today = datetime.now(UTC).date()
    wanted = [key for key in found.keys if key.startswith(("stale_", "lost_", "volume_"))]
    return {key: found.resolve(key, jurisdiction="*", on=today).value for key in wanted}


SUBSCRIBERS = (
    Subscriber(event="record.created", handle=note, mode="inline"),
    Subscriber(event="record.updated", handle=note, mode="inline"),
)
