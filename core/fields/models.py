"""Fields that a tenant declares for itself, how it shows those of verticals, and which slot holds which indexed field."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of
from core.db.walls import Walls


class TenantField(TenantModel):
    """A field of the tenant's own: `own.<key>` in conditions, kept in `attributes["own"]`.

    `target` is `customer`, `case`, `interaction` or `record:<vertical>.<type>`.
    """

    __tablename__ = "tenant_field"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", deletable=False)
    __table_args__ = (one_of("state", "active", "retired"), UniqueConstraint("tenant_id", "target", "key"))

    target: Mapped[str]
    key: Mapped[str]
    kind: Mapped[str]
    label: Mapped[dict[str, Any]]
    help: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    choices: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    sensitivity: Mapped[str] = mapped_column(server_default="plain")
    mask: Mapped[str | None]
    indexed: Mapped[bool] = mapped_column(server_default=text("false"))
    currency: Mapped[str | None]
    show_when: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default="active")


class FieldSetting(TenantModel):
    """How a tenant shows a vertical's field: hidden or not, required or not, under another label, in another place."""

    __tablename__ = "field_setting"
    __walls__: ClassVar[Walls] = Walls(provider="tenant")
    __table_args__ = (UniqueConstraint("tenant_id", "target", "field"),)

    target: Mapped[str]
    field: Mapped[str]
    shown: Mapped[bool] = mapped_column(server_default=text("true"))
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    label: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    position: Mapped[int | None]


class FieldSlot(TenantModel):
    """Which slot column holds an indexed field of a target. While it is `filling`, lists still read the document.

    A trigger of `customer`, `record` and `case` copies the field from `attributes`, whatever writes the row (migration 0011).
    """

    __tablename__ = "field_slot"
    __walls__: ClassVar[Walls] = Walls(provider="tenant")
    __table_args__ = (
        one_of("state", "filling", "ready", "releasing"),
        UniqueConstraint("tenant_id", "target", "field"),
        UniqueConstraint("tenant_id", "target", "slot"),
    )

    target: Mapped[str]
    field: Mapped[str]
    kind: Mapped[str]
    slot: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="filling")
    run_id: Mapped[UUID | None]
