"""Errors at the edge: one place maps what went wrong to a status, a page, a fragment or a problem document.

A page gets its error inside the frame it was in, htmx gets a fragment, `/api` and other JSON clients get RFC 9457.
Nothing here asks the database: the transaction may be broken. Only the evidence of a refusal is stored, in a new one.
A fault of ours is logged under the reference it shows.
"""

from __future__ import annotations

import secrets
import traceback
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import psycopg
import structlog
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from core.db.base import db
from core.errors import N_, Conflict, Denied, DomainError, FieldError, Invalid, Stale, keep_evidence
from core.web.current import maybe_context
from core.web.security import SAFE_METHODS, clear_session_cookie, session_token
from core.web.state import Refusal, SignedOut, StepUp, web

LOG = structlog.get_logger(__name__)
SIGN_IN = "/login"


def install_errors(app: Flask) -> None:
    app.register_error_handler(SignedOut, to_sign_in)
    app.register_error_handler(StepUp, to_step_up)
    app.register_error_handler(DomainError, domain_error)
    app.jinja_env.filters["message"] = message
    for fault in (DataError, psycopg.DataError, OverflowError):
        app.register_error_handler(fault, unstorable)
    app.register_error_handler(IntegrityError, overtaken)
    app.register_error_handler(StaleDataError, overtaken)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def is_partial() -> bool:
    """Whether htmx asks for a fragment of the page. Every page varies by this header."""
    return request.headers.get("HX-Request-Type") == "partial"


def wants_problem() -> bool:
    """Whether the answer is for a program: the API, or a client that asks for JSON rather than HTML."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json", "application/problem+json"]) not in {"text/html", None}


def reference() -> str:
    """What a person can read to their administrator, for example `7F21-A0`; the log line carries the same."""
    if "reference" not in g:
        digits = secrets.token_hex(3).upper()
        g.reference = f"{digits[:4]}-{digits[4:]}"
    return str(g.reference)


def to_sign_in(error: SignedOut) -> ResponseReturnValue:
    """The sign-in form, and back here afterwards where that is possible."""
    if wants_problem():
        return problem(401, code="signed_out", detail=_("You are signed out."))
    back = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    known = {name: value for name, value in (("next", back), ("why", error.why)) if value}
    address = f"{SIGN_IN}?{urlencode(known)}" if known else SIGN_IN
    response = (
        Response(status=401, headers={"HX-Redirect": address}) if is_partial() else make_response(redirect(address))
    )
    if session_token() is not None:
        clear_session_cookie(response)
    return response


def to_step_up(error: StepUp) -> ResponseReturnValue:
    """Where one proves who one is; nothing was done, and the act's transaction ends here."""
    db.session.rollback()
    if wants_problem():
        wants = error.context.assurance.wants or ("fresh",)
        return problem(403, code="step_up_required", detail=_(STEP_UP), wants=list(wants))
    answer = web().to_step_up
    assert answer is not None
    return answer(error)


STEP_UP = N_("Prove who you are once more in a browser: this workspace or this act asks for it.")


def domain_error(error: DomainError) -> ResponseReturnValue:
    message = _(error.message, **error.params)
    permission = error.params.get("permission")
    if error.evidence is not None:
        _keep(error)
    if isinstance(error, Denied):
        _record(Refusal(context=maybe_context(), endpoint=request.endpoint, permission=permission, message=str(error)))
    if wants_problem():
        response = problem(
            error.status, code=error.code, detail=message, errors=_field_problems(error), **error.members
        )
    else:
        response = _answer(error.status, message=message, who=web().who_may(permission) if permission else ())
    response.headers.update(error.headers)
    return response


def unstorable(error: Exception) -> ResponseReturnValue:
    """A value that no check of ours refused and the database does not take: a NUL character, a number without end."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    LOG.warning("unstorable", reference=reference(), endpoint=request.endpoint, error=type(error).__name__, trace=trace)
    return domain_error(Invalid(UNSTORABLE))


def overtaken(error: IntegrityError | StaleDataError) -> ResponseReturnValue:
    """Of two who did the same at the same moment the second is told; any other broken rule of the database is our fault."""
    if isinstance(error, StaleDataError):
        return domain_error(Stale())
    if isinstance(error.orig, psycopg.errors.UniqueViolation):
        return domain_error(Conflict())
    return unexpected(error)


UNSTORABLE = N_("Something that was sent cannot be stored: a control character, or a number or date that is too large.")


def http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    response = make_response(problem(error.code, code=_slug(error.code)) if wants_problem() else _answer(error.code))
    for name, value in error.get_headers(request.environ):
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def unexpected(error: Exception) -> ResponseReturnValue:
    # No message and no local variables: they may quote what the log must not hold.
    trace = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("unexpected", reference=reference(), endpoint=request.endpoint, error=type(error).__name__, trace=trace)
    return http_error(InternalServerError())


def problem(
    status: int, *, code: str, detail: str | None = None, errors: list[dict[str, Any]] | None = None, **more: Any
) -> Response:
    """RFC 9457. `type` is a relative address, stable per `code`; `instance` is the reference; `more` are members of its own."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "instance": reference(),
    }
    body |= more
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    response = Response(current_app.json.dumps(body), status=status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response


def message(error: DomainError | FieldError) -> str:
    """What went wrong, in the reader's language."""
    return str(_(error.message, **error.params))


def _field_problems(error: DomainError) -> list[dict[str, Any]]:
    return [
        {**_place(each.field), "code": each.code, "detail": _(each.message, **each.params)} for each in error.errors
    ]


def _place(field: str) -> dict[str, str]:
    """The API names a place in the body (RFC 6901) or, after `?`, a parameter; forms name a field."""
    if field[:1] in ("/", ""):
        return {"pointer": field}
    return {"parameter": field[1:]} if field[0] == "?" else {"field": field}


def _answer(status: int, *, message: str | None = None, who: Any = ()) -> Response:
    g.quiet_shell = True
    values = {"status": status, "reference": reference(), "message": message, "who": list(who)}
    if is_partial():
        return make_response(render_template("errors/fragment.html", **values), status)
    frame = "shell.html" if maybe_context() is not None and status < 500 else "door.html"
    return make_response(render_template("errors/page.html", frame=frame, **values), status)


def _record(refusal: Refusal) -> None:
    for hook in web().on_refusal:
        hook(refusal)


def _keep(error: DomainError) -> None:
    """The evidence of a refusal. That it could not be stored is a fault of ours; the refusal stands all the same."""
    session = db.session()
    try:
        keep_evidence(session, error)
    except SQLAlchemyError as fault:
        session.rollback()
        LOG.error("evidence lost", reference=reference(), code=error.code, error=type(fault).__name__)


def _slug(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
