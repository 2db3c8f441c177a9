"""Addresses that hear of a tenant's events: named, changed, tested, switched off; and what was sent, sent again.

What is sent holds ids and names of fields only. An address must be HTTPS on the public internet, where the installation has not
opened its own network (`KEHUB_PRIVATE_NETWORK`); it is checked again at every call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import httpcore
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, FieldError, Invalid, NotFound, Stale
from core.events import bus, outbox
from core.outside import public_address
from core.webhooks import jobs, signing
from core.webhooks.events import WebhookTested
from core.webhooks.models import WebhookDelivery, WebhookEndpoint

NAME, URL = 80, 500
MOST = 20
EVERY = "*"
OVERLAP = timedelta(hours=24)
"""How long the secret before signs too, unless somebody wants it gone at once."""

FAULTS = {
    "its address is private": N_("This host is on a private network. Only public addresses are called."),
    "there is no such name": N_("There is no such host."),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """An address as the form has it. `events` are names of events, or `*` alone."""

    name: str
    url: str
    events: Sequence[str]


def offered() -> list[str]:
    """The events one can hear of, in order of their names."""
    return sorted(bus.known().keys() - {WebhookTested.name})


def add(
    session: Session, *, context: Context, settings: Settings, private: bool = False
) -> tuple[WebhookEndpoint, str]:
    """A new address that is on, and its secret, which is shown this once. Raises Invalid, Conflict."""
    if (session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0) >= MOST:
        raise Conflict(N_("There are %(most)s addresses already."), most=MOST)
    _check(settings, private=private)
    secret = signing.new_secret()
    row = WebhookEndpoint(**_values(settings), state="on", secret=signing.sealed(secret, tenant_id=context.tenant_id))
    session.add(row)
    session.flush()
    _note(session, context, row, "added", ["name", "url", "events"])
    return row, secret


def change(
    session: Session,
    *,
    context: Context,
    endpoint_id: UUID,
    settings: Settings,
    version: int | None = None,
    private: bool = False,
) -> WebhookEndpoint:
    """Raises NotFound, Stale, Invalid."""
    row = found(session, endpoint_id=endpoint_id, version=version)
    _check(settings, private=private)
    changed = [name for name, value in _values(settings).items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, _values(settings)[name])
    session.flush()
    if changed:
        _note(session, context, row, "changed", changed)
    return row


def switch(
    session: Session, *, context: Context, endpoint_id: UUID, on: bool, version: int | None = None
) -> WebhookEndpoint:
    """Send to an address, or no more. What waited meanwhile is sent when it is on again. Raises NotFound, Stale."""
    row = found(session, endpoint_id=endpoint_id, version=version)
    if (row.state == "on") != on:
        row.state, row.failing_since = ("on" if on else "off"), None
        session.flush()
        _note(session, context, row, "enabled" if on else "disabled", [])
        if on:
            jobs.wake(session, tenant_id=row.tenant_id, endpoint_id=row.id)
    return row


def rotate(
    session: Session, *, context: Context, endpoint_id: UUID, at_once: bool = False, version: int | None = None
) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once. The one before signs too for a day, unless `at_once`. Raises NotFound, Stale."""
    row = found(session, endpoint_id=endpoint_id, version=version)
    secret = signing.new_secret()
    row.old_secret = None if at_once else row.secret
    row.old_until = None if at_once else datetime.now(UTC) + OVERLAP
    row.secret = signing.sealed(secret, tenant_id=context.tenant_id)
    session.flush()
    _note(session, context, row, "changed", ["secret"])
    return row, secret


def remove(session: Session, *, context: Context, endpoint_id: UUID, version: int | None = None) -> None:
    """Forget an address and what was sent to it. Raises NotFound, Stale."""
    row = found(session, endpoint_id=endpoint_id, version=version)
    _note(session, context, row, "removed", [])
    session.delete(row)
    session.flush()


