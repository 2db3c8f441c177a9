"""What is done on the tabs of seats and people: register a site, a seat, enrol a device, write a profile down."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.db.base import db
from core.engagements import policy, screen, seats
from core.errors import N_, Conflict, Denied, Invalid
from core.identity.loading import DEVICE_COOKIE
from core.web.current import context
from core.web.flash import toast
from core.web.routes import Pages

pages = Pages("seats", __name__)
TEN_YEARS = 10 * 365 * 24 * 3600


@pages.page("/engagements/<uuid:engagement_id>/sites", permission=policy.SEATS, methods=["POST"])
def add_site(engagement_id: UUID) -> ResponseReturnValue:
    form = request.form
    try:
        seats.add_site(
            db.session(), context=context(), engagement_id=engagement_id, name=form.get("name", ""),
            country=form.get("country", ""), city=form.get("city", ""), kind=form.get("kind", "provider_site"),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return screen.again(engagement_id, tab="seats", error=error), error.status
    return _done(engagement_id, "seats", _("The site is registered"))


@pages.page("/engagements/<uuid:engagement_id>/seats", permission=policy.SEATS, methods=["POST"])
def add_seat(engagement_id: UUID) -> ResponseReturnValue:
    form = request.form
    try:
        seats.add_seat(
            db.session(), context=context(), engagement_id=engagement_id, site_id=_id(form.get("site_id")),
            label=form.get("label", ""), network=form.get("network", ""), needs_device=bool(form.get("needs_device")),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return screen.again(engagement_id, tab="seats", error=error), error.status
    return _done(engagement_id, "seats", _("The seat is registered. The client lets it in"))


@pages.page("/engagements/<uuid:engagement_id>/seats/<uuid:seat_id>/state", permission=policy.SEATS, methods=["POST"])
def set_state(engagement_id: UUID, seat_id: UUID) -> ResponseReturnValue:
    try:
        state = request.form.get("state", "")
        seats.set_seat(db.session(), context=context(), engagement_id=engagement_id, seat_id=seat_id, state=state)
    except (Conflict, Denied) as error:
        return screen.again(engagement_id, tab="seats", error=error), error.status
    return _done(engagement_id, "seats", _("Saved"))


@pages.page("/engagements/<uuid:engagement_id>/seats/<uuid:seat_id>/device", permission=policy.SEATS, methods=["POST"])
def enrol(engagement_id: UUID, seat_id: UUID) -> ResponseReturnValue:
    """The browser that asks becomes the seat's device."""
    try:
        key = seats.enrol(db.session(), context=context(), engagement_id=engagement_id, seat_id=seat_id)
    except Conflict as error:
        return screen.again(engagement_id, tab="seats", error=error), error.status
    answer = _done(engagement_id, "seats", _("This device is the seat's now"))
    answer.set_cookie(DEVICE_COOKIE, key, max_age=TEN_YEARS, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


@pages.page("/engagements/<uuid:engagement_id>/people/<uuid:person_id>", permission=policy.SEATS, methods=["POST"])
def save_profile(engagement_id: UUID, person_id: UUID) -> ResponseReturnValue:
    try:
        seats.save_profile(
            db.session(), context=context(), engagement_id=engagement_id, participant_id=person_id, values=_profile()
        )
    except Invalid as error:
        return screen.again(engagement_id, tab="people", error=error), error.status
    return _done(engagement_id, "people", _("Saved"))


def _profile() -> dict[str, Any]:
    form = request.form
    certificates = []
    for line in form.get("certificates", "").splitlines():
        key, _apart, day = line.rpartition(" ")
        if line.strip():
            certificates.append({"key": key, "valid_to": day})
    return {
        "skills": form.get("skills", "").replace("，", ",").split(","),
        "languages": form.get("languages", "").replace("，", ",").split(","),
        "certificates": certificates,
        "nda_signed_on": _day("nda_signed_on"),
        "checked_on": _day("checked_on"),
        "site_id": _id(form.get("site_id")) if form.get("site_id") else None,
    }


def _day(name: str) -> date | None:
    text = request.form.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(N_("This is no date."), field=name) from None


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise Invalid(N_("Choose sites of this engagement."), field="site_id") from None


def _done(engagement_id: UUID, tab: str, said: str) -> Response:
    db.session.commit()
    toast(said)
    return redirect(url_for("engagements.show", engagement_id=engagement_id, tab=tab), code=303)
