"""The database's own wall: which role may see and write which rows, said once per table and applied by `kehub db upgrade`.

Every tenant table has forced row-level security. One permissive policy serves the application's login role (rows of the
scope's tenant), another the provider role (the same, and a live lease of the scope's engagement). Restrictive policies
are not used: they defeat the planner. A table without grants is closed, so a forgotten wall shows as an error, not as a leak.

A third role erases what is held of a person (the rows of one customer of the scope's tenant who is marked as erased), and clears
away what is left of a tenant that is gone. It sees no row but those, those that belong to a tenant with a deletion certificate
and those that speak of it, and removes only what is erased or that tenant's: neither the sweep nor the scan passes a wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

TENANT = "(SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"
ENGAGEMENT = "(SELECT NULLIF(current_setting('app.engagement_id', true), '')::uuid)"

LENT_TO = "(SELECT NULLIF(current_setting('app.lent_to', true), '')::uuid)"
"""The engagement whose leases count. None while it has no live grant, or does not work, or the person is at no seat of its."""

LEAVING = (
    "(SELECT c.tenant_id FROM deletion_certificate c"
    " WHERE c.tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)"
)
"""The scope's tenant if its deletion has begun, else null. Only `deletion_begin` makes a certificate, after the days of grace."""

NAMED = "NULLIF(current_setting('app.forgotten', true), '')::uuid"
FORGOTTEN = f"(SELECT c.id FROM customer c WHERE c.tenant_id = {TENANT} AND c.id = {NAMED} AND c.erased_at IS NOT NULL)"
"""The customer whose rows are erased (`core.privacy.erasure`): null unless its own row says already that it was."""

NAMED_CASE = "NULLIF(current_setting('app.lapsed', true), '')::uuid"
LAPSED = f'(SELECT c.id FROM "case" c WHERE c.tenant_id = {TENANT} AND c.id = {NAMED_CASE} AND c.lapsed_at IS NOT NULL)'
"""The case whose time of keeping has run out (`core.privacy.retention`): null unless its own row says already that it has."""

ProviderView = Literal["none", "tenant", "leased", "engagement"]


@dataclass(frozen=True, kw_only=True)
class Walls:
    """Who passes.

    `provider`: `none` (no access), `tenant` (rows of the tenant), `leased` (rows of customers leased to the engagement, by the
    column `customer`), `engagement` (rows whose `engagement_id` is the scope's own). `extra` narrows the provider's view.
    `signed`: what a provider adds carries its `engagement_id`, else other providers would read it as the client's.
    `own_writes`: it changes only what carries its `engagement_id`, although it reads more.
    `key` is the tenant column: `id` for the tenant table itself. `partner` names the second party's tenant column.
    `forgets` are the columns that name a person whose erasure takes or blanks the row; filled in from the table.
    `auth` lets the sign-in functions read the table across tenants, `search` the functions that find rows by parts of texts.
    `deletable`: rows can go; `made`: only those that a run made, as the run left them, so that it can be undone.
    `lapses` is the column that names a case: what was said in it is blanked when the case's time of keeping has run out.
    `follows`: although nothing else of its rows ever changes, they follow a case or customer that is merged into another.
    """

    provider: ProviderView = "none"
    provider_writes: tuple[Literal["INSERT", "UPDATE", "DELETE"], ...] = ()
    customer: str = "customer_id"
    extra: str = ""
    signed: bool = False
    own_writes: bool = False
    append_only: bool = False
    follows: bool = False
    lapses: str = ""
    deletable: bool | Literal["made"] = True
    key: str = "tenant_id"
    partner: str | None = None
    auth: str = ""
    forgets: tuple[str, ...] = ()
    search: bool = False


@dataclass(frozen=True)
class Roles:
    """Names of the database roles. NOLOGIN roles carry the database's name, so that two databases of one server stay apart."""

    app: str
    provider: str
    search: str
    auth: str
    eraser: str

    @property
    def nobodys(self) -> tuple[str, ...]:
        """The roles that nobody logs in with."""
        return (self.provider, self.search, self.auth, self.eraser)


@dataclass(frozen=True)
class Policy:
    name: str
    role: str
    command: str
    using: str | None
    check: str | None


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def lease_exists(table: str, customer: str) -> str:
    """The condition under which a provider sees a row: a live lease of its engagement on the row's customer.

    `OFFSET 0` keeps the planner from hashing all leases of the engagement for each statement: with 20,000 of them a list of
    50 took 23 ms instead of 2 (bench `list`), and what a row costs is then known to the planner.
    """
    return (
        f"EXISTS (SELECT 1 FROM lease l WHERE l.tenant_id = {quote(table)}.tenant_id"
        f" AND l.customer_id = {quote(table)}.{customer} AND l.engagement_id = {LENT_TO}"
        " AND l.ended_at IS NULL AND l.expires_at > now() OFFSET 0)"
    )


def made_by_a_run(table: str) -> str:
    """The condition that a before-image says a run made the row, and that it was not changed since."""
    return (
        f"EXISTS (SELECT 1 FROM before_image b WHERE b.tenant_id = {quote(table)}.tenant_id AND b.row_id = {quote(table)}.id"
        f" AND b.table_name = '{table}' AND b.was IS NULL AND b.version_after = {quote(table)}.version)"
    )


def provider_condition(table: str, walls: Walls) -> str:
    parts = [f"{quote(table)}.{walls.key} = {TENANT}"]
    if walls.provider == "leased":
        parts.append(lease_exists(table, walls.customer))
    elif walls.provider == "engagement":
        parts.append(f"{quote(table)}.engagement_id = {ENGAGEMENT}")
    if walls.extra:
        parts.append(f"({walls.extra})")
    return " AND ".join(parts)


