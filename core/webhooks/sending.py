"""Who hears of an event, and one try after the other to tell them.

A try that fails is followed by another after each of `WAITS`; after the last the delivery is given up and can be sent again by
hand. What was due at an address that could not be reached a moment ago counts as tried, so that a dead host costs one call and
not one for each event. An address that says it is gone (410), or that nothing has reached for `PATIENCE`, is stopped and its
owners are told.

While the organisation is suspended what is due waits, and goes out once it is active again. When it closes, what waits is
cancelled, and the log says why: called back, it can be sent again by hand. The state of a provider does not matter here: what is
told is the client's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
import structlog
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.context import READ_ONLY, Context
from core.errors import N_
from core.events.models import OutboxEvent
from core.jobs.tasks import job_context
from core.notify.service import tell
from core.outside import Outside, Refused
from core.tenants.models import Tenant
from core.webhooks import policy, signing
from core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookTry

LOG = structlog.get_logger(__name__)
WAITS = tuple(timedelta(seconds=each) for each in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600))
"""Between one try and the next (Standard Webhooks 1.0, retry schedule)."""
PATIENCE = timedelta(days=5)
LONGEST_WAIT = timedelta(hours=24)
SLICE_SECONDS = 1.0

ERRORS = {
    "timeout": N_("It did not answer in time."),
    "unreachable": N_("It cannot be reached."),
    "a_moment_ago": N_("It could not be reached a moment ago, so it was not called."),
    "refused": N_(
        "The address is none that may be called: it is private, not https, or its answer redirects or is too large."
    ),
    "status": N_("It answered with an error."),
    "gone": N_("It answered that it is gone, and was stopped."),
    "closing": N_("The organisation is closing, so it was not sent."),
}
"""Why a try failed, in the words of the page."""

LEAVING = ("closing", "deleted")
"""States of an organisation in which nothing is sent any more."""

HELD = {
    "suspended": N_("Waits while the organisation is suspended."),
    "off": N_("Waits while the address is off."),
    "stopped": N_("Waits while the address is stopped."),
}
"""Why what is due is not sent now."""


def held_by(endpoint_state: str, life: str) -> str | None:
    """What keeps an address's deliveries back, None where nothing does. Of an organisation that leaves they are dropped."""
    if life in READ_ONLY:
        return life
    return None if endpoint_state == "on" else endpoint_state


Inside = Callable[..., Any]
"""`inside(tenant_id, work)`: `work(session)` in one transaction of the tenant."""


def fan_out(session: Session, *, event_id: UUID) -> list[UUID]:
    """Make a delivery of a kept event for every address that hears of it. The addresses."""
    event = session.scalar(select(OutboxEvent).where(OutboxEvent.id == event_id))
    if event is None:
        return []
    names = select(WebhookEndpoint.id, WebhookEndpoint.events).where(WebhookEndpoint.state == "on")
    hearing = [row.id for row in session.execute(names) if "*" in row.events or event.name in row.events]
    known = set(session.scalars(select(WebhookDelivery.endpoint_id).where(WebhookDelivery.event_id == event_id)))
    session.add_all(
        WebhookDelivery(
            endpoint_id=each, event_id=event.id, event_name=event.name, state="waiting", next_at=datetime.now(UTC)
        )
        for each in hearing
        if each not in known
    )
    session.flush()
    return hearing


