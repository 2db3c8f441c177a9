"""Compare the server's walls with the declared ones: policies, forced row security, grants, functions.

Autogenerate sees none of these, so `kehub db check` and a test do. Every line of the answer is one difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Mapper

from core.db.base import Model, TenantModel
from core.db.bootstrap import JOB_TABLES, function_files, function_owner, rendered
from core.db.migrate import walled_tables
from core.db.walls import Roles, Walls, column_privileges, policies, privileges, quote

PLATFORM = {
    "workspace": "addresses are looked up before a tenant is known; the application role has no right on it",
    "tenant": "the tenant is the key itself; its row is walled by id",
    "user_account": "a person may belong to many tenants; reached only through sign-in functions",
    "user_session": "a session opens many workspaces; reached only through sign-in functions",
    "sign_up": "an organisation that signs up has no tenant yet; its words are sealed, reached only through functions",
    "deletion_certificate": "outlives its tenant; reached only through functions, but for the id that the sweep's role reads",
    "login_attempt": "throttling counts before a tenant is known; reached only through sign-in functions",
    "user_totp": "a person's own factor, for every tenant; reached only through sign-in functions",
    "user_passkey": "a person's own factor, for every tenant; reached only through sign-in functions",
    "recovery_code": "a person's own factor, for every tenant; reached only through sign-in functions",
    "sign_in_ceremony": "what is begun at the door before a person is known; reached only through sign-in functions",
    "sign_in_event": "what happens at the door, before there is a tenant; shown to the person, through sign-in functions",
    "rate_count": "counts of addresses and tokens before a tenant is known; reached only through functions",
}
"""Tables without `tenant_id`, each with the reason why."""

SEARCH_PATH = "search_path=pg_catalog, public, pg_temp"
GENERIC = "plan_cache_mode=force_generic_plan"
"""A function may keep one plan for any tenant: it asks by keys only.

It compares with a setting in a sub-select. The planner reads a bare one as it stands at the first call: a plan that a client's
call made, where nothing is lent, read all leases of an engagement for a provider (4 ms instead of 0.1, bench `gate`).
"""


def keyless_tables(package: str = "") -> list[str]:
    """Mapped tables (of one package) that lead no key with the tenant and stand on no argued list."""
    found = []
    for mapper in mappers_of(package):
        name = mapper.local_table.name  # type: ignore[attr-defined]
        if name in PLATFORM and mapper.class_.__module__.startswith("core."):
            continue
        first = next(iter(mapper.local_table.primary_key), None)
        if not issubclass(mapper.class_, TenantModel) or first is None or first.name != "tenant_id":
            found.append(
                f"{name}: derive {mapper.class_.__name__} from TenantModel; its primary key must begin with tenant_id"
            )
    return found


def misnamed_tables(package: str, key: str) -> list[str]:
    """Mapped tables of a vertical whose name does not begin with its key: migrations could not tell whose they are."""
    names = [mapper.local_table.name for mapper in mappers_of(package)]  # type: ignore[attr-defined]
    return [
        f"{name}: name it {key}_{name}, as every table of this vertical begins"
        for name in names
        if not name.startswith(f"{key}_")
    ]


def mappers_of(package: str = "") -> list[Mapper[Any]]:
    """Mapped classes defined in a package; all without one."""
    return [
        mapper
        for mapper in Model.registry.mappers
        if not package or f"{mapper.class_.__module__}.".startswith(f"{package}.")
    ]


def check(connection: Connection, roles: Roles) -> list[str]:
    """Every difference between the declared walls and the server's catalog; empty when they agree."""
    found = keyless_tables()
    for table, walls in sorted(walled_tables().items()):
        found += _row_security(connection, table)
        found += _policies(connection, table, walls, roles)
        found += _grants(connection, table, walls, roles)
    found += _unwalled(connection, roles)
    found += _functions(connection, roles)
    found += _keys(connection)
    return found