def policies(table: str, walls: Walls, roles: Roles) -> Iterator[Policy]:
    """The policies a table must have: no more, no fewer."""
    own = f"{quote(table)}.{walls.key} = {TENANT}"
    seen = f"{own} OR {quote(table)}.{walls.partner} = {TENANT}" if walls.partner else own
    if walls.partner or walls.deletable == "made":
        yield Policy("app_read", roles.app, "SELECT", seen, None)
        yield Policy("app_insert", roles.app, "INSERT", None, own)
        yield Policy("app_update", roles.app, "UPDATE", own, own)
        made = f" AND {made_by_a_run(table)}" if walls.deletable == "made" else ""
        yield Policy("app_delete", roles.app, "DELETE", own + made, None)
    else:
        yield Policy("app", roles.app, "ALL", own, own)
    if walls.provider != "none":
        condition = provider_condition(table, walls)
        yield Policy("provider_read", roles.provider, "SELECT", condition, None)
        signature = f" AND {quote(table)}.engagement_id = {ENGAGEMENT}" if walls.signed else ""
        own = f" AND {quote(table)}.engagement_id = {ENGAGEMENT}" if walls.own_writes else ""
        for command in walls.provider_writes:
            using = None if command == "INSERT" else condition + own
            check = None if command == "DELETE" else condition + own + (signature if command == "INSERT" else "")
            yield Policy(f"provider_{command.lower()}", roles.provider, command, using, check)
    if walls.auth:
        yield Policy("auth", roles.auth, "ALL", "true", "true")
    if walls.search:
        yield Policy("search", roles.search, "SELECT", "true", None)
    if walls.forgets:
        named = " OR ".join(f"{quote(table)}.{quote(column)} = {FORGOTTEN}" for column in walls.forgets)
        forgotten = f"{quote(table)}.{walls.key} = {TENANT} AND ({named})"
        yield Policy("forget_read", roles.eraser, "SELECT", forgotten, None)
        yield Policy("forget_update", roles.eraser, "UPDATE", forgotten, forgotten)
        yield Policy("forget_delete", roles.eraser, "DELETE", forgotten, None)
    if walls.customer == "id":
        erased = f"{quote(table)}.{walls.key} = {TENANT} AND id = {NAMED} AND erased_at IS NOT NULL"
        yield Policy("forgotten_read", roles.eraser, "SELECT", erased, None)
    if walls.lapses == "id":
        lapsed = f"{quote(table)}.{walls.key} = {TENANT} AND id = {NAMED_CASE} AND lapsed_at IS NOT NULL"
        yield Policy("lapsed_read", roles.eraser, "SELECT", lapsed, None)
    elif walls.lapses:
        lapsed = f"{quote(table)}.{walls.key} = {TENANT} AND {quote(table)}.{walls.lapses} = {LAPSED}"
        yield Policy("lapse_read", roles.eraser, "SELECT", lapsed, None)
        yield Policy("lapse_update", roles.eraser, "UPDATE", lapsed, lapsed)
    leaving = f"{quote(table)}.{walls.key} = {LEAVING}"
    yield Policy("erase_read", roles.eraser, "SELECT", f"{leaving} OR {mentions(table)}", None)
    yield Policy("erase", roles.eraser, "DELETE", leaving, None)


def mentions(table: str) -> str:
    """The condition that a row names the leaving tenant in any of its columns: ids, text, JSON; also as bytes."""
    row = f"({quote(table)}.*)::text"
    return f"position({LEAVING}::text in {row}) > 0 OR position(replace({LEAVING}::text, '-', '') in {row}) > 0"


def privileges(walls: Walls, roles: Roles) -> dict[str, tuple[str, ...]]:
    """Table privileges per role."""
    if walls.append_only:
        app: tuple[str, ...] = ("INSERT", "SELECT")
    elif not walls.deletable:
        app = ("INSERT", "SELECT", "UPDATE")
    else:
        app = ("DELETE", "INSERT", "SELECT", "UPDATE")
    granted = {roles.app: app}
    if walls.provider != "none":
        granted[roles.provider] = tuple(sorted(("SELECT", *walls.provider_writes)))
    if walls.auth:
        granted[roles.auth] = tuple(sorted(part.strip() for part in walls.auth.split(",")))
    if walls.search:
        granted[roles.search] = ("SELECT",)
    granted[roles.eraser] = ("DELETE", "SELECT", "UPDATE") if walls.forgets else ("DELETE", "SELECT")
    return granted


def column_privileges(walls: Walls, roles: Roles) -> dict[tuple[str, str], str]:
    """Rights on single columns: `{(role, column): right}`."""
    return {(roles.app, walls.customer): "UPDATE"} if walls.follows else {}


def statements(table: str, walls: Walls, roles: Roles) -> Iterator[str]:
    """SQL that makes the wall of one table, from nothing or from any earlier state except surplus policies."""
    name = quote(table)
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for role in (roles.app, *roles.nobodys):
        yield f"REVOKE ALL ON {name} FROM {quote(role)}"
    for role, rights in privileges(walls, roles).items():
        yield f"GRANT {', '.join(rights)} ON {name} TO {quote(role)}"
    for (role, column), right in column_privileges(walls, roles).items():
        yield f"GRANT {right} ({quote(column)}) ON {name} TO {quote(role)}"
    for policy in policies(table, walls, roles):
        yield f"DROP POLICY IF EXISTS {policy.name} ON {name}"
        using = f" USING ({policy.using})" if policy.using else ""
        check = f" WITH CHECK ({policy.check})" if policy.check else ""
        yield f"CREATE POLICY {policy.name} ON {name} FOR {policy.command} TO {quote(policy.role)}{using}{check}"
