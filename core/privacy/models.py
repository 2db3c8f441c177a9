"""Tables of reveals: each look at a masked value, exact searches, the score of a person among peers, frozen grants."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Float, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import Merge
from core.db.walls import ENGAGEMENT, Walls
from core.privacy.retention_models import RetentionClock
from core.privacy.rights_models import RightsRequest

__all__ = ["ExactSearch", "GrantFreeze", "RetentionClock", "RevealEvent", "RevealLimit", "RevealScore", "RightsRequest"]

LIMITS = ("soft_hour", "hard_hour", "soft_day", "hard_day")


class RevealEvent(TenantModel):
    """Somebody saw one value of one customer, from `shown_at` to `until`. Never the value itself.

    `field` is a field's name, `point:<id>`, `number:<id>` or a text (`note:<id>`, `comment:<id>`, `step:<id>`); `of_case_id` is the
    case that the value is of, `case_id` the work it was seen for; `seat` and `country` say where.
    """

    __tablename__ = "reveal_event"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"engagement_id = {ENGAGEMENT}",
        provider_writes=("INSERT",),
        signed=True,
        append_only=True,
        auth="SELECT",
    )
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="evidence of whose value was shown, under the number it was shown by"
    )
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("party", "client", "provider"),
        Index("ix_reveal_event_person", "tenant_id", "participant_id", "shown_at"),
        Index("ix_reveal_event_customer", "tenant_id", "customer_id", "shown_at"),
        Index("ix_reveal_event_time", "tenant_id", "shown_at", "id"),
    )

    participant_id: Mapped[UUID]
    party: Mapped[str]
    role: Mapped[str]
    shown_name: Mapped[str]
    agent_no: Mapped[str | None]
    engagement_id: Mapped[UUID | None]
    data_grant_id: Mapped[UUID | None]
    seat: Mapped[str | None]
    country: Mapped[str | None]
    customer_id: Mapped[UUID]
    record_id: Mapped[UUID | None]
    of_case_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    interaction_id: Mapped[UUID | None]
    field: Mapped[str]
    sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str]
    note: Mapped[str | None]
    decision_id: Mapped[UUID]
    shown_at: Mapped[datetime]
    until: Mapped[datetime]


class ExactSearch(TenantModel):
    """A provider's person looked for a number: its keyed digest, and whether somebody lent to them has it."""

    __tablename__ = "exact_search"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT",), append_only=True)
    __table_args__ = (Index("ix_exact_search_person", "tenant_id", "participant_id", "created_at"),)

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    kind: Mapped[str]
    digest: Mapped[str]
    found: Mapped[bool]


class RevealScore(TenantModel):
    """How far a person's reveals stand from those of their peers, as counted on a day. `z` is None without peers.

    `rate` is `reveals` over `cases`; `mean` and `deviation` are the peers', the deviation with its Poisson floor.
    """

    __tablename__ = "reveal_score"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (UniqueConstraint("tenant_id", "participant_id", "day", name="uq_reveal_score_day"),)

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    role: Mapped[str]
    shown_name: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    since: Mapped[datetime]
    cut_at: Mapped[datetime]
    reveals: Mapped[int]
    cases: Mapped[int]
    peers: Mapped[int]
    rate: Mapped[float] = mapped_column(Float)
    mean: Mapped[float | None] = mapped_column(Float)
    deviation: Mapped[float | None] = mapped_column(Float)
    z: Mapped[float | None] = mapped_column(Float)
    unusual: Mapped[bool] = mapped_column(server_default=text("false"))
    formula: Mapped[str]


class GrantFreeze(TenantModel):
    """A grant is stopped, from `frozen_at` until somebody else lifts it."""

    __tablename__ = "grant_freeze"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", deletable=False, auth="SELECT")
    __table_args__ = (
        references("data_grant", "data_grant_id", cascade=True),
        references("engagement", "engagement_id", cascade=True),
        CheckConstraint("lifted_by <> frozen_by", name="second_person"),
        Index(
            "uq_grant_freeze_standing", "tenant_id", "data_grant_id", unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )  # fmt: skip

    data_grant_id: Mapped[UUID]
    engagement_id: Mapped[UUID]
    reason: Mapped[str]
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[UUID]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]
    lift_reason: Mapped[str | None]


class RevealLimit(TenantModel):
    """The tenant's own number for a quota of reveals: of everybody, of one engagement's people, of one role, or of both.

    It holds from `begins_at` until `ended_at` and is never changed: another number is another row. It tightens the product's
    number and never loosens it: the least that holds for a person counts.
    """

    __tablename__ = "reveal_limit"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant", extra=f"engagement_id IS NULL OR engagement_id = {ENGAGEMENT}", deletable=False
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        one_of("key", *LIMITS),
        CheckConstraint("value >= 0", name="value"),
        Index(
            "uq_reveal_limit_standing", "tenant_id", "key", "role", "engagement_id", unique=True,
            postgresql_where=text("ended_at IS NULL"), postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    engagement_id: Mapped[UUID | None]
    role: Mapped[str] = mapped_column(server_default="")
    key: Mapped[str]
    value: Mapped[int]
    reason: Mapped[str]
    begins_at: Mapped[datetime]
    set_name: Mapped[str] = mapped_column(server_default="")
    approved_name: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]
    ended_name: Mapped[str] = mapped_column(server_default="")
    end_reason: Mapped[str] = mapped_column(server_default="")
