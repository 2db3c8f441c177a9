"""Read addresses, what was sent to them, and each try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db.keyset import Page, newest_first
from core.errors import NotFound
from core.events.models import OutboxEvent
from core.webhooks import signing
from core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookTry

LATELY = timedelta(days=1)

_ENDPOINT = (
    WebhookEndpoint.id, WebhookEndpoint.name, WebhookEndpoint.url, WebhookEndpoint.events, WebhookEndpoint.state,
    WebhookEndpoint.old_until, WebhookEndpoint.failing_since, WebhookEndpoint.created_at, WebhookEndpoint.version,
)  # fmt: skip
_DELIVERY = (
    WebhookDelivery.id, WebhookDelivery.endpoint_id, WebhookDelivery.event_id, WebhookDelivery.event_name,
    WebhookDelivery.state, WebhookDelivery.tries, WebhookDelivery.next_at, WebhookDelivery.delivered_at,
    WebhookDelivery.answer, WebhookDelivery.error, WebhookDelivery.created_at, WebhookDelivery.version,
)  # fmt: skip


def endpoint_rows(session: Session) -> Sequence[Any]:
    """There are few."""
    return session.execute(select(*_ENDPOINT).order_by(WebhookEndpoint.name, WebhookEndpoint.id)).all()


def endpoint_row(session: Session, *, endpoint_id: UUID) -> Any:
    """Raises NotFound."""
    row = session.execute(select(*_ENDPOINT).where(WebhookEndpoint.id == endpoint_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def counted(session: Session) -> Mapping[UUID, Mapping[str, int]]:
    """Deliveries of the last day by address and state."""
    found: dict[UUID, dict[str, int]] = {}
    rows = session.execute(
        select(WebhookDelivery.endpoint_id, WebhookDelivery.state, func.count().label("times"))
        .where(WebhookDelivery.created_at > datetime.now(UTC) - LATELY)
        .group_by(WebhookDelivery.endpoint_id, WebhookDelivery.state)
    )
    for row in rows:
        found.setdefault(row.endpoint_id, {})[row.state] = row.times
    return found


def delivery_page(
    session: Session,
    *,
    endpoint_id: UUID,
    state: str | None = None,
    event: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """What was sent to an address, the newest first. Raises Invalid for a cursor that is none."""
    wanted: Any = select(*_DELIVERY).where(WebhookDelivery.endpoint_id == endpoint_id)
    if state:
        wanted = wanted.where(WebhookDelivery.state == state)
    if event:
        wanted = wanted.where(WebhookDelivery.event_name == event)
    return newest_first(
        session, wanted, moment=WebhookDelivery.created_at, key=WebhookDelivery.id, after=after, limit=limit
    )


def delivery_row(session: Session, *, delivery_id: UUID) -> Any:
    """Raises NotFound."""
    row = session.execute(select(*_DELIVERY).where(WebhookDelivery.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def tries_of(session: Session, *, delivery_id: UUID) -> Sequence[Any]:
    return session.execute(
        select(WebhookTry.number, WebhookTry.tried_at, WebhookTry.took_ms, WebhookTry.answer, WebhookTry.error)
        .where(WebhookTry.delivery_id == delivery_id)
        .order_by(WebhookTry.number)
    ).all()


def body_of(session: Session, *, event_id: UUID) -> bytes:
    """What is sent for a kept event. Raises NotFound."""
    event = session.scalar(select(OutboxEvent).where(OutboxEvent.id == event_id))
    if event is None:
        raise NotFound
    return signing.document(event)
