"""Tables of pairs that may be one customer, of what the weights were learned from, and of merges."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import Merge
from core.db.walls import Walls

ABOUT_MERGES = Merge(how="stay", reason="it says what was merged into what")


class MatchModel(TenantModel):
    """How much agreements weigh for this tenant's customers, learned from them. The latest counts; without one the given one."""

    __tablename__ = "match_model"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (Index("ix_match_model_latest", "tenant_id", "created_at"),)

    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    customers: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class MatchKey(TenantModel):
    """A keyed digest that customers who may be one share: a number, a name that sounds alike with a birth date."""

    __tablename__ = "match_key"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="made of the customer's own values; nothing is found by a merged one's"
    )
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        Index("ix_match_key_digest", "tenant_id", "digest", "customer_id"),
        Index("ix_match_key_customer", "tenant_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    digest: Mapped[str]


class DuplicatePair(TenantModel):
    """Two customers who may be one, the lower id first. `weight` is in hundredths of a bit of log2 odds; `terms` say why, by names
    of fields and levels, never by values."""

    __tablename__ = "duplicate_pair"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = ABOUT_MERGES
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("customer", "other_id", cascade=True),
        references("participant", "assignee_id", optional=True),
        references("bulk_run", "run_id", optional=True),
        one_of("state", "open", "not_duplicate", "merged"),
        one_of("source", "run", "create", "import"),
        UniqueConstraint("tenant_id", "customer_id", "other_id"),
        Index("ix_duplicate_pair_other", "tenant_id", "other_id"),
        Index("ix_duplicate_pair_queue", "tenant_id", "weight", "id", postgresql_where=text("state = 'open'")),
    )

    customer_id: Mapped[UUID]
    other_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="open")
    source: Mapped[str] = mapped_column(server_default="run")
    weight: Mapped[int] = mapped_column(Integer)
    terms: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    run_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    skipped_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    note: Mapped[str | None]


class CustomerMerge(TenantModel):
    """`customer_id` was merged into `survivor_id`. What moved and changed stands with its `run_id` (`core.undo`).

    `taken` are the fields of which the merged one's value was taken.
    """

    __tablename__ = "customer_merge"
    __walls__: ClassVar[Walls] = Walls(deletable=False, auth="SELECT")
    __merge__: ClassVar[Merge] = ABOUT_MERGES
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("customer", "survivor_id", cascade=True),
        references("bulk_run", "run_id"),
        one_of("state", "done", "undone"),
        Index(
            "uq_customer_merge_done", "tenant_id", "customer_id", unique=True, postgresql_where=text("state = 'done'")
        ),
        Index("ix_customer_merge_survivor", "tenant_id", "survivor_id"),
        Index("ix_customer_merge_recent", "tenant_id", "created_at"),
    )

    customer_id: Mapped[UUID]
    survivor_id: Mapped[UUID]
    run_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="done")
    reason: Mapped[str | None]
    taken: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    left: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
