"""What people are told, how they wish to be told, and the mail that waits to go out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import Walls


class Notification(TenantModel):
    """One line under a person's bell: a message id with values, never personal data. Made by a job, read by its person."""

    __tablename__ = "notification"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("UPDATE",), auth="SELECT")
    __table_args__ = (
        references("participant", "participant_id", cascade=True),
        UniqueConstraint("tenant_id", "participant_id", "cause"),
        Index("ix_notification_person", "tenant_id", "participant_id", "created_at", "id"),
        Index("ix_notification_unread", "tenant_id", "participant_id", "id", postgresql_where=text("read_at IS NULL")),
    )

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    kind: Mapped[str]
    cause: Mapped[str]
    message: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    tone: Mapped[str] = mapped_column(server_default="info")
    read_at: Mapped[datetime | None]


class NotificationPreference(TenantModel):
    """How one person wants one kind told: under the bell, and by mail at once, in a daily digest, or not."""

    __tablename__ = "notification_preference"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE"), signed=True, auth="SELECT"
    )
    __table_args__ = (
        references("participant", "participant_id", cascade=True),
        one_of("mail", "off", "now", "daily"),
        UniqueConstraint("tenant_id", "participant_id", "kind"),
    )

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    kind: Mapped[str]
    bell: Mapped[bool] = mapped_column(server_default=text("true"))
    mail: Mapped[str] = mapped_column(server_default="off")


class Mail(TenantModel):
    """One mail to one person: queued in the transaction that causes it, sent by a job, kept as evidence of sending.

    Who is invited is no participant yet: the invitation knows the address, and its secret is put in as the mail goes out.
    """

    __tablename__ = "mail"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("participant", "participant_id", cascade=True),
        references("invitation", "invitation_id", cascade=True),
        CheckConstraint("num_nonnulls(participant_id, invitation_id) = 1", name="reader"),
        one_of("state", "waiting", "sent", "failed"),
        UniqueConstraint("tenant_id", "cause"),
        Index("ix_mail_recent", "tenant_id", "created_at", "id"),
    )

    participant_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]
    cause: Mapped[str]
    locale: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
