"""Tables of segments and of grades: definitions, members taken at a moment, schemes, where each customer stands, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import Walls


class Segment(TenantModel):
    """A saved condition on customers. `key` is what a rule names it by, `own.<key>`.

    A live one is asked anew each time. Of a snapshot the members of the current `round` count; one without a condition is
    filled by hand. `criteria` are answers to the five questions a segment has to stand.
    """

    __tablename__ = "segment"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (
        references("bulk_run", "run_id", optional=True),
        one_of("mode", "live", "snapshot"),
        one_of("state", "active", "archived"),
        UniqueConstraint("tenant_id", "key"),
    )

    key: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    mode: Mapped[str]
    condition: Mapped[dict[str, Any] | None]
    criteria: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    state: Mapped[str] = mapped_column(server_default="active")
    round: Mapped[int] = mapped_column(server_default=text("0"))
    size: Mapped[int | None] = mapped_column(BigInteger)
    taken_at: Mapped[datetime | None]
    run_id: Mapped[UUID | None]


class SegmentMember(TenantModel):
    """A customer in a snapshot, as of its round. One put there by hand stays when the snapshot is taken again."""

    __tablename__ = "segment_member"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __merge__: ClassVar[Merge] = Merge(how="keep_one", by=("segment_id", "round"))
    __table_args__ = (
        references("segment", "segment_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        UniqueConstraint("tenant_id", "segment_id", "round", "customer_id"),
        Index("ix_segment_member_customer", "tenant_id", "customer_id"),
    )

    segment_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    round: Mapped[int]
    by_hand: Mapped[bool] = mapped_column(server_default=text("false"))


class GradeScheme(TenantModel):
    """How customers are graded. `grades` from the highest: `{key, label, cut, treatment}`.

    `basis` percentile: a cut is the share of customers from the top, in hundredths of a percent, the lowest 10000. `value`: a
    cut is the least value, as stored, the lowest none. `verified` says that somebody stands for the numbers.
    """

    __tablename__ = "grade_scheme"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (
        references("bulk_run", "run_id", optional=True),
        one_of("basis", "percentile", "value"),
        one_of("period", "month", "quarter", "year"),
        one_of("state", "draft", "live", "retired"),
        Index("uq_grade_scheme_live", "tenant_id", unique=True, postgresql_where=text("state = 'live'")),
    )

    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")
    basis: Mapped[str] = mapped_column(server_default="percentile")
    field: Mapped[str | None]
    period: Mapped[str] = mapped_column(server_default="month")
    promote_after: Mapped[int] = mapped_column(server_default=text("2"))
    demote_after: Mapped[int] = mapped_column(server_default=text("3"))
    grades: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    second_person: Mapped[bool] = mapped_column(server_default=text("true"))
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
    simulation: Mapped[dict[str, Any] | None]
    simulated_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    evaluated: Mapped[str | None]
    run_id: Mapped[UUID | None]


class GradeStanding(TenantModel):
    """Where a customer stands in the scheme that is live: its own grade, for how many periods it has been above or below it,
    and a grade that somebody set by hand until a day."""

    __tablename__ = "grade_standing"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = Merge(how="keep_one", by=("tenant_id",))
    __table_args__ = (
        references("grade_scheme", "scheme_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        UniqueConstraint("tenant_id", "customer_id"),
        Index(
            "ix_grade_standing_until",
            "tenant_id",
            "override_until",
            postgresql_where=text("override_until IS NOT NULL"),
        ),
    )

    scheme_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    grade: Mapped[str | None]
    above: Mapped[int] = mapped_column(server_default=text("0"))
    below: Mapped[int] = mapped_column(server_default=text("0"))
    bound: Mapped[str | None]
    period: Mapped[str | None]
    override: Mapped[str | None]
    override_reason: Mapped[str | None]
    override_until: Mapped[datetime | None]


class GradeChange(TenantModel):
    """Why a customer's grade changed: the value and the cut it was held against, or who set it and for what reason."""

    __tablename__ = "grade_change"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("grade_scheme", "scheme_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        one_of("cause", "first", "promoted", "demoted", "override", "override_ended"),
        Index("ix_grade_change_customer", "tenant_id", "customer_id", "created_at"),
    )

    scheme_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    period: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    cause: Mapped[str]
    value: Mapped[Any | None] = mapped_column(Numeric)
    cut: Mapped[Any | None] = mapped_column(Numeric)
    periods: Mapped[int | None]
    reason: Mapped[str | None]
