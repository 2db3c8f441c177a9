"""The door of single sign-on: by address or workspace to the provider, and back from it with a session."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.db.base import db
from core.errors import DomainError
from core.identity.visits import config, forget_secret, hand_secret, local_path, secret_of, visit
from core.sso import domains, service
from core.sso.service import Answer, Site
from core.web.routes import Pages
from core.web.security import renew_session_token

pages = Pages("sso", __name__)


@pages.page("/sso", permission=None, public=True)
def start() -> ResponseReturnValue:
    return render_template("sso/start.html", address="", ways=None, error=None, then=_then())


@pages.page("/sso", permission=None, public=True, methods=["POST"])
def find() -> ResponseReturnValue:
    """By the domain of an address. Browsers follow no form to another site here, so the answer is a link."""
    address = request.form.get("email", "").strip()
    places = domains.workspaces_at(db.session(), address=address) if "@" in address else []
    ways = [way for slug, _name in places for way in service.ways(db.session(), workspace=slug)]
    status = 200 if ways else 422
    return render_template("sso/start.html", address=address, ways=ways, error=None, then=_then()), status


@pages.page("/sso/<slug>", permission=None, public=True)
def choose(slug: str) -> ResponseReturnValue:
    """The providers of one workspace; with only one, straight to it."""
    ways = service.ways(db.session(), workspace=slug)
    if len(ways) == 1:
        return go(slug, str(ways[0].provider_id))
    return render_template("sso/start.html", address="", ways=ways, error=None, then=_then()), 200 if ways else 404


@pages.page("/sso/<slug>/<provider>", permission=None, public=True)
def go(slug: str, provider: str) -> ResponseReturnValue:
    try:
        url, secret = service.begin(
            db.session(), workspace=slug, provider_id=UUID(provider), site=site(), then=_then() or f"/t/{slug}/",
            hint=request.args.get("hint"), again="again" in request.args,
        )  # fmt: skip
    except (DomainError, ValueError) as error:
        db.session.rollback()
        return _refused(error, slug)
    response = redirect(url)
    hand_secret(response, purpose="sso", secret=secret)
    return response


@pages.page("/sso/callback", permission=None, public=True)
def callback() -> ResponseReturnValue:
    said = Answer(
        state=request.args.get("state", ""), code=request.args.get("code", ""), error=request.args.get("error", ""),
        issuer=request.args.get("iss", ""),
    )  # fmt: skip
    try:
        token, then = service.finish(db.session(), secret=secret_of("sso"), answer=said, site=site(), visit=visit())
    except DomainError as error:
        response = current_app.make_response(_refused(error, None))
    else:
        response = current_app.make_response(redirect(then))
        renew_session_token(token)
    forget_secret(response, purpose="sso")
    return response


def _refused(error: Exception, slug: str | None) -> tuple[str, int]:
    known = isinstance(error, DomainError)
    page = render_template("sso/start.html", address="", ways=None, error=error if known else None, then="", slug=slug)
    return page, error.status if isinstance(error, DomainError) else 404


def _then() -> str:
    return local_path(request.values.get("next"), below=("/t/", "/desk"))


def site() -> Site:
    return Site(callback=f"{config().address}{url_for('sso.callback')}", private=config().private_network)


def door_of(workspace: str, then: str) -> str | None:
    """Where a workspace's own identity provider vouches for somebody; None where it has none."""
    with Session(db.engine) as session:
        found = service.ways(session, workspace=workspace)
    return url_for("sso.choose", slug=workspace, next=then, again=1) if found else None