@dataclass(frozen=True)
class Letter:
    """One delivery, ready to go."""

    delivery_id: UUID
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What came of a try. `retry_after`: how long the address asks to be left alone."""

    took_ms: int = 0
    answer: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def dead(self) -> bool:
        """Whether another call now would fare no better."""
        return self.error in ("timeout", "unreachable", "refused")


@dataclass
class Sender:
    """Sends what is due at one address. `later` are the times of further tries."""

    tenant_id: UUID
    endpoint_id: UUID
    inside: Inside
    later: list[datetime] = field(default_factory=list)

    def run(self) -> bool:
        """Whether more is due now."""
        until, dead = time.monotonic() + SLICE_SECONDS, False
        while time.monotonic() < until:
            letter = self.inside(self.tenant_id, self._next)
            if letter is None:
                return False
            outcome = Outcome(error="a_moment_ago") if dead else call(letter)
            dead = dead or outcome.dead
            at = self.inside(
                self.tenant_id, lambda session, letter=letter, outcome=outcome: self._note(session, letter, outcome)
            )
            if at is not None:
                self.later.append(at)
        return True

    def _next(self, session: Session) -> Letter | None:
        """What has been due longest; nothing while the address is off or the organisation may not send."""
        endpoint = session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.id == self.endpoint_id))
        life = session.scalar(select(Tenant.state).where(Tenant.id == self.tenant_id))
        if life in LEAVING:
            self._drop(session)
        if endpoint is None or held_by(endpoint.state, str(life)) is not None:
            return None
        now = datetime.now(UTC)
        due = (
            select(WebhookDelivery.id, OutboxEvent)
            .join(OutboxEvent, OutboxEvent.id == WebhookDelivery.event_id)
            .where(
                WebhookDelivery.endpoint_id == endpoint.id,
                WebhookDelivery.state == "waiting",
                WebhookDelivery.next_at <= now,
            )
            .order_by(WebhookDelivery.next_at, WebhookDelivery.id)
            .limit(1)
        )
        row = session.execute(due).one_or_none()
        if row is None:
            return None
        delivery_id, event = row
        body = signing.document(event)
        signers = signing.secrets_of(endpoint, now=now)
        return Letter(
            delivery_id, endpoint.url, body, signing.headers(event_id=event.id, body=body, signers=signers, at=now)
        )

    def _drop(self, session: Session) -> None:
        """Cancel what waits: the organisation is going."""
        dropped = session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.endpoint_id == self.endpoint_id, WebhookDelivery.state == "waiting")
            .values(state="cancelled", next_at=None, error="closing", version=WebhookDelivery.version + 1)
            .returning(WebhookDelivery.id),
            execution_options={"synchronize_session": False},
        ).all()
        if dropped:
            LOG.info(
                "webhooks dropped", tenant_id=str(self.tenant_id), endpoint_id=str(self.endpoint_id), count=len(dropped)
            )

    def _note(self, session: Session, letter: Letter, outcome: Outcome) -> datetime | None:
        """Keep what came of a try. When the next is due, if there is to be one."""
        row = session.scalar(select(WebhookDelivery).where(WebhookDelivery.id == letter.delivery_id).with_for_update())
        endpoint = session.scalar(
            select(WebhookEndpoint).where(WebhookEndpoint.id == self.endpoint_id).with_for_update()
        )
        if row is None or endpoint is None or row.state != "waiting":
            return None
        now = datetime.now(UTC)
        _keep_try(session, row, outcome, now)
        row.tries += 1
        row.answer, row.error = outcome.answer, outcome.error
        if outcome.error is None:
            row.state, row.next_at, row.delivered_at, endpoint.failing_since = "delivered", None, now, None
            return None
        endpoint.failing_since = endpoint.failing_since or now
        if outcome.error == "gone":
            row.state, row.next_at = "failed", None
            self._stop(session, endpoint)
            return None
        if row.tries > len(WAITS):
            row.state, row.next_at = "failed", None
            if now - endpoint.failing_since >= PATIENCE:
                self._stop(session, endpoint)
            return None
        row.next_at = now + max(WAITS[row.tries - 1], outcome.retry_after or timedelta())
        return row.next_at

    def _stop(self, session: Session, endpoint: WebhookEndpoint) -> None:
        endpoint.state = "stopped"
        session.flush()
        context: Context = job_context(tenant_id=self.tenant_id, participant_id=None)
        tell(
            session, context=context, kind="webhook.stopped", values={}, subject=("webhook_endpoint", endpoint.id),
            cause=f"webhook.stopped:{endpoint.id}:{endpoint.version}", permission=policy.MANAGE,
        )  # fmt: skip


def _keep_try(session: Session, row: WebhookDelivery, outcome: Outcome, now: datetime) -> None:
    """Numbered on over all sendings: what is sent again by hand keeps its earlier tries."""
    last = session.scalar(
        select(WebhookTry.number).where(WebhookTry.delivery_id == row.id).order_by(WebhookTry.number.desc()).limit(1)
    )
    session.add(
        WebhookTry(
            delivery_id=row.id, number=(last or 0) + 1, tried_at=now, took_ms=outcome.took_ms, answer=outcome.answer,
            error=outcome.error,
        )
    )  # fmt: skip
    session.flush()


def call(letter: Letter) -> Outcome:
    """POST it. Any 2xx is a yes; everything else, a redirect too, is a no."""
    began = time.monotonic()
    try:
        with Outside(private=current_app.extensions["kehub"]["config"].private_network) as client:
            answer = client.post(letter.url, content=letter.body, headers=letter.headers)
    except Exception as failed:
        return Outcome(took_ms=_since(began), error=_named(failed))
    took = _since(began)
    if answer.is_success:
        return Outcome(took_ms=took, answer=answer.status_code)
    error = "gone" if answer.status_code == httpx.codes.GONE else "status"
    return Outcome(took_ms=took, answer=answer.status_code, error=error, retry_after=_retry_after(answer))


def _named(error: Exception) -> str:
    """A try ends in a word, whatever went wrong in it: the other side decides what comes back."""
    if isinstance(error, Refused) or "private" in str(error):
        return "refused"
    return "timeout" if isinstance(error, httpx.TimeoutException) else "unreachable"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """What a 429 or 503 asks for (RFC 9110, 10.2.3), at most a day."""
    said = answer.headers.get("retry-after", "")
    if answer.status_code not in (429, 503) or not said:
        return None
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=int(said[:9])), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(at - datetime.now(UTC), timedelta()), LONGEST_WAIT)
