"""The scope of a transaction: one tenant, one party, set before the first statement and enforced twice.

1. `open_principal` resolves a credential and sets tenant, engagement and database role in the same statement; row-level
   security does the rest. `enter` does so for jobs and commands, from a Context.
2. The session refuses a second tenant in one transaction, any statement without a scope, and Core or text statements
   that do not say why the ORM's own wall need not stand (`execution_options(walls="rls-only")`).
3. The scope ends with the transaction. A session that goes on in another scope first forgets the rows of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction, with_loader_criteria
from sqlalchemy.sql.elements import TextClause

from core.context import Context, Reach
from core.db import driver, reach
from core.db.base import TenantModel, new_id

PLATFORM = {"walls": "platform"}
"""Execution option of statements that only call the sign-in functions: they run before there is a scope."""

RLS_ONLY = {"walls": "rls-only"}
"""Execution option of Core and text statements on tenant tables: only row-level security holds them."""

_PRINCIPAL = (
    "SELECT p.*, set_config('app.tenant_id', p.tenant_id::text, true) AS tenant_set,"
    " set_config('app.engagement_id', coalesce(p.engagement_id::text, ''), true) AS engagement_set,"
    " set_config('app.lent_to', coalesce(p.more #>> '{access,lent_to}', ''), true) AS lent_set,"
    " set_config('plan_cache_mode', CASE WHEN p.more->>'reach' IS NULL"
    " THEN current_setting('plan_cache_mode') ELSE 'force_custom_plan' END, true)"
    " AS plans_set, set_config('role', p.db_role, true) AS role_set"
    " FROM principal(%(credential)s::bytea, %(workspace)s::text, %(place)s::jsonb) p"
)
"""Straight to the driver: every request begins with it."""

_ENTER = (
    "SELECT set_config('app.tenant_id', %(tenant)s, true), set_config('app.engagement_id', %(engagement)s, true),"
    " set_config('app.lent_to', CASE WHEN %(engagement)s = '' THEN ''"
    " ELSE lent_to(%(tenant)s::uuid, NULLIF(%(engagement)s, '')::uuid) END, true),"
    " set_config('role', scope_role(%(party)s), true)"
)
"""Straight to the driver too: every job and every run begins with it."""


class ScopeError(RuntimeError):
    """A programming error: a statement would leave its tenant. Never shown to a user."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """`participant_id` is who writes; the rest is what may be seen: all of the party's rows, or those within `reach`."""

    tenant_id: UUID
    party: str
    engagement_id: UUID | None = None
    participant_id: UUID | None = None
    reach: Reach | None = None


def current(session: Session) -> Scope:
    """The scope of the running transaction. Raises ScopeError without one."""
    scope = session.info.get("scope")
    if not isinstance(scope, Scope):
        raise ScopeError("No scope: enter a tenant before touching its rows.")
    return scope


def open_principal(session: Session, *, credential: bytes, workspace: str | None, place: str = "{}") -> Any | None:
    """Resolve a credential's SHA-256 and open its scope in one statement. None: no such credential or not in this workspace.

    `place` is JSON: `peer`, a network address, and `device`, the SHA-256 of a seat's key in hex.
    """
    values = {"credential": credential, "workspace": workspace, "place": place}
    row = driver.fetch_one(session, _PRINCIPAL, values)
    if row is not None:
        _set(session, _scope(row, Reach.read(row.more["reach"])))
    return row


def enter(session: Session, context: Context) -> None:
    """Open the scope of a known context: jobs, commands and tests."""
    scope = _scope(context, context.reach)
    if session.info.get("scope") == scope:
        return
    _refuse_second(session, scope)
    if session.in_nested_transaction():
        raise ScopeError("Enter the scope before a savepoint: rolling back to it would undo the scope unseen.")
    values = {
        "tenant": str(scope.tenant_id),
        "engagement": str(scope.engagement_id or ""),
        "party": "provider" if context.party == "provider" else "client",
    }
    driver.fetch(session, _ENTER, values)
    _set(session, scope)


def _scope(who: Any, within: Reach | None) -> Scope:
    """Of a Context, or of a row of `principal()`."""
    return Scope(
        tenant_id=who.tenant_id,
        party=who.party,
        engagement_id=who.engagement_id,
        participant_id=who.participant_id,
        reach=within,
    )


def _refuse_second(session: Session, scope: Scope) -> None:
    earlier = session.info.get("scope")
    if earlier is not None and earlier != scope:
        raise ScopeError("A transaction serves one tenant and one party: commit before entering another scope.")


def _set(session: Session, scope: Scope) -> None:
    _refuse_second(session, scope)
    sight = (scope.tenant_id, scope.party, scope.engagement_id, scope.reach)
    if session.info.setdefault("sight", sight) != sight:
        session.expunge_all()  # `Session.get` answers from memory, where no wall stands
        session.info["sight"] = sight
    session.info["scope"] = scope
    session.info[driver.TEXT_OF_ROLE] = " -- provider" if scope.party == "provider" else ""
    driver.prepare_as_asked(session, always=scope.party != "provider")


@event.listens_for(Session, "after_transaction_end")
def _leave(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for name in ("scope", driver.TEXT_OF_ROLE, driver.HELD):
            session.info.pop(name, None)


@event.listens_for(Session, "do_orm_execute")
def _wall(state: ORMExecuteState) -> None:
    walls = state.execution_options.get("walls")
    if walls == "platform":
        return
    here = current(state.session)
    tenant_id = here.tenant_id
    if walls == "rls-only" or state.is_relationship_load or state.is_column_load:
        return
    if isinstance(state.statement, TextClause) or not state.is_orm_statement or state.is_insert:
        raise ScopeError(f"Core, text and INSERT statements on tenant tables need walls='rls-only': {state.statement}")
    state.statement = state.statement.options(
        with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
    )
    if here.reach is not None:
        state.statement = state.statement.options(*reach.options(here.reach, here.party))


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """New rows take the scope's tenant and author; a row of another tenant is refused."""
    new, kept = list(session.new), [*session.dirty, *session.deleted]
    if not (new or kept):
        return
    scope = current(session)
    for row in new:
        if isinstance(row, TenantModel):
            row.tenant_id = row.tenant_id or scope.tenant_id
            row.created_by = row.created_by or scope.participant_id
    for row in (*new, *kept):
        if isinstance(row, TenantModel) and row.tenant_id != scope.tenant_id:
            raise ScopeError(f"{type(row).__name__} of another tenant in this transaction.")


@event.listens_for(TenantModel, "init", propagate=True)
def _identify(_target: TenantModel, _args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """A row has its id from the moment it is made, so that others can point to it before the flush."""
    kwargs.setdefault("id", new_id())
