"""The scope of a transaction: one tenant, one party, set before the first statement and enforced twice.

1. `open_principal` resolves a credential and sets tenant, engagement and database role in the same statement; row-level
   security does the rest. `enter` does so for jobs and commands, from a Context.
2. The session refuses a second tenant in one transaction, any statement without a scope, and Core or text statements
   that do not say why the ORM's own wall need not stand (`execution_options(walls="rls-only")`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction, with_loader_criteria
from sqlalchemy.sql.elements import TextClause

from core.context import Context
from core.db.base import Model, TenantModel, new_id

PLATFORM = {"walls": "platform"}
"""Execution option of statements that only call the sign-in functions: they run before there is a scope."""

RLS_ONLY = {"walls": "rls-only"}
"""Execution option of Core and text statements on tenant tables: only row-level security holds them."""

_PRINCIPAL = text(
    "SELECT p.*, set_config('app.tenant_id', p.tenant_id::text, true) AS _t,"
    " set_config('app.engagement_id', coalesce(p.engagement_id::text, ''), true) AS _e,"
    " set_config('role', p.db_role, true) AS _r FROM principal(:credential, :workspace) p"
).execution_options(**PLATFORM)

_ENTER = text(
    "SELECT set_config('app.tenant_id', :tenant, true), set_config('app.engagement_id', :engagement, true),"
    " set_config('role', scope_role(:party), true)"
).execution_options(**PLATFORM)


class ScopeError(RuntimeError):
    """A programming error: a statement would leave its tenant. Never shown to a user."""


@dataclass(frozen=True)
class Scope:
    tenant_id: UUID
    engagement_id: UUID | None = None
    participant_id: UUID | None = None


def current(session: Session) -> Scope:
    """The scope of the running transaction. Raises ScopeError without one."""
    scope = session.info.get("scope")
    if not isinstance(scope, Scope):
        raise ScopeError("No scope: enter a tenant before touching its rows.")
    return scope


def open_principal(session: Session, *, credential: bytes, workspace: str | None) -> Any | None:
    """Resolve a credential's SHA-256 and open its scope in one statement. None: no such credential or not in this workspace."""
    row = session.execute(_PRINCIPAL, {"credential": credential, "workspace": workspace}).one_or_none()
    if row is not None:
        _set(session, Scope(row.tenant_id, row.engagement_id, row.participant_id))
    return row


def enter(session: Session, context: Context) -> None:
    """Open the scope of a known context: jobs, commands and tests."""
    scope = Scope(context.tenant_id, context.engagement_id, context.participant_id)
    if session.info.get("scope") == scope:
        return
    _refuse_second(session, scope)
    values = {
        "tenant": str(scope.tenant_id),
        "engagement": str(scope.engagement_id or ""),
        "party": "provider" if context.party == "provider" else "client",
    }
    session.execute(_ENTER, values)
    _set(session, scope)


def _refuse_second(session: Session, scope: Scope) -> None:
    earlier = session.info.get("scope")
    if earlier is not None and earlier != scope:
        raise ScopeError("A transaction serves one tenant and one party: commit before entering another scope.")


def _set(session: Session, scope: Scope) -> None:
    _refuse_second(session, scope)
    session.info["scope"] = scope


@event.listens_for(Session, "after_transaction_end")
def _leave(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("scope", None)


@event.listens_for(Session, "do_orm_execute")
def _wall(state: ORMExecuteState) -> None:
    if state.execution_options.get("walls") == "platform" or state.is_relationship_load or state.is_column_load:
        return
    tenant_id = current(state.session).tenant_id
    if state.execution_options.get("walls") == "rls-only":
        return
    if isinstance(state.statement, TextClause) or not state.is_orm_statement:
        raise ScopeError(f"Core and text statements on tenant tables need walls='rls-only': {state.statement}")
    state.statement = state.statement.options(
        with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
    )


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """New rows take the scope's tenant and author; a row of another tenant is refused."""
    changed = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Model)]
    if not changed:
        return
    scope = current(session)
    for row in changed:
        if not isinstance(row, TenantModel):
            continue
        if getattr(row, "tenant_id", None) is None:
            row.tenant_id = scope.tenant_id
        if row.tenant_id != scope.tenant_id:
            raise ScopeError(f"{type(row).__name__} of another tenant in this transaction.")
        if row in session.new and row.created_by is None:
            row.created_by = scope.participant_id


@event.listens_for(TenantModel, "init", propagate=True)
def _identify(_target: TenantModel, _args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """A row has its id from the moment it is made, so that others can point to it before the flush."""
    kwargs.setdefault("id", new_id())
