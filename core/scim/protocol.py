"""A request of `/scim/v2`: reads the token, lets the SCIM server answer, commits what succeeded, keeps what was refused."""

from __future__ import annotations

from functools import cache

import orjson
from flask import Response, current_app, g, request
from scim2_models import PayloadTooLargeException, SCIMException, UnauthorizedException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService

from core.audit import service as audit
from core.context import Context
from core.db.base import db
from core.scim import service
from core.scim.resources import provider
from core.scim.storage import Directory

MOST = 1_000_000
"""Bytes of a request."""
OPEN = "/ServiceProviderConfig"
"""What the server can do: asked before there is a token (RFC 7643, 5)."""


def answered(path: str, *, root: str) -> Response:
    """What the server answers to this request of Flask's."""
    asked = _asked(path, root=root)
    try:
        answer = _served(asked)
    except SCIMException as error:
        _keep(asked, error)
        answer = _protocol().error_response(error)
    body = orjson.dumps(answer.body) if answer.body is not None else b""
    response = Response(body, status=answer.status.value, headers=answer.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _served(asked: ScimRequest) -> ScimResponse:
    """Raises SCIMException; what was done is committed otherwise."""
    if (request.content_length or 0) > MOST:
        raise PayloadTooLargeException
    asked.body = request.get_data()
    session = db.session()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    opened = service.opened(session, token=token.strip()) if scheme.lower() == "bearer" else None
    if opened is None and asked.path != OPEN:
        raise UnauthorizedException
    if opened is None:
        return ScimHandler(_protocol(), Directory(session, context=None, client=None)).handle(asked)  # type: ignore[arg-type]
    context, client = opened
    g.scim_context = context
    answer = ScimHandler(_protocol(), Directory(session, context=context, client=client)).handle(asked)
    session.commit()
    return answer


def _keep(asked: ScimRequest, error: SCIMException) -> None:
    """A write that was refused is evidence; a look-up that found nothing is not."""
    db.session.rollback()
    context: Context | None = g.get("scim_context")
    if context is not None and asked.method != "GET" and error.status in (400, 403, 409):
        details = {"path": asked.path, "method": asked.method}
        audit.refusal(
            db.engine, context=context, action="scim.changed", reason=f"{error.status} {error.detail}"[:300],
            subject=("scim", None), details=details,
        )  # fmt: skip


def _asked(path: str, *, root: str) -> ScimRequest:
    address = current_app.extensions["kehub"]["config"].address
    return ScimRequest(
        method=request.method, base_url=f"{address}{root}", path=f"/{path}".removesuffix(".scim"),
        query=request.args.to_dict(), headers=list(request.headers.items()),
    )  # fmt: skip


@cache
def _protocol() -> ScimService:
    return ScimService(provider())
