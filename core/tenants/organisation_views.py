"""Settings of the organisation: its data, its looks, its address, and the steps of its life."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import DomainError, NotFound
from core.tenants import address, brand, organisation, organisation_screen, policy
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import form_number
from core.web.routes import Pages

pages = Pages("organisation", __name__)
pages.nav(section="settings", key="organisation", label=_l("Organisation settings"), icon="building", endpoint="organisation.show",
          permission=policy.SEE, order=10)  # fmt: skip
LOGO = "default-src 'none'; sandbox"


@pages.page("/organisation", permission=policy.SEE)
def show() -> ResponseReturnValue:
    return render_template("tenants/organisation.html", **organisation_screen.data())


@pages.page("/organisation", permission=policy.MANAGE, methods=["POST"])
def save() -> ResponseReturnValue:
    values = {name: request.form[name] for name in organisation.FIELDS if name in request.form}
    try:
        organisation.change(db.session(), context=context(), values=values, version=form_number("version"))
    except DomainError as error:
        afresh(error)
        return render_template("tenants/organisation.html", **organisation_screen.data(error=error)), error.status
    db.session.commit()
    toast(_("The organisation is saved"))
    return redirect(url_for("organisation.show"), code=303)


@pages.page("/organisation/brand", permission=policy.SEE)
def looks() -> ResponseReturnValue:
    return render_template("tenants/brand.html", **organisation_screen.looks())


@pages.page("/organisation/brand", permission=policy.MANAGE, methods=["POST"])
def paint() -> ResponseReturnValue:
    try:
        _paint()
    except DomainError as error:
        afresh(error)
        return render_template("tenants/brand.html", **organisation_screen.looks(error=error)), error.status
    db.session.commit()
    toast(_("The appearance is saved"))
    return redirect(url_for("organisation.looks"), code=303)


def _paint() -> None:
    form, logo = request.form, request.files.get("logo")
    brand.set_colours(
        db.session(), context=context(), accent=form.get("accent", ""), accent_dark=form.get("accent_dark", ""),
        door=bool(form.get("door")),
    )  # fmt: skip
    if form.get("remove_logo"):
        brand.remove_logo(db.session(), context=context())
    elif logo is not None and logo.filename:
        brand.set_logo(db.session(), context=context(), raw=logo.stream.read(brand.LOGO_BYTES + 1))


@pages.page("/organisation/address", permission=policy.SEE)
def addresses() -> ResponseReturnValue:
    return render_template("tenants/address.html", rows=address.addresses(db.session()), error=None, typed="")


@pages.page("/organisation/address", permission=policy.MANAGE, methods=["POST"])
def move() -> ResponseReturnValue:
    typed = request.form.get("slug", "").strip().lower()
    try:
        address.change(db.session(), context=context(), slug=typed)
    except DomainError as error:
        afresh(error)
        rows = address.addresses(db.session())
        return render_template("tenants/address.html", rows=rows, error=error, typed=typed), error.status
    db.session.commit()
    toast(_("The workspace is at /t/%(address)s/ now", address=typed), detail=_("The old address leads here."))
    return redirect(url_for("organisation.addresses", workspace=typed), code=303)


@pages.page("/organisation/history", permission=policy.SEE)
def history() -> ResponseReturnValue:
    return render_template("tenants/history.html", **organisation_screen.history())


@pages.page("/brand.css", permission=None)
def stylesheet() -> ResponseReturnValue:
    return _css(context().brand.accent, context().brand.accent_dark)


@pages.page("/brand/logo", permission=None)
def logo() -> ResponseReturnValue:
    return _picture(brand.logo_file(db.session(), context=context()))


@pages.page("/brand/<slug>.css", permission=None, public=True)
def door_stylesheet(slug: str) -> ResponseReturnValue:
    """The colours of a workspace that shows itself at the sign-in form."""
    door = brand.door_of(db.session(), slug=slug)
    return _css(door.accent if door else "", door.accent_dark if door else "")


@pages.page("/brand/<slug>/logo", permission=None, public=True)
def door_logo(slug: str) -> ResponseReturnValue:
    """The logo of a workspace that shows itself at the sign-in form and in mails."""
    return _picture(brand.door_logo(db.session(), slug=slug))


def _css(accent: str, accent_dark: str) -> Response:
    made = Response(brand.stylesheet(accent, accent_dark), mimetype="text/css")
    made.headers["Cache-Control"] = "private, max-age=300"
    return made


def _picture(found: organisation_screen.Picture | None) -> ResponseReturnValue:
    if found is None or not found[0].is_file():
        raise NotFound
    made = send_file(found[0], mimetype=found[1], download_name="logo", max_age=300)
    made.headers["Content-Security-Policy"] = LOGO
    made.headers["Content-Disposition"] = "inline; filename=logo"
    return made
