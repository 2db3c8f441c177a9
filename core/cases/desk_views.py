"""The page of the desk over many workspaces: signed in, in none of them."""

from __future__ import annotations

from flask import current_app, g, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.cases.desk import Place, desk
from core.db.base import db
from core.identity import accounts, service
from core.identity.loading import load_context
from core.web.routes import Pages
from core.web.security import session_token
from core.web.state import SignedOut

pages = Pages("desk", __name__)


@pages.page("/desk", permission=None, public=True)
def show() -> ResponseReturnValue:
    token = session_token()
    person = accounts.account(db.session(), token=token) if token else None
    if token is None or person is None:
        raise SignedOut
    places = service.workplaces(db.session(), token=token)
    view_of = current_app.extensions["kehub"]["view_of"]
    drawn = [(each, _drawn(each)) for each in desk(db.session(), places=places, opened=load_context, view_of=view_of)]
    return render_template("cases/desk.html", person=person, places=drawn)


def _drawn(place: Place) -> Markup:
    """In the words, zone and addresses of its own workspace; nothing of it is left for the next."""
    g.context = place.context
    try:
        return Markup(render_template("cases/desk_place.html", at=place))  # noqa: S704 - a template's own output
    finally:
        g.pop("context", None)
        g.pop("catalog_view", None)
