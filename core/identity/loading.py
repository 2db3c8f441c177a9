"""What the web edge asks of identity: the context of a page, the workspaces of a person, who may, and where refusals go."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import g, request

from core.audit import service as audit
from core.context import Context
from core.db.base import db
from core.identity import service
from core.identity.roles import roles_with
from core.plugin.types import Label
from core.web.security import session_token
from core.web.state import Refusal, SignedOut, WorkspaceLink

NUMBER = re.compile(r"[0-9a-f]{32}")


def load_context(workspace: str) -> Context | None:
    """The signed-in person's context in a workspace; the transaction's scope is open from here on. Raises SignedOut."""
    token = session_token()
    if token is None:
        return None
    found = service.session_context(db.session(), token=token, workspace=workspace)
    if found is None and not load_workspaces():
        raise SignedOut
    return traced(found)


def load_token(token: str) -> Context | None:
    """The context of an API token; the transaction's scope is open from here on."""
    return service.token_context(db.session(), token=token)


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
    if refusal.context is not None:
        audit.refusal(
            db.engine,
            context=refusal.context,
            action=refusal.permission or "request",
            reason="permission" if refusal.permission else "refused",
            details={"endpoint": refusal.endpoint},
        )
