"""Read what persons asked of us."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, literal, select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.db.keyset import Page, newest_first
from core.errors import NotFound
from core.identity.models import Participant
from core.privacy.rights_models import RightsRequest

SOON = timedelta(days=7)
MOST_COUNTED = 99

_COLUMNS = (
    RightsRequest.id, RightsRequest.number, RightsRequest.customer_id, RightsRequest.kind, RightsRequest.via,
    RightsRequest.asked_on, RightsRequest.due_on, RightsRequest.state, RightsRequest.checked, RightsRequest.extended_for,
    RightsRequest.answer, RightsRequest.answered_at, RightsRequest.approval_id, RightsRequest.file_id, RightsRequest.result,
    RightsRequest.created_at, RightsRequest.version, Customer.number.label("customer_number"),
    Customer.name.label("customer_name"), Customer.state.label("customer_state"),
    Customer.legal_hold.label("legal_hold"), Participant.shown_name.label("answered_by_name"),
)  # fmt: skip


def _wanted() -> Any:
    return (
        select(*_COLUMNS)
        .join(Customer, Customer.id == RightsRequest.customer_id)
        .outerjoin(Participant, Participant.id == RightsRequest.answered_by)
    )


def request_page(
    session: Session, *, show: str = "open", kind: str | None = None, customer_id: UUID | None = None,
    after: str | None = None, limit: int = 50,
) -> Page:  # fmt: skip
    """The newest first; `show` is `open` or `all`. Raises Invalid for a cursor that is none."""
    wanted = _wanted()
    if show == "open":
        wanted = wanted.where(RightsRequest.state.in_(("open", "deciding")))
    if kind:
        wanted = wanted.where(RightsRequest.kind == kind)
    if customer_id:
        wanted = wanted.where(RightsRequest.customer_id == customer_id)
    return newest_first(
        session, wanted, moment=RightsRequest.created_at, key=RightsRequest.id, after=after, limit=limit
    )


def request_row(session: Session, *, request_id: UUID) -> Row[Any]:
    """Raises NotFound."""
    row: Row[Any] | None = session.execute(_wanted().where(RightsRequest.id == request_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def due_count(session: Session, *, context: Context) -> int:
    """Requests whose answer is due within a week, or was: for the navigation."""
    soon = today(context) + SOON
    waiting = RightsRequest.state.in_(("open", "deciding"))
    found = select(literal(1)).where(waiting, RightsRequest.due_on <= soon).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def today(context: Context) -> date:
    return datetime.now(ZoneInfo(context.zone)).date()
