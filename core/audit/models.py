"""The tables of the trail: entries, which are only ever appended, and the batches that seal them.

Entries hold ids, field names and keyed digests; a value that must be kept is encrypted with its subject's data key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Integer, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of
from core.db.merging import Merge
from core.db.walls import ENGAGEMENT, Walls


class AuditEntry(TenantModel):
    """One act, look or refusal. `outcome` is done, denied or failed.

    `transaction_id` is the writing transaction's, which says when the entry can be sealed (`sealing.py`). `kept` holds
    values under the data key of `customer_id`, as hexadecimal text by name.
    """

    __tablename__ = "audit_entry"
    __walls__: ClassVar[Walls] = Walls(
        append_only=True, provider="tenant", extra=f"engagement_id = {ENGAGEMENT}", provider_writes=("INSERT",),
        auth="SELECT, INSERT",
    )  # fmt: skip
    __unchanging__: ClassVar[bool] = True
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="the trail is never rewritten; it says which customer was merged into which"
    )
    __table_args__ = (
        one_of("outcome", "done", "denied", "failed"),
        Index("ix_audit_entry_time", "tenant_id", "occurred_at", "id"),
        Index("ix_audit_entry_subject", "tenant_id", "subject_type", "subject_id", "occurred_at"),
        Index("ix_audit_entry_sealing", "tenant_id", "transaction_id", "sequence"),
        Index("ix_audit_entry_person", "tenant_id", "participant_id", "occurred_at", "id"),
        Index("ix_audit_entry_action", "tenant_id", "action", "occurred_at", "id"),
        Index(
            "ix_audit_entry_engagement", "tenant_id", "engagement_id", "occurred_at", "id",
            postgresql_where=text("engagement_id IS NOT NULL"),
        ),
        Index(
            "ix_audit_entry_customer", "tenant_id", "customer_id", "occurred_at", "id",
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "ix_audit_entry_refused", "tenant_id", "occurred_at", "id", postgresql_where=text("outcome <> 'done'"),
        ),
    )  # fmt: skip

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    reason: Mapped[str | None]
    participant_id: Mapped[UUID | None]
    party: Mapped[str]
    engagement_id: Mapped[UUID | None]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    fields: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    kept: Mapped[dict[str, Any] | None]
    seat_id: Mapped[UUID | None]
    seat: Mapped[str | None]
    request_id: Mapped[str | None]


class AuditBatch(TenantModel):
    """Sealed entries: those whose (transaction, sequence) lies after `from_...`, up to `until_...`, and above the floor.

    `leaves` is, for each entry in that order, its sequence (8 bytes, big-endian) and its digest (32 bytes). `hash` is the
    digest of the header (`encoding.header`), which names the batch before; `signature` is Ed25519 over the header.
    """

    __tablename__ = "audit_batch"
    __walls__: ClassVar[Walls] = Walls(append_only=True, auth="SELECT")
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_audit_batch_place", "tenant_id", "floor_sequence", "until_transaction", "until_sequence"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    encoding: Mapped[int] = mapped_column(Integer)
    entries: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    highest_sequence: Mapped[int] = mapped_column(BigInteger)
    floor_sequence: Mapped[int] = mapped_column(BigInteger)
    from_transaction: Mapped[int] = mapped_column(BigInteger)
    from_sequence: Mapped[int] = mapped_column(BigInteger)
    until_transaction: Mapped[int] = mapped_column(BigInteger)
    until_sequence: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    leaves: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sealed_at: Mapped[datetime]
    key_id: Mapped[str]
    signature: Mapped[bytes] = mapped_column(LargeBinary)
