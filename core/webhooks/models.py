"""Tables of outgoing webhooks: where events are sent, what was sent, and each try of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import Walls

STATES = ("on", "off", "stopped")
SENDING = ("waiting", "delivered", "failed", "cancelled")


class WebhookEndpoint(TenantModel):
    """An address that hears of events. `events` are their names; `*` is every one.

    `secret` is sealed; during a rotation `old_secret` signs too, until `old_until`. `failing_since` is the first failure that
    no success has followed. `stopped`: the address said that it is gone, or nothing has reached it for days.
    """

    __tablename__ = "webhook_endpoint"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (one_of("state", *STATES),)

    name: Mapped[str]
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    state: Mapped[str] = mapped_column(server_default="on")
    secret: Mapped[bytes] = mapped_column(BYTEA)
    old_secret: Mapped[bytes | None] = mapped_column(BYTEA)
    old_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]


class WebhookDelivery(TenantModel):
    """One event for one address. What is sent is made from the kept event each time; it goes when the event is purged."""

    __tablename__ = "webhook_delivery"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("webhook_endpoint", "endpoint_id", cascade=True),
        references("outbox_event", "event_id", cascade=True),
        one_of("state", *SENDING),
        UniqueConstraint("tenant_id", "endpoint_id", "event_id"),
        Index("ix_webhook_delivery_event", "tenant_id", "event_id"),
        Index("ix_webhook_delivery_time", "tenant_id", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_delivery_due", "tenant_id", "endpoint_id", "next_at", "id",
            postgresql_where=text("state = 'waiting'"),
        ),
    )  # fmt: skip

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    event_name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    next_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    answer: Mapped[int | None]
    error: Mapped[str | None]


class WebhookTry(TenantModel):
    """One try: the status that was answered, or why there was none. The answer's text is not kept."""

    __tablename__ = "webhook_try"
    __walls__: ClassVar[Walls] = Walls(append_only=True)
    __table_args__ = (
        references("webhook_delivery", "delivery_id", cascade=True),
        UniqueConstraint("tenant_id", "delivery_id", "number"),
    )

    delivery_id: Mapped[UUID]
    number: Mapped[int]
    tried_at: Mapped[datetime]
    took_ms: Mapped[int]
    answer: Mapped[int | None]
    error: Mapped[str | None]
