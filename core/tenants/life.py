"""The life of a tenant: one table of steps, and the one command that takes them.

trial -> active -> suspended -> active; any of them -> closing -> (called back) or deleted. Suspended and closing tenants are
read-only: the edges refuse writes by `Context.read_only`, long acts by `refuse_runs`. Deletion itself is the database's
(`deletion_begin`): it takes a closing tenant whose days of grace are over, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import READ_ONLY, Brand, Context, Life
from core.db import scope
from core.errors import N_, Conflict, Denied, Invalid
from core.events import bus
from core.plugin.types import Label
from core.tenants import policy
from core.tenants.events import TenantMoved
from core.tenants.models import Tenant, TenantChange

Who = Literal["admin", "operator", "clock"]
REASON_LIMIT = 500


@dataclass(frozen=True, kw_only=True)
class Step:
    """One way from state to state. `target` is empty where it leads back to the state before. `past` names it in the trail.

    `asks_why`: the person who takes it says a reason, which the tenant's people read.
    """

    event: str
    label: Label
    sources: frozenset[str]
    target: str
    who: frozenset[Who]
    past: str
    asks_why: bool = True


STEPS: Mapping[str, Step] = {
    step.event: step
    for step in (
        Step(
            event="activate", label={"zh-CN": "启用", "en": "Activate"}, sources=frozenset({"trial", "suspended"}),
            target="active", who=frozenset({"operator"}), past="tenant.activated",
        ),
        Step(
            event="extend", label={"zh-CN": "延长试用", "en": "Extend the trial"}, sources=frozenset({"trial", "suspended"}),
            target="trial", who=frozenset({"operator"}), past="tenant.trial_extended",
        ),
        Step(
            event="suspend", label={"zh-CN": "暂停", "en": "Suspend"}, sources=frozenset({"trial", "active"}),
            target="suspended", who=frozenset({"operator", "clock"}), past="tenant.suspended",
        ),
        Step(
            event="close", label={"zh-CN": "关闭", "en": "Close"}, sources=frozenset({"trial", "active", "suspended"}),
            target="closing", who=frozenset({"admin", "operator"}), past="tenant.closing_asked",
        ),
        Step(
            event="call_back", label={"zh-CN": "撤回关闭", "en": "Call the closing back"}, sources=frozenset({"closing"}),
            target="", who=frozenset({"admin", "operator"}), past="tenant.closing_called_back", asks_why=False,
        ),
        Step(
            event="delete", label={"zh-CN": "删除", "en": "Delete"}, sources=frozenset({"closing"}),
            target="deleted", who=frozenset({"operator", "clock"}), past="tenant.deleted", asks_why=False,
        ),
    )
}  # fmt: skip
"""Every step there is. `delete` is taken in the database, after the days of grace; the others by `move`."""

GUARDS: dict[str, list[Callable[[Session, Context], None]]] = {event: [] for event in STEPS}
"""Asked before a step; a guard raises a DomainError that says why not. Filled by higher features' wiring."""

WHILE_READ_ONLY: set[str] = set()
"""Kinds of long acts that go on while the tenant is read-only: those that only read."""

BAD_TIMES: Mapping[str, str] = {
    "trial": N_("The organisation is on trial, so this step is not open to it."),
    "active": N_("The organisation is active, so this step is not open to it."),
    "suspended": N_("The organisation is suspended, so this step is not open to it."),
    "closing": N_("The organisation is closing, so this step is not open to it."),
    "deleted": N_("The organisation is deleted."),
}


def move(
    session: Session,
    *,
    context: Context,
    event: str,
    reason: str | None = None,
    days: int = 0,
    by: Who | None = None,
) -> Tenant:
    """Take a step. `days` are the days of grace or of the trial that it begins. `by` is `clock` for what time does.

    Raises Denied for who may not, Conflict where the state does not allow it, Invalid without a reason, and what guards raise.
    """
    step = STEPS[event]
    _refuse_stranger(context, step, by)
    given = (reason or "").strip()
    if step.asks_why and not 0 < len(given) <= REASON_LIMIT:
        raise Invalid(N_("Say why, in at most %(longest)s characters."), field="reason", longest=REASON_LIMIT)
    tenant = session.scalar(
        select(Tenant).where(Tenant.id == context.tenant_id).with_for_update().execution_options(**_FRESH)
    )
    assert tenant is not None
    if tenant.state not in step.sources or not step.sources or event == "delete":
        raise Conflict(BAD_TIMES[tenant.state])
    for guard in GUARDS[event]:
        guard(session, context)
    source = tenant.state
    _enter(tenant, step, days)
    session.flush()
    _note(session, context, step, source=source, target=tenant.state, reason=given or None)
    return tenant


