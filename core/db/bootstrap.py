"""Roles and rights that stand outside Alembic: made once per database by `kehub db bootstrap`, safe to run again.

The owner (a role with CREATEROLE, or a superuser) makes the application's login role, which owns nothing and cannot bypass
row-level security, and four roles nobody logs in with: provider sessions, search functions, sign-in functions, and the sweep
after a tenant that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from core.config import ConfigError
from core.db.walls import Roles, quote

FUNCTIONS = Path(__file__).parent / "functions"
JOB_TABLES = "procrastinate_%"

REFUSED = """\
{user} must not serve requests: {reasons}.
Use the login role that `kehub db bootstrap` makes for KEHUB_DATABASE_URL, and the owner only for `kehub db ...`."""


_LOGIN = text(
    "SELECT current_user AS name, current_database() AS database, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolinherit,"
    " EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')) AS owns"
    " FROM pg_roles r WHERE r.rolname = current_user"
)
_STRONGER = text(
    "SELECT o.rolname FROM pg_roles o WHERE pg_has_role(current_user, o.oid, 'MEMBER')"
    " AND o.rolname NOT IN (current_user, :provider) AND (o.rolsuper OR o.rolbypassrls OR o.rolcreaterole"
    " OR o.rolname LIKE 'pg\\_%' OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = o.oid)"
    " OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = o.oid AND p.prosecdef)) ORDER BY 1"
)
"""Roles that one `SET ROLE` away would pass the walls: owners of tables or of sign-in functions, and the server's own."""


WEAK_OWNER = """\
{user} (KEHUB_OWNER_DATABASE_URL) may not make the roles: {reason}
It needs CREATEROLE and must own the database."""

NAME_LIMIT = 54
"""Bytes: a role's name, `<database>_provider`, has at most 63."""


class RoleRefused(RuntimeError):
    """The login role could pass the database's own wall. The message says why and what to use."""


def engine_for(url: str | URL) -> Engine:
    """An engine without a pool to keep: for commands that open one connection and close it."""
    return create_engine(url, poolclass=NullPool)


def role_names(connection: Connection, login: str) -> Roles:
    """Names of the roles of this database. `login` is the user of KEHUB_DATABASE_URL."""
    database = str(connection.scalar(text("SELECT current_database()")))
    if len(database.encode()) > NAME_LIMIT:
        raise ConfigError(
            f"The database's name {database} is too long: at most {NAME_LIMIT} bytes, for the roles named after it"
        )
    named = {role: f"{database}_{role}" for role in ("provider", "search", "auth", "eraser")}
    return Roles(app=login, **named)


def bootstrap(owner: Engine, app_url: str | URL) -> Roles:
    """Make the roles and their standing rights. Idempotent. Raises ConfigError where the owner may not."""
    login = make_url(app_url)
    try:
        with owner.begin() as connection:
            roles = role_names(connection, str(login.username))
            for statement in _role_statements(connection, roles, str(login.password or "")):
                connection.execute(text(statement))
    except OperationalError as error:
        shown = owner.url.render_as_string(hide_password=True)
        raise ConfigError(f"KEHUB_OWNER_DATABASE_URL {shown} does not let us in: {error.orig}") from None
    except ProgrammingError as error:
        raise ConfigError(WEAK_OWNER.format(user=owner.url.username, reason=error.orig)) from None
    return roles


def _role_statements(connection: Connection, roles: Roles, password: str) -> Iterator[str]:
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    database = quote(str(connection.scalar(text("SELECT current_database()"))))
    secret = "'" + password.replace("'", "''").replace(":", "\\:") + "'"
    for role in roles.nobodys:
        if role not in present:
            yield f"CREATE ROLE {quote(role)} NOLOGIN NOINHERIT"
    if roles.app not in present:
        yield f"CREATE ROLE {quote(roles.app)} LOGIN NOINHERIT NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {secret}"
    elif password:
        yield f"ALTER ROLE {quote(roles.app)} PASSWORD {secret}"
    for role in (roles.provider, roles.eraser):
        yield f"GRANT {quote(role)} TO {quote(roles.app)}"
    for role in (roles.search, roles.auth):
        yield f"GRANT {quote(role)} TO CURRENT_USER"
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {quote(roles.app)}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    for role in (roles.app, *roles.nobodys):
        yield f"GRANT USAGE ON SCHEMA public TO {quote(role)}"


def function_files() -> Iterator[tuple[str, str, list[str]]]:
    """Name, text and grantees (`app`, `provider`) of each function file."""
    for path in sorted(FUNCTIONS.glob("*.sql")):
        source = path.read_text(encoding="utf-8")
        head = re.match(r"-- grant: (.+)", source)
        if head is None:
            raise ValueError(f"{path.name}: the first line must be '-- grant: app[, provider]'")
        yield path.stem, source, [name.strip() for name in head.group(1).split(",")]


def function_owner(name: str, roles: Roles) -> str:
    """The role whose rights a function has: of a search, one that only reads what is searched; else the sign-in role."""
    return roles.search if name.startswith("search_") else roles.auth


def rendered(source: str, roles: Roles) -> str:
    return source.replace("{{app}}", roles.app).replace("{{provider}}", roles.provider)


def install_functions(connection: Connection, roles: Roles) -> None:
    """Create or replace every SECURITY DEFINER function, owned by the auth or the search role, closed to the public."""
    for role in (roles.auth, roles.search):
        connection.execute(text(f"GRANT CREATE ON SCHEMA public TO {quote(role)}"))
    for name, source, grantees in function_files():
        connection.exec_driver_sql(rendered(source, roles))
        signature = connection.scalar(
            text(
                "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = :name AND pronamespace = 'public'::regnamespace"
            ),
            {"name": name},
        )
        connection.exec_driver_sql(f"ALTER FUNCTION {signature} OWNER TO {quote(function_owner(name, roles))}")
        connection.exec_driver_sql(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        for grantee in grantees:
            connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {signature} TO {quote(getattr(roles, grantee))}")
    for role in (roles.auth, roles.search):
        connection.execute(text(f"REVOKE CREATE ON SCHEMA public FROM {quote(role)}"))


def refuse_strong_login(engine: Engine) -> None:
    """Refuse a login role that passes walls, by itself or by a role that it may become. Raises RoleRefused."""
    with engine.connect() as connection:
        row = connection.execute(_LOGIN).one()
        strong = connection.scalars(_STRONGER, {"provider": f"{row.database}_provider"}).all()
    reasons = [
        reason
        for flag, reason in (
            (row.rolsuper, "it is a superuser"),
            (row.rolbypassrls, "it has BYPASSRLS"),
            (row.rolcreaterole, "it may create roles"),
            (row.owns, "it owns tables"),
            (row.rolinherit, "it inherits the rights of other roles"),
        )
        if flag
    ]
    reasons += [f"it may become {role}" for role in strong if not row.rolsuper]
    if reasons:
        raise RoleRefused(REFUSED.format(user=row.name, reasons=", ".join(reasons)))