def test(session: Session, *, context: Context, endpoint_id: UUID) -> WebhookDelivery:
    """Send an event that means nothing to one address. Raises NotFound, and Conflict where it is off."""
    row = found(session, endpoint_id=endpoint_id)
    if row.state != "on":
        raise Conflict(N_("Switch it on first."))
    event = WebhookTested(context=context, subject=row.id)
    outbox.keep(session, event)
    delivery = WebhookDelivery(
        endpoint_id=row.id, event_id=event.id, event_name=event.name, state="waiting", next_at=datetime.now(UTC)
    )
    session.add(delivery)
    session.flush()
    jobs.wake(session, tenant_id=row.tenant_id, endpoint_id=row.id)
    return delivery


def resend(session: Session, *, context: Context, delivery_id: UUID) -> WebhookDelivery:
    """Send one again, with the same id and from the first wait on. Raises NotFound, and Conflict where it waits or is off."""
    row = session.scalar(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update())
    if row is None:
        raise NotFound
    if row.state == "waiting":
        raise Conflict(N_("This is still being sent."))
    endpoint = found(session, endpoint_id=row.endpoint_id)
    _again(session, endpoint, [row])
    _note(session, context, endpoint, "resent", [])
    return row


def resend_failed(session: Session, *, context: Context, endpoint_id: UUID) -> int:
    """Send again what an address never got. How many there are. Raises NotFound, and Conflict where it is off."""
    endpoint = found(session, endpoint_id=endpoint_id)
    failed = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.state.in_(("failed", "cancelled"))
    )
    rows = session.scalars(failed.with_for_update()).all()
    _again(session, endpoint, rows)
    if rows:
        _note(session, context, endpoint, "resent", [])
    return len(rows)


def found(session: Session, *, endpoint_id: UUID, version: int | None = None) -> WebhookEndpoint:
    """Raises NotFound, Stale."""
    row = session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update())
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def _again(session: Session, endpoint: WebhookEndpoint, rows: Iterable[WebhookDelivery]) -> None:
    if endpoint.state != "on":
        raise Conflict(N_("Switch it on first."))
    for row in rows:
        row.state, row.tries, row.next_at, row.delivered_at = "waiting", 0, datetime.now(UTC), None
    session.flush()
    jobs.wake(session, tenant_id=endpoint.tenant_id, endpoint_id=endpoint.id)


def _values(settings: Settings) -> dict[str, object]:
    events = [EVERY] if EVERY in settings.events else sorted(set(settings.events))
    return {"name": settings.name.strip(), "url": settings.url.strip(), "events": events}


def _check(settings: Settings, *, private: bool) -> None:
    wrong = []
    if not 0 < len(settings.name.strip()) <= NAME:
        message = N_("1 to %(longest)s characters.")
        wrong.append(FieldError(field="name", code="length", message=message, params={"longest": NAME}))
    fault = _url_fault(settings.url.strip(), private=private)
    if fault is not None:
        wrong.append(FieldError(field="url", code="url", message=fault))
    unknown = sorted(set(settings.events) - {EVERY, *offered()})
    if unknown:
        message = N_("There is no event %(name)s.")
        wrong.append(FieldError(field="events", code="unknown", message=message, params={"name": unknown[0]}))
    elif not settings.events:
        wrong.append(FieldError(field="events", code="required", message=N_("Choose what it is to hear of.")))
    if wrong:
        raise Invalid(errors=wrong)


def _url_fault(url: str, *, private: bool) -> str | None:
    """What is wrong with an address, as a msgid."""
    parts = _split(url)
    if parts is None or len(url) > URL or not parts.hostname or parts.fragment:
        return N_("An address like https://example.com/hooks.")
    if parts.username is not None or parts.password is not None:
        return N_("No name and password in the address: messages are signed.")
    if private:
        return None if parts.scheme in ("https", "http") else N_("An address like https://example.com/hooks.")
    if parts.scheme != "https":
        return N_("Only https is called.")
    try:
        public_address(parts.hostname, parts.port or 443)
    except httpcore.ConnectError as error:
        return FAULTS.get(str(error), N_("There is no such host."))
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it raises for a port that is none
    except ValueError:
        return None
    return parts


def _note(session: Session, context: Context, row: WebhookEndpoint, act: str, fields: Sequence[str]) -> None:
    audit.append(
        session, context=context, action=f"webhook_endpoint.{act}", subject=("webhook_endpoint", row.id), fields=fields
    )
