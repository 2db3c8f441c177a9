"""Pages of webhooks: the addresses, one with what was sent to it, and one delivery with its tries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import Conflict, Invalid
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.routes import Pages
from core.webhooks import policy, queries, sending, service
from core.webhooks.models import SENDING
from core.webhooks.service import EVERY, Settings

pages = Pages("webhooks", __name__)
pages.nav(
    section="settings", key="webhooks", label=_l("Webhooks"), icon="link", endpoint="webhooks.index",
    permission=policy.READ, order=95,
)  # fmt: skip

STATES = {
    "waiting": (_l("Waiting"), "warn"), "delivered": (_l("Delivered"), "ok"), "failed": (_l("Failed"), "bad"),
    "cancelled": (_l("Cancelled"), "mute"),
}  # fmt: skip


@pages.page("/webhooks", permission=policy.READ)
def index() -> str:
    session = db.session()
    return render_template("webhooks/index.html", rows=queries.endpoint_rows(session), counts=queries.counted(session))


@pages.page("/webhooks/new", permission=policy.MANAGE)
def new() -> str:
    return _form(None)


@pages.page("/webhooks/new", permission=policy.MANAGE, methods=["POST"])
def add() -> ResponseReturnValue:
    try:
        row, secret = service.add(db.session(), context=context(), settings=_settings(), private=_private())
    except (Invalid, Conflict) as error:
        db.session.rollback()
        return _form(None, error), error.status
    shown = _page(row.id, secret=secret)
    db.session.commit()
    return shown


@pages.page("/webhooks/<uuid:endpoint_id>", permission=policy.READ)
def show(endpoint_id: UUID) -> str:
    return _page(endpoint_id)


@pages.page("/webhooks/<uuid:endpoint_id>/edit", permission=policy.MANAGE)
def edit(endpoint_id: UUID) -> str:
    return _form(queries.endpoint_row(db.session(), endpoint_id=endpoint_id))


@pages.page("/webhooks/<uuid:endpoint_id>/edit", permission=policy.MANAGE, methods=["POST"])
def change(endpoint_id: UUID) -> ResponseReturnValue:
    session, row = db.session(), queries.endpoint_row(db.session(), endpoint_id=endpoint_id)
    try:
        service.change(
            session, context=context(), endpoint_id=endpoint_id, settings=_settings(), private=_private(),
            version=form_number("version"),
        )  # fmt: skip
    except Invalid as error:
        return _form(row, error), error.status
    return _done(_("Saved"), endpoint_id)


@pages.page("/webhooks/<uuid:endpoint_id>/switch", permission=policy.MANAGE, methods=["POST"])
def switch(endpoint_id: UUID) -> ResponseReturnValue:
    on = request.form.get("on") == "yes"
    service.switch(db.session(), context=context(), endpoint_id=endpoint_id, on=on, version=form_number("version"))
    return _done(
        _("Switched on. What waited is sent now.") if on else _("Switched off. What is due waits."), endpoint_id
    )


@pages.page("/webhooks/<uuid:endpoint_id>/secret", permission=policy.MANAGE, methods=["POST"])
def rotate(endpoint_id: UUID) -> str:
    at_once = request.form.get("at_once") == "yes"
    _row, secret = service.rotate(
        db.session(), context=context(), endpoint_id=endpoint_id, at_once=at_once, version=form_number("version")
    )
    shown = _page(endpoint_id, secret=secret)
    db.session.commit()
    return shown


@pages.page("/webhooks/<uuid:endpoint_id>/test", permission=policy.MANAGE, methods=["POST"])
def test(endpoint_id: UUID) -> ResponseReturnValue:
    service.test(db.session(), context=context(), endpoint_id=endpoint_id)
    return _done(_("A test is on its way"), endpoint_id)


@pages.page("/webhooks/<uuid:endpoint_id>/resend", permission=policy.MANAGE, methods=["POST"])
def resend_failed(endpoint_id: UUID) -> ResponseReturnValue:
    count = service.resend_failed(db.session(), context=context(), endpoint_id=endpoint_id)
    return _done(ngettext("%(num)s event is sent again", "%(num)s events are sent again", count), endpoint_id)


@pages.page("/webhooks/<uuid:endpoint_id>/remove", permission=policy.MANAGE, methods=["POST"])
def remove(endpoint_id: UUID) -> ResponseReturnValue:
    service.remove(db.session(), context=context(), endpoint_id=endpoint_id, version=form_number("version"))
    to = url_for("webhooks.index")
    db.session.commit()
    toast(_("Removed. Nothing more is sent to it."))
    return redirect(to, 303)


@pages.page("/webhooks/deliveries/<uuid:delivery_id>", permission=policy.READ)
def delivery(delivery_id: UUID) -> str:
    session, row = db.session(), queries.delivery_row(db.session(), delivery_id=delivery_id)
    body = orjson.loads(queries.body_of(session, event_id=row.event_id))
    return render_template(
        "webhooks/delivery.html",
        row=row,
        endpoint=queries.endpoint_row(session, endpoint_id=row.endpoint_id),
        tries=queries.tries_of(session, delivery_id=delivery_id),
        body=orjson.dumps(body, option=orjson.OPT_INDENT_2).decode(),
        states=STATES,
        errors=sending.ERRORS,
        held=_held,
    )


@pages.page("/webhooks/deliveries/<uuid:delivery_id>/resend", permission=policy.MANAGE, methods=["POST"])
def resend(delivery_id: UUID) -> ResponseReturnValue:
    service.resend(db.session(), context=context(), delivery_id=delivery_id)
    to = url_for("webhooks.delivery", delivery_id=delivery_id)
    db.session.commit()
    toast(_("It is sent again"))
    return redirect(to, 303)


def _done(words: str, endpoint_id: UUID) -> ResponseReturnValue:
    to = url_for("webhooks.show", endpoint_id=endpoint_id)
    db.session.commit()
    toast(words)
    return redirect(to, 303)


def _page(endpoint_id: UUID, *, secret: str | None = None) -> str:
    session, state, event = db.session(), request.args.get("state", ""), request.args.get("event", "")
    found = queries.delivery_page(
        session, endpoint_id=endpoint_id, state=state if state in SENDING else None, event=event or None,
        after=request.args.get("after"),
    )  # fmt: skip
    return render_template(
        "webhooks/endpoint.html", row=queries.endpoint_row(session, endpoint_id=endpoint_id), page=found, secret=secret,
        states=STATES, errors=sending.ERRORS, state=state, event=event, every=EVERY,
        counts=queries.counted(session).get(endpoint_id, {}), held=_held,
    )  # fmt: skip


def _held(endpoint: Any) -> str | None:
    """Why what waits for an address is not sent now, in words."""
    said = sending.HELD.get(sending.held_by(endpoint.state, context().life.state) or "")
    return gettext(said) if said else None


def _form(row: Any, error: Invalid | Conflict | None = None) -> str:
    shown = {**request.form.to_dict(), "events": request.form.getlist("events")} if error is not None else _values(row)
    controls = filled(_controls(), values=shown, errors=errors_of(error) if isinstance(error, Invalid) else {})
    whole = error if isinstance(error, Conflict) else None
    return render_template("webhooks/form.html", row=row, controls=controls, failed=error is not None, whole=whole)


def _values(row: Any) -> dict[str, Any]:
    return {} if row is None else {"name": row.name, "url": row.url, "events": row.events}


def _settings() -> Settings:
    form = request.form
    return Settings(name=form.get("name", ""), url=form.get("url", ""), events=form.getlist("events"))


def _controls() -> list[Control]:
    events = [
        (EVERY, str(_("Every event, those of later releases too"))),
        *((each, each) for each in service.offered()),
    ]
    return [
        control("name", _("Name"), required=True, maxlength=service.NAME,
                help=_("What listens there, such as the data warehouse.")),
        control("url", _("Address"), kind="text", required=True, maxlength=service.URL, help=_("Public, and https.")),
        control("events", _("Events"), kind="checks", options=events, required=True),
    ]  # fmt: skip


def _private() -> bool:
    return bool(current_app.extensions["kehub"]["config"].private_network)
