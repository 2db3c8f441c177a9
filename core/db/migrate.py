"""Migrations: one Alembic environment, one version table and one folder per owner (the core and each vertical).

`upgrade` runs every owner's migrations, then applies walls, grants and functions from their declarations in one
transaction, so that a table is closed to everybody until its wall stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, inspect, text

from core.db.base import Model
from core.db.bootstrap import JOB_TABLES, install_functions
from core.db.walls import Roles, Walls, quote, statements

ENQUEUED = {"procrastinate_jobs", "procrastinate_events"}
"""Tables that enqueuing a job writes to."""

SIGN_IN_TABLES = (
    "user_account", "user_session", "login_attempt", "user_totp", "user_passkey", "recovery_code", "sign_in_ceremony",
    "sign_in_event", "rate_count", "workspace", "sign_up", "deletion_certificate",
)  # fmt: skip
"""Platform tables that only the sign-in functions reach."""

ENVIRONMENT = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Owner:
    """Who brings tables: `core`, or a vertical whose tables all begin with `<key>_`."""

    key: str
    versions: Path

    @property
    def version_table(self) -> str:
        return f"alembic_version_{self.key}"


CORE = Owner("core", ENVIRONMENT / "versions")


def owner_of(table: str, verticals: Iterable[str]) -> str:
    return next((key for key in verticals if table.startswith(f"{key}_")), "core")


def config(owner: Owner, connection: Connection | None = None, *, owners: Iterable[str] = ()) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(ENVIRONMENT))
    settings.set_main_option("version_locations", str(owner.versions))
    settings.set_main_option("path_separator", "os")
    settings.attributes.update(owner=owner, connection=connection, verticals=[key for key in owners if key != "core"])
    return settings


def walled_tables() -> Mapping[str, Walls]:
    """Every mapped table that declares walls, by name."""
    found: dict[str, Walls] = {}
    for mapper in Model.registry.mappers:
        table = mapper.local_table
        if isinstance(table, Table) and mapper.class_.__walls__ is not None:
            found[table.name] = replace(mapper.class_.__walls__, forgets=forgotten_by(mapper.class_, table))
    return found


def forgotten_by(model: type[Any], table: Table) -> tuple[str, ...]:
    """The columns by which erasure finds a person's rows; none where nothing may ever be changed."""
    if model.__unchanging__ or "customer_id" not in table.columns:
        return ()
    keys = (each for each in table.foreign_key_constraints if each.referred_table.name == "customer")
    return tuple(sorted({"customer_id", *(each.column_keys[-1] for each in keys)}))


def upgrade(engine: Engine, roles: Roles, owners: Iterable[Owner]) -> None:
    """Bring every owner to its newest revision, then make walls and functions.

    A second upgrade meanwhile waits: the lock is the connection's, which an owner's engine does not keep.
    """
    owners = list(owners)
    keys = [owner.key for owner in owners]
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7306)"))
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET row_security = off"))
        connection.commit()
        for owner in owners:
            command.upgrade(config(owner, connection, owners=keys), "head")
            connection.commit()
        connection.execute(text("RESET row_security"))
        apply_walls(connection, roles)
        grant_platform(connection, roles)
        install_functions(connection, roles)
        connection.commit()


def apply_walls(connection: Connection, roles: Roles) -> None:
    """Policies and grants of every table, and no other policy."""
    for table, walls in walled_tables().items():
        for row in connection.execute(
            text("SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = :table"),
            {"table": table},
        ).all():
            connection.exec_driver_sql(f"DROP POLICY {quote(row.policyname)} ON {quote(table)}")
        for statement in statements(table, walls, roles):
            connection.exec_driver_sql(statement)


def grant_platform(connection: Connection, roles: Roles) -> None:
    """Rights on tables without a tenant: the sign-in functions' own tables, and the job queue.

    A provider's act may enqueue, but its people do not read what others have: a job names its tenant.
    """
    for table in SIGN_IN_TABLES:
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {quote(roles.auth)}")
    connection.exec_driver_sql(f"GRANT SELECT (tenant_id) ON deletion_certificate TO {quote(roles.eraser)}")
    names = connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE :like"),
        {"like": JOB_TABLES},
    ).all()
    for name in names:
        connection.exec_driver_sql(f"REVOKE ALL ON {quote(name)} FROM {quote(roles.provider)}")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {quote(name)} TO {quote(roles.app)}")
        if name in ENQUEUED:
            connection.exec_driver_sql(f"GRANT INSERT, SELECT (id) ON {quote(name)} TO {quote(roles.provider)}")
    for role in (roles.app, roles.provider):
        connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}")
    versions = connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'alembic_version_%'")
    ).all()
    for name in versions:
        connection.exec_driver_sql(f"GRANT SELECT ON {quote(name)} TO {quote(roles.app)}")


def behind(connection: Connection, owners: Iterable[Owner]) -> list[str]:
    """Owners whose database revision is not their newest: `["core: at none, newest 0001"]`."""
    found = []
    tables = set(inspect(connection).get_table_names())
    for owner in owners:
        heads = set(ScriptDirectory.from_config(config(owner)).get_heads())
        context = MigrationContext.configure(connection, opts={"version_table": owner.version_table})
        current = set(context.get_current_heads()) if owner.version_table in tables else set()
        if current != heads:
            found.append(f"{owner.key}: at {', '.join(sorted(current)) or 'none'}, newest {', '.join(sorted(heads))}")
    return found
