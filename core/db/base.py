"""The two bases of every table: `Model` for platform tables, `TenantModel` for rows that belong to a tenant.

A tenant table leads its keys with `tenant_id`, takes its ids from the application (UUIDv7, so they sort by time), counts
versions for ETag and If-Match, and says by `__walls__` who may pass the database's own wall (see `walls.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Integer, MetaData, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

from core.db.walls import Walls

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base of all tables. A class that derives from it directly is a platform table and must be argued for in `PLATFORM`."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        str: Text,
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        list[dict[str, Any]]: JSONB,
    }
    __walls__: ClassVar[Walls | None] = None
    __unchanging__: ClassVar[bool] = False
    """Whether not even an erasure changes a row: what is sealed. It holds ids, digests, and what only a person's key opens."""


db = SQLAlchemy(metadata=Model.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562): unique, and sorted by the time it was made."""
    return uuid7()


class TenantModel(Model):
    """A row of one tenant: `tenant_id` first in its primary key, version-counted, behind forced row-level security."""

    __abstract__ = True
    __walls__: ClassVar[Walls] = Walls()
    __references__: ClassVar[Sequence[tuple[str, str]]] = ()

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-20)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-19)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    created_by: Mapped[UUID | None] = mapped_column(sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=92)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"), default=1, sort_order=93)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version, "eager_defaults": True}


def references(target: str, column: str, *, optional: bool = False, cascade: bool = False) -> ForeignKeyConstraint:
    """A composite foreign key inside one tenant: `(tenant_id, column) -> target(tenant_id, id)`.

    Optional ones clear only the id when the target goes (`ON DELETE SET NULL (column)`), never the tenant.
    """
    action = "CASCADE" if cascade else f"SET NULL ({column})" if optional else None
    return ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], ondelete=action)


def one_of(column: str, *values: str) -> CheckConstraint:
    """Text limited to named values. Not a database enum: enum comparison is not leakproof, so it defeats indexes behind RLS."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
