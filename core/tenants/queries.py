"""Read what a tenant has switched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import NotFound
from core.plugin.catalog import Catalog, LoadedVertical
from core.tenants.models import Tenant, TenantVertical


@dataclass(frozen=True, kw_only=True)
class VerticalRow:
    """A loaded vertical as this tenant has it. `changed_at` is None while it was never switched."""

    loaded: LoadedVertical
    enabled: bool
    changed_at: datetime | None

    @property
    def key(self) -> str:
        return self.loaded.key


def vertical_rows(session: Session, *, catalog: Catalog) -> Sequence[VerticalRow]:
    """Every loaded vertical, in the catalog's order, with the tenant's switch."""
    switches = {
        row.key: row
        for row in session.execute(select(TenantVertical.key, TenantVertical.enabled, TenantVertical.changed_at))
    }
    rows = []
    for key, loaded in catalog.verticals.items():
        switch = switches.get(key)
        rows.append(
            VerticalRow(
                loaded=loaded, enabled=bool(switch and switch.enabled), changed_at=switch.changed_at if switch else None
            )
        )
    return rows


def filled_context(session: Session, *, context: Context) -> Context:
    """A job's context, which knows only ids, with the tenant's name, language, clock, money and verticals. Raises NotFound."""
    tenant = session.execute(
        select(Tenant.name, Tenant.locale, Tenant.time_zone, Tenant.currency, Tenant.country, Tenant.tailoring).where(
            Tenant.id == context.tenant_id
        )
    ).one_or_none()
    if tenant is None:
        raise NotFound
    enabled = session.scalars(select(TenantVertical.key).where(TenantVertical.enabled.is_(True)))
    return replace(
        context,
        tenant_name=tenant.name,
        locale=tenant.locale,
        zone=tenant.time_zone,
        currency=tenant.currency,
        country=tenant.country,
        tailoring=tenant.tailoring,
        enabled=frozenset(enabled),
    )
