"""The clock table: one row per deadline that has begun, whatever it is a deadline of."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import Walls, lease_exists

SEEN = (
    "num_nonnulls(customer_id, case_id, record_id) > 0"
    ' AND (case_id IS NULL OR EXISTS (SELECT FROM "case" c WHERE c.tenant_id = clock.tenant_id AND c.id = clock.case_id))'
    " AND (record_id IS NULL OR EXISTS"
    " (SELECT FROM record r WHERE r.tenant_id = clock.tenant_id AND r.id = clock.record_id))"
)


class Clock(TenantModel):
    """A running or ended deadline. `owner` is the workflow or record type, `timer` the key of its timer.

    `next_at` is when it next has something to tell (a warning, its breach, an escalation), null when nothing is left.
    `told` is the highest percentage told. `used` are the parameters it rests on, by key. `history` says each time it was
    computed anew: `[{"at", "why", "values", "due_at"}]`, `why` a msgid. Seconds in pauses that have ended are in `paused_s`.
    `basis` is what it is computed from (`core.clocks.basis`), `levels` whom it tells, when, and when it was done:
    `[{"percent", "roles", "to_assignee", "at", "told_at"}]`.
    A provider sees the clocks of the cases and records it sees, also of a shared record that nobody holds: their walls stand
    inside this one. A clock of nothing passes none of them, so it is nobody's but the client's.
    """

    __tablename__ = "clock"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant",
        extra=f"(customer_id IS NULL OR {lease_exists('clock', 'customer_id')}) AND {SEEN}",
        provider_writes=("INSERT", "UPDATE"),
        deletable=False,
        auth="SELECT",
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("case", "case_id", cascade=True),
        references("record", "record_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        one_of("state", "running", "paused", "met", "breached", "cancelled"),
        Index("ix_clock_case", "tenant_id", "case_id", "started_at"),
        Index("ix_clock_record", "tenant_id", "record_id", "started_at"),
        Index("ix_clock_next", "tenant_id", "next_at", "id", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_clock_due_anywhere", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    case_id: Mapped[UUID | None]
    record_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    owner: Mapped[str]
    timer: Mapped[str]
    state: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(server_default=text("0"))
    breached_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_s: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    counter: Mapped[str | None]
    counter_from: Mapped[int | None] = mapped_column(BigInteger)
    counter_due: Mapped[int | None] = mapped_column(BigInteger)
    used: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    history: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    basis: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    levels: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
