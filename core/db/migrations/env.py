"""Alembic's environment: runs one owner's migrations on the connection it was given."""

from __future__ import annotations

from typing import Any

from alembic import context

from core.db.base import Model
from core.db.migrate import Owner, owner_of

owner: Owner = context.config.attributes["owner"]
verticals: list[str] = context.config.attributes["verticals"]


def belongs(name: str | None, kind: str, parents: Any) -> bool:
    """Autogenerate sees the owner's tables only, and never the job queue's or a version table."""
    table = name if kind == "table" else parents.get("table_name")
    if table is None:
        return kind == "schema"
    if table.startswith(("procrastinate_", "alembic_version")):
        return False
    return owner_of(table, verticals) == owner.key


def included(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    return kind != "table" or name is None or belongs(name, kind, {})


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    version_table=owner.version_table,
    include_name=belongs,
    include_object=included,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
