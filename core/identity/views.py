"""Sign-in, sign-out and the choice of a workspace."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.db.base import db
from core.errors import DomainError
from core.identity import service
from core.web.routes import Pages
from core.web.security import clear_session_cookie, session_token, set_session_cookie

pages = Pages("identity", __name__)


@pages.page("/", permission=None, public=True)
def start() -> ResponseReturnValue:
    """The workspaces of a signed-in person; with only one, straight into it."""
    token = session_token()
    places = service.workplaces(db.session(), token=token) if token else []
    if not places:
        return redirect(url_for("identity.login"))
    if len(places) == 1:
        return redirect(f"/t/{places[0].slug}/")
    return render_template("identity/workspaces.html", places=places)


@pages.page("/login", permission=None, public=True)
def login() -> ResponseReturnValue:
    return render_template("identity/login.html", address="", error=None, next=_next())


@pages.page("/login", permission=None, methods=["POST"], public=True)
def sign_in() -> ResponseReturnValue:
    address, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        token = service.sign_in(db.session(), address=address, password=password, visit=_visit())
    except DomainError as error:
        return render_template("identity/login.html", address=address, error=error, next=_next()), error.status
    response = redirect(_next() or url_for("identity.start"))
    set_session_cookie(response, token)
    return response


@pages.page("/logout", permission=None, methods=["POST"], public=True)
def sign_out() -> ResponseReturnValue:
    token = session_token()
    if token:
        service.sign_out(db.session(), token=token)
    response = redirect(url_for("identity.login"))
    clear_session_cookie(response)
    return response


def _visit() -> service.Visit:
    return service.Visit(
        peer=request.remote_addr or "",
        previous=session_token(),
        agent=request.headers.get("User-Agent", ""),
        hours=current_app.extensions["kehub"]["config"].session_hours,
    )


def _next() -> str:
    """Where to go after signing in: a path of this site only."""
    wanted = request.values.get("next", "")
    return wanted if wanted.startswith("/t/") and "\\" not in wanted else ""
