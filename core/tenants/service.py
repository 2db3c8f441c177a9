"""Make tenants, find them by address, and switch verticals on and off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.errors import N_, Conflict, Invalid, NotFound
from core.tenants.address import MALFORMED, SLUG, TAKEN
from core.tenants.life import life_of
from core.tenants.models import Tenant, TenantVertical

VETOES: list[Callable[[Session, Context, str], None]] = []
"""Asked before a vertical is switched off; a veto raises a DomainError that says why not. Filled by `app.py`."""

SWITCHED: list[Callable[[Session, Context, str, bool], None]] = []
"""Called after a vertical was switched, in the same transaction. Filled by `app.py`."""


def create_tenant(
    session: Session,
    *,
    slug: str,
    name: str,
    kinds: Sequence[str],
    locale: str = "zh-CN",
    zone: str = "Asia/Shanghai",
    currency: str = "CNY",
    country: str = "CN",
) -> UUID:
    """A new tenant with its workspace address. Raises Invalid for a malformed address, Conflict for a taken one."""
    if not SLUG.fullmatch(slug):
        raise Invalid(MALFORMED, field="slug")
    tenant_id = new_id()
    values = {
        "id": tenant_id, "slug": slug, "name": name, "kinds": orjson.dumps(list(kinds)).decode(),
        "locale": locale, "zone": zone, "currency": currency, "country": country,
    }  # fmt: skip
    call = text("SELECT tenant_create(:id, :slug, :name, cast(:kinds AS jsonb), :locale, :zone, :currency, :country)")
    try:
        session.execute(call.execution_options(**scope.PLATFORM), values)
    except IntegrityError:
        session.rollback()
        raise Conflict(TAKEN, field="slug", slug=slug) from None
    return tenant_id


def find_workspace(session: Session, *, workspace: str) -> Any:
    """The tenant (tenant_id, name, state, ...) and, for an engagement's workspace, its engagement_id. Raises NotFound."""
    row = session.execute(
        text("SELECT * FROM tenant_find(:wanted)").execution_options(**scope.PLATFORM), {"wanted": workspace}
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no workspace %(slug)s."), slug=workspace)
    return row


def system_context(session: Session, *, workspace: str) -> Context:
    """The Context of a command or job that acts for a tenant by itself. Raises NotFound."""
    row = find_workspace(session, workspace=workspace)
    return Context(
        tenant_id=row.tenant_id,
        tenant_name=row.name,
        workspace=workspace,
        party="system",
        enabled=frozenset(row.enabled),
        locale=row.locale,
        zone=row.zone,
        currency=row.currency,
        country=row.country,
        tailoring=row.tailoring,
        hears=frozenset(row.hears),
        life=life_of({"life": {"state": row.state}}),
    )


def create_workspace(session: Session, *, slug: str, engagement_id: UUID) -> None:
    """Give an engagement of the scope's tenant its address."""
    if not SLUG.fullmatch(slug):
        raise Invalid(MALFORMED, field="slug")
    try:
        with session.begin_nested():
            session.execute(
                text("SELECT workspace_create(:slug, :engagement)").execution_options(**scope.PLATFORM),
                {"slug": slug, "engagement": engagement_id},
            )
    except IntegrityError:
        raise Conflict(TAKEN, field="slug", slug=slug) from None


def next_numbers(session: Session, *, kind: str, count: int = 1) -> range:
    """The next running numbers of a kind in the scope's tenant. The counter stays locked until the transaction ends."""
    last = session.scalar(
        text("SELECT next_number(:kind, :count)").execution_options(**scope.PLATFORM), {"kind": kind, "count": count}
    )
    assert last is not None
    return range(last - count + 1, last + 1)


def set_vertical(session: Session, *, context: Context, key: str, enabled: bool) -> TenantVertical:
    """Switch a vertical on or off for the tenant. Off keeps all data; a veto (open cases) raises a DomainError."""
    if not enabled:
        for veto in VETOES:
            veto(session, context, key)
    row = session.scalar(select(TenantVertical).where(TenantVertical.key == key).with_for_update())
    if row is None:
        row = TenantVertical(key=key, enabled=enabled)
        session.add(row)
    elif row.enabled != enabled:
        row.enabled, row.changed_at = enabled, datetime.now(UTC)
    session.flush()
    action = "vertical.enabled" if enabled else "vertical.disabled"
    audit.append(session, context=context, action=action, subject=("tenant_vertical", row.id), details={"key": key})
    for follow in SWITCHED:
        follow(session, context, key, enabled)
    return row


def count_tailoring(session: Session, *, context: Context) -> None:
    """The tenant's configuration has changed: whoever opens a scope from now on gets a new view of its verticals."""
    session.flush()
    session.execute(
        update(Tenant)
        .where(Tenant.id == context.tenant_id)
        .values(tailoring=Tenant.tailoring + 1, version=Tenant.version)
    )
