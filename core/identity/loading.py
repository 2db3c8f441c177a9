"""What the web edge asks of identity: the context of a page, the workspaces of a person, who may, and where refusals go."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import g, request

from core.audit import service as audit
from core.context import Context
from core.db.base import db
from core.identity import access, service, using
from core.identity.roles import roles_with
from core.identity.visits import visit
from core.limits import service as limits
from core.limits.prices import PRICES
from core.limits.service import COUNTER
from core.plugin.types import Label
from core.web.security import session_token
from core.web.state import Refusal, WorkspaceLink

DEVICE_COOKIE = "kehub_device"
"""The key of an enrolled seat: it stays when a person signs out, since it is the seat's."""

NUMBER = re.compile(r"[0-9a-f]{32}")


def load_context(workspace: str) -> Context | None:
    """The signed-in person's context in a workspace; the transaction's scope is open from here on. Raises SignedOut."""
    token = session_token()
    if token is None:
        return None
    peer = request.remote_addr or ""
    found = service.session_context(db.session(), token=token, workspace=workspace, place=place_of_request(), peer=peer)
    if found is None:
        using.refuse_ended(db.session(), token=token, visit=visit())
        return None
    COUNTER.pass_by(budget="user", whom=str(found.user_id))
    pay(found)
    using.note_session(db.engine, context=found, token=token)
    return traced(found)


def load_token(token: str) -> Context | None:
    """The context of an API token; the transaction's scope is open from here on."""
    peer = request.remote_addr or ""
    found = service.token_context(db.session(), token=token, place=place_of_request(), peer=peer)
    if found is not None:
        COUNTER.pass_by(budget="token", whom=str(found.assurance.token_id))
        pay(found)
        using.note_token(db.engine, context=found, token=token)
    return found


def pay(context: Context) -> None:
    """Spend for what has a budget of its own. Raises Spent."""
    budget = PRICES.get(request.endpoint or "")
    if budget is not None and not context.assurance.wants:
        limits.take(db.engine, budget=budget, whom=str(context.participant_id))


def place_of_request() -> str:
    """The network peer and the key of the seat's device, for the seats that a data grant may ask for."""
    key = request.cookies.get(DEVICE_COOKIE)
    return access.place(peer=request.remote_addr, device=service.hashed(key).hex() if key else None)


def traced(found: Context | None) -> Context | None:
    """The same context, knowing the number of its request, so that audit entries and log lines meet."""
    number = request.headers.get("X-Request-Id", "")
    if found is not None and NUMBER.fullmatch(number):
        found.extra["request_id"] = number
    return found


def load_workspaces() -> Sequence[WorkspaceLink]:
    """The workspaces of the signed-in person, asked once per request."""
    token = session_token()
    if token is None:
        return []
    if "workplaces" not in g:
        g.workplaces = service.workplaces(db.session(), token=token)
    return [
        WorkspaceLink(
            slug=place.slug,
            client_name=place.tenant_name,
            provider_name=place.provider_name,
            title=place.engagement_name,
        )
        for place in g.workplaces
    ]


def who_may(permission: str) -> Sequence[str | Label]:
    return [role.label for role in roles_with(permission)]


def note_refusal(refusal: Refusal) -> None:
    """A refusal is evidence: it is written after the act was rolled back, in a transaction of its own."""
    db.session.rollback()
    if refusal.context is not None and using.worth_noting(db.engine, refusal):
        audit.refusal(
            db.engine,
            context=refusal.context,
            action=refusal.permission or "request",
            reason=refusal.context.withheld or ("permission" if refusal.permission else "refused"),
            details={"endpoint": refusal.endpoint},
        )
