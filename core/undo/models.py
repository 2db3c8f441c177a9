"""The table of before-images: what a row was before a run changed it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, references
from core.db.merging import Merge
from core.db.walls import Walls


class BeforeImage(TenantModel):
    """A row as it was before a run. `was` is null where the run made the row, `version_after` where it removed it.

    What was put back is forgotten, but for the version of a row that is again as it was made (`reason` `undone`); what was left
    stays with its `reason`. `was` holds personal values: erasure takes all of
    a customer's images away (`service.forget`).
    """

    __tablename__ = "before_image"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="what a row was before another run, whose customer it then had"
    )
    __table_args__ = (
        references("bulk_run", "run_id", cascade=True),
        UniqueConstraint("tenant_id", "run_id", "table_name", "row_id"),
        Index("ix_before_image_run", "tenant_id", "run_id", "position"),
        Index("ix_before_image_row", "tenant_id", "row_id", "table_name"),
        Index("ix_before_image_customer", "tenant_id", "customer_id"),
    )

    run_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(BigInteger)
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    was: Mapped[dict[str, Any] | None]
    version_after: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None]
