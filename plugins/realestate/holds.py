"""A sale takes its unit when it is opened and gives it back when it is cancelled, in the transaction of that act.

1. The unit's row is locked, so that who comes second waits and sees what the first has done. 2. The open hold is inserted; a
partial unique index admits one for a unit. 3. The unit's state follows. What is refused undoes the opening.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.facade import N_, Conflict, change_record, find_case, lock_record
from core.plugin import Subscriber
from plugins.realestate.models import UnitHold

SALE = "realestate.sale"


class UnitTaken(Conflict):
    code = "unit_taken"
    default = N_("Unit %(unit)s has just been taken by another sale. Choose another unit.")


def take(session: Session, event: Any) -> None:
    """On `case.opened`. Raises UnitTaken."""
    if event.workflow != SALE:
        return
    sale = find_case(session, case_id=event.subject)
    unit = lock_record(session, record_id=sale["record_id"])
    hold = UnitHold(unit_id=unit["id"], case_id=event.subject, customer_id=event.customer_id)
    try:
        with session.begin_nested():
            session.add(hold)
    except IntegrityError:
        raise UnitTaken(unit=unit["attributes"].get("realestate", {}).get("unit_name", "")) from None
    change_record(session, context=event.context, record_id=unit["id"], state="subscribed")


def release(session: Session, event: Any) -> None:
    """On `case.transitioned`. The step's own effect has made the unit available again."""
    if event.workflow != SALE or event.target != "cancelled":
        return
    held = select(UnitHold).where(UnitHold.case_id == event.subject, UnitHold.released_at.is_(None))
    for hold in session.scalars(held):
        hold.released_at = datetime.now(UTC)
    session.flush()


SUBSCRIBERS = (
    Subscriber(event="case.opened", handle=take, mode="inline"),
    Subscriber(event="case.transitioned", handle=release, mode="inline"),
)