def _row_security(connection: Connection, table: str) -> Iterator[str]:
    row = connection.execute(
        text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)"),
        {"name": quote(table)},
    ).one_or_none()
    if row is None:
        yield f"{table}: missing; run `kehub db upgrade`"
    elif not (row.relrowsecurity and row.relforcerowsecurity):
        yield f"{table}: row-level security is not forced"


def _policies(connection: Connection, table: str, walls: Walls, roles: Roles) -> Iterator[str]:
    """Compares normal forms: the server rewrites expressions, so each declared one is first stored and read back."""
    stored = {
        row.policyname: (row.cmd, tuple(row.roles), row.qual, row.with_check, row.permissive)
        for row in connection.execute(
            text(
                "SELECT policyname, cmd, roles::text[] AS roles, qual, with_check, permissive FROM pg_policies"
                " WHERE schemaname = 'public' AND tablename = :table"
            ),
            {"table": table},
        )
    }
    declared = {policy.name: policy for policy in policies(table, walls, roles)}
    for name in sorted(stored.keys() - declared.keys()):
        yield f"{table}: unknown policy {name}"
    for name, policy in declared.items():
        if name not in stored:
            yield f"{table}: policy {name} is missing"
            continue
        command, granted, using, check_expression, permissive = stored[name]
        if (command, granted, permissive) != (policy.command, (policy.role,), "PERMISSIVE"):
            yield f"{table}: policy {name} is for {command} to {', '.join(granted)}"
        normal = _normal_form(connection, table, policy.using, policy.check, policy.command)
        if (using, check_expression) != normal:
            yield f"{table}: policy {name} says something else than declared"


def _normal_form(
    connection: Connection, table: str, using: str | None, check_expression: str | None, command: str
) -> tuple[str | None, str | None]:
    """How the server would print these expressions. Asked inside a savepoint that is rolled back."""
    savepoint = connection.begin_nested()
    try:
        clauses = (f" USING ({using})" if using else "") + (
            f" WITH CHECK ({check_expression})" if check_expression else ""
        )
        connection.exec_driver_sql(f"CREATE POLICY kehub_probe ON {quote(table)} FOR {command}{clauses}")
        row = connection.execute(
            text("SELECT qual, with_check FROM pg_policies WHERE policyname = 'kehub_probe' AND tablename = :t"),
            {"t": table},
        ).one()
        return row.qual, row.with_check
    finally:
        savepoint.rollback()


def _grants(connection: Connection, table: str, walls: Walls, roles: Roles) -> Iterator[str]:
    wanted = privileges(walls, roles)
    rows = connection.execute(
        text(
            "SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role,"
            " array_agg(a.privilege_type::text ORDER BY a.privilege_type::text) AS rights"
            " FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass(:name) AND a.grantee <> c.relowner GROUP BY 1"
        ),
        {"name": quote(table)},
    )
    actual = {row.role.strip('"'): tuple(row.rights) for row in rows}
    for role in sorted(wanted.keys() | actual.keys()):
        if wanted.get(role, ()) != actual.get(role, ()):
            yield f"{table}: {role} has {actual.get(role, ())}, declared {wanted.get(role, ())}"
    columns = connection.execute(_COLUMN_RIGHTS, {"name": quote(table)})
    held = {(row.role.strip('"'), row.column): row.right for row in columns}
    for role, column in sorted(dict(held.items() ^ column_privileges(walls, roles).items())):
        yield f"{table}: the rights of {role} on its column {column} are not those declared"


_COLUMN_RIGHTS = text(
    "SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END AS role, a.attname AS column,"
    " string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS right"
    " FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = to_regclass(:name) AND NOT a.attisdropped GROUP BY 1, 2"
)


