"""How webhooks hear of events: called once by `app.py`, when every feature's events are known."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.db import scope
from core.events import bus, outbox
from core.events.bus import Event
from core.tenants.events import TenantMoved
from core.web.links import LINKS
from core.webhooks import jobs
from core.webhooks.events import WebhookTested
from core.webhooks.models import WebhookEndpoint
from core.webhooks.service import EVERY

_HEARS = text("SELECT webhook_events(:tenant)").execution_options(**scope.PLATFORM)


def wire() -> None:
    for kind in bus.known().values():
        if kind is not WebhookTested:
            bus.subscribe(kind, hear)
    bus.subscribe(TenantMoved, follow_life)
    LINKS["webhook_endpoint"] = lambda endpoint_id: url_for("webhooks.show", endpoint_id=endpoint_id)


def follow_life(session: Session, event: TenantMoved) -> None:
    """Active again, what waited goes out; closing, it is dropped: the job looks at the state."""
    for endpoint_id in session.scalars(select(WebhookEndpoint.id)):
        jobs.wake(session, tenant_id=event.subject, endpoint_id=endpoint_id)


def hear(session: Session, event: Event) -> None:
    """Keep an event that somebody outside hears of, with the job that finds out who."""
    hears = event.context.hears
    if hears is None:
        hears = frozenset(session.scalar(_HEARS, {"tenant": event.context.tenant_id}) or ())
    if event.name in hears or EVERY in hears:
        outbox.keep(session, event)
        jobs.fan_out(session, tenant_id=event.context.tenant_id, event_id=event.id)