_FRESH: dict[str, Any] = {"populate_existing": True}


def _refuse_stranger(context: Context, step: Step, by: Who | None) -> None:
    who: Who = by or ("operator" if context.party == "system" else "admin")
    if who not in step.who or (who == "admin" and (context.engagement_id or not context.may(policy.CLOSE))):
        raise Denied(N_("Your role does not include this."))


def _enter(tenant: Tenant, step: Step, days: int) -> None:
    now = datetime.now(UTC)
    if step.event == "call_back":
        if tenant.erase_after is not None and tenant.erase_after <= now:
            raise Conflict(N_("The days of grace are over, so the closing cannot be called back."))
        tenant.state, tenant.state_before, tenant.erase_after = tenant.state_before or "active", None, None
        if tenant.state == "trial" and tenant.trial_ends_at is not None and tenant.trial_ends_at <= now:
            tenant.state = "suspended"
    else:
        tenant.state_before, tenant.state = tenant.state, step.target
    if step.event == "close":
        tenant.erase_after = now + timedelta(days=days)
    if step.event == "extend":
        tenant.trial_ends_at = now + timedelta(days=days)
    if step.event == "activate":
        tenant.trial_ends_at = None
    tenant.state_since = now
    tenant.version += 1


def begin_trial(session: Session, *, context: Context, days: int) -> Tenant:
    """A tenant that has just been made begins with a trial."""
    tenant = session.scalar(select(Tenant).where(Tenant.id == context.tenant_id).with_for_update())
    assert tenant is not None
    now = datetime.now(UTC)
    tenant.state, tenant.state_since, tenant.trial_ends_at = "trial", now, now + timedelta(days=days)
    session.flush()
    step = Step(
        event="sign_up", label={}, sources=frozenset(), target="trial", who=frozenset(), past="tenant.signed_up"
    )
    _note(session, context, step, source="", target="trial", reason=None)
    return tenant


def _note(session: Session, context: Context, step: Step, *, source: str, target: str, reason: str | None) -> None:
    change = TenantChange(
        event=step.event, source=source, target=target, party=context.party, participant_id=context.participant_id,
        reason=reason,
    )  # fmt: skip
    session.add(change)
    session.flush()
    details = {"from": source, "to": target, "change": str(change.id)}
    audit.append(session, context=context, action=step.past, subject=("tenant", context.tenant_id), details=details)
    moved = TenantMoved(context=context, subject=context.tenant_id, event=step.event, source=source, target=target)
    bus.emit(session, moved)


def refuse_runs(session: Session, kind: str) -> None:
    """A long act of a read-only tenant stops, unless it only reads. Raises Denied. One statement."""
    if kind in WHILE_READ_ONLY:
        return
    held = scope.current(session)
    state = session.scalar(select(Tenant.state).where(Tenant.id == held.tenant_id))
    if state is not None and state in READ_ONLY:
        raise Denied(READ_ONLY[state])
    if held.engagement_id is not None and provider_life(session, engagement_id=held.engagement_id) is not None:
        raise Denied(READ_ONLY["provider_suspended"])


_PROVIDER = text("SELECT provider_life(:engagement)").execution_options(**scope.RLS_ONLY)
"""A provider's own organisation is another tenant; the function tells no more of it than that it is suspended."""


def provider_life(session: Session, *, engagement_id: UUID) -> str | None:
    """`suspended`, `closing` or `deleted` where the provider's own organisation is; None while it works."""
    state: str | None = session.scalar(_PROVIDER, {"engagement": engagement_id})
    return state


def history(session: Session) -> list[Any]:
    """The steps of the tenant's life, the latest first."""
    columns = (
        TenantChange.event, TenantChange.source, TenantChange.target, TenantChange.party, TenantChange.participant_id,
        TenantChange.reason, TenantChange.occurred_at,
    )  # fmt: skip
    rows = session.execute(
        select(*columns).order_by(TenantChange.occurred_at.desc(), TenantChange.id.desc()).limit(200)
    )
    return list(rows)


def life_of(more: Mapping[str, Any]) -> Life:
    """The tenant's state as the principal tells it."""
    told = more.get("life") or {}
    until = told.get("until")
    return Life(state=told.get("state", "active"), until=datetime.fromisoformat(until) if until else None)


def brand_of(more: Mapping[str, Any]) -> Brand:
    """The tenant's looks as the principal tells them."""
    told = more.get("brand") or {}
    return Brand(accent=told.get("accent", ""), accent_dark=told.get("accent_dark", ""), logo=told.get("logo", ""))