def _unwalled(connection: Connection, roles: Roles) -> Iterator[str]:
    """Tables that no model walls must be closed: platform tables to all but the sign-in functions, unknown ones to all.

    A table of a vertical that is no longer loaded keeps its forced row security, and is left alone.
    """
    rows = connection.execute(
        text(
            "SELECT c.relname AS name, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role"
            " FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.grantee <> c.relowner AND NOT c.relforcerowsecurity"
            " AND c.relname NOT LIKE :jobs AND c.relname NOT LIKE 'alembic_version_%' GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {"jobs": JOB_TABLES},
    )
    walled = walled_tables()
    for row in rows:
        excused = row.name in PLATFORM and row.role.strip('"') == roles.auth
        if row.name not in walled and not excused:
            yield f"{row.name}: open to {row.role}, but it has no wall"


_DEFINERS = text(
    "SELECT p.proname AS name, p.prosrc AS body, p.proowner::regrole::text AS owner, p.proconfig AS settings,"
    " ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END"
    "       FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee <> p.proowner) AS callers"
    " FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1"
)


def _functions(connection: Connection, roles: Roles) -> Iterator[str]:
    """Functions that run with their owner's rights are those of the files, word for word, and open to whom these say."""
    declared = {name: (rendered(source, roles), grantees) for name, source, grantees in function_files()}
    stored = {row.name: row for row in connection.execute(_DEFINERS)}
    for name in sorted(declared.keys() - stored.keys()):
        yield f"function {name}: missing"
    for name, row in stored.items():
        if name not in declared:
            yield f"function {name}: runs with the rights of {row.owner}, and no file declares it"
            continue
        source, grantees = declared[name]
        callers = sorted(role.strip('"') for role in row.callers)
        wanted = sorted(getattr(roles, grantee) for grantee in grantees)
        if row.body.strip() != source.split("$body$")[1].strip():
            yield f"function {name}: its body differs from the file"
        owner = function_owner(name, roles)
        if row.owner.strip('"') != owner or set(row.settings or ()) - {GENERIC} != {SEARCH_PATH}:
            yield f"function {name}: must be owned by {owner} and have {SEARCH_PATH}"
        if callers != wanted:
            yield f"function {name}: open to {', '.join(callers)}; declared for {', '.join(wanted)}"


_CROSSING = text(
    "SELECT k.conrelid::regclass::text AS name, k.conname AS key FROM pg_constraint k"
    " JOIN pg_attribute f ON f.attrelid = k.conrelid AND f.attnum = k.conkey[1]"
    " JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = k.confkey[1]"
    " WHERE k.contype = 'f' AND (f.attname <> 'tenant_id' OR t.attname <> 'tenant_id')"
    " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id')"
    " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'tenant_id')"
)


SECRETS = (
    "uq_api_token_token_hash",
    "uq_invitation_secret_hash",
    "uq_scim_client_token_hash",
    "uq_partner_code_digest",
)
"""Digests of secrets, which say their tenant: looked up before there is one, by the functions of the door."""


def _keys(connection: Connection) -> Iterator[str]:
    """Every primary, unique and foreign key of a tenant table begins with tenant_id, but for digests of secrets."""
    rows = connection.execute(
        text(
            "SELECT i.indrelid::regclass::text AS name, i.indexrelid::regclass::text AS key FROM pg_index i"
            " JOIN pg_attribute f ON f.attrelid = i.indrelid AND f.attnum = i.indkey[0]"
            " WHERE i.indisunique AND f.attname <> 'tenant_id' AND i.indexrelid::regclass::text <> ALL (:secrets)"
            " AND EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = i.indrelid AND t.attname = 'tenant_id')"
            " AND i.indrelid::regclass::text NOT IN ('workspace', 'deletion_certificate')"
        ),
        {"secrets": list(SECRETS)},
    )
    for row in rows:
        yield f"{row.name}: unique index {row.key} does not begin with tenant_id"
    for row in connection.execute(_CROSSING):
        yield f"{row.name}: foreign key {row.key} does not begin with tenant_id on both sides"
