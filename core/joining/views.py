"""Pages of joining: the sign-up form, its confirmation, and the first steps of a new organisation."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from core.config import Config
from core.db.base import db
from core.errors import DomainError
from core.joining import screen, signup
from core.joining.steps import first_steps
from core.limits import service as limits
from core.tenants import policy
from core.web.current import context
from core.web.routes import Pages

pages = Pages("joining", __name__)
pages.nav(section="settings", key="first_steps", label=_l("First steps"), icon="check", endpoint="joining.welcome",
          permission=policy.MANAGE, order=5)  # fmt: skip


@pages.page("/signup", permission=None, public=True)
def new() -> ResponseReturnValue:
    signup.refuse_closed(open_to_all=_config().sign_up)
    return render_template("joining/signup.html", **screen.form())


@pages.page("/signup/address", permission=None, public=True)
def address() -> ResponseReturnValue:
    """Whether an address is free, said while somebody types; without one, a suggestion made of the name."""
    limits.take(db.engine, budget="sign_up_look", whom=request.remote_addr or "")
    return render_template("joining/_address.html", **screen.address_hint(db.session(), request.args))


@pages.page("/signup", permission=None, methods=["POST"], public=True)
def create() -> ResponseReturnValue:
    signup.refuse_closed(open_to_all=_config().sign_up)
    try:
        asked = screen.asked_of(request.form, session=db.session())
        signup.ask(
            db.session(), engine=db.engine, asked=asked, catalog=screen.catalog(), peer=request.remote_addr or ""
        )
    except DomainError as error:
        db.session.rollback()
        return render_template("joining/signup.html", **screen.form(error=error)), error.status
    db.session.commit()
    return render_template("joining/sent.html", email=asked.email, mail=_config().smtp_url is not None)


@pages.page("/signup/<secret>", permission=None, public=True)
def confirm(secret: str) -> ResponseReturnValue:
    _, asked = signup.waiting(db.session(), secret=secret)
    return render_template("joining/confirm.html", asked=asked, secret=secret, error=None, slug=asked.slug)


@pages.page("/signup/<secret>", permission=None, methods=["POST"], public=True)
def finish(secret: str) -> ResponseReturnValue:
    slug, session = request.form.get("slug", ""), db.session()
    try:
        place = signup.confirm(session, engine=db.engine, secret=secret, password=request.form.get("password", ""),
                               days=_config().trial_days, slug=slug or None)  # fmt: skip
    except DomainError as error:
        session.rollback()
        _, asked = signup.waiting(session, secret=secret)
        return render_template("joining/confirm.html", asked=asked, secret=secret, error=error, slug=slug), error.status
    session.commit()
    return redirect(url_for("identity.login", next=f"/t/{place}/welcome"), code=303)


@pages.page("/welcome", permission=policy.MANAGE)
def welcome() -> ResponseReturnValue:
    steps = first_steps(db.session(), context=context())
    return render_template("joining/welcome.html", steps=steps, done=sum(step.done for step in steps))


def _config() -> Config:
    config: Config = current_app.extensions["kehub"]["config"]
    return config
