"""Pages of the rights of the person: what was asked, one request with what is to be done, and legal holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.audit import service as audit
from core.customers import service as customers
from core.db.base import db
from core.errors import N_, Conflict, DomainError, Invalid, NotFound
from core.files import service as files
from core.privacy import policy, rights
from core.privacy import rights_queries as queries
from core.privacy.rights_models import CHANNELS, KINDS
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.routes import Pages

pages = Pages("rights", __name__)
pages.nav(
    section="engagement", key="rights", label=_l("Rights of persons"), icon="user", endpoint="rights.index",
    permission=policy.RIGHTS_READ, order=75, count=lambda context: queries.due_count(db.session(), context=context),
    tone="warn",
)  # fmt: skip

KIND_LABELS = {
    "access": _l("Access to what is held"), "portability": _l("Take the data along"), "correction": _l("Correction"),
    "erasure": _l("Erasure"), "restriction": _l("Restriction of use"), "objection": _l("Objection to marketing"),
    "explanation": _l("Explanation"),
}  # fmt: skip
VIA_LABELS = {
    "phone": _l("Phone"), "email": _l("E-mail"), "post": _l("Post"), "visit": _l("Visit"), "chat": _l("Chat"),
    "web": _l("Web form"),
}  # fmt: skip
STATE_LABELS = {
    "open": (_l("Open"), "warn"), "deciding": (_l("A second person decides"), "warn"), "fulfilled": (_l("Fulfilled"), "ok"),
    "refused": (_l("Refused"), "bad"), "withdrawn": (_l("Withdrawn"), "mute"),
}  # fmt: skip


@pages.page("/rights", permission=policy.RIGHTS_READ)
def index() -> str:
    show, kind = request.args.get("show", "open"), request.args.get("kind", "")
    found = queries.request_page(
        db.session(), show=show, kind=kind if kind in KINDS else None, after=request.args.get("after")
    )
    return render_template("privacy/rights.html", page=found, show=show, kind=kind, **_words())


@pages.page("/customers/<uuid:customer_id>/rights", permission=policy.RIGHTS_READ)
def of_customer(customer_id: UUID) -> str:
    return _of_customer(customer_id)


@pages.page("/customers/<uuid:customer_id>/rights", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def register(customer_id: UUID) -> ResponseReturnValue:
    try:
        row = rights.register(db.session(), context=context(), customer_id=customer_id, **_asked())
    except (Invalid, Conflict) as error:
        return _of_customer(customer_id, error), error.status
    return _done(_("Registered"), row.id)


@pages.page("/customers/<uuid:customer_id>/legal-hold", permission=policy.HOLD, methods=["POST"])
def hold(customer_id: UUID) -> ResponseReturnValue:
    on = request.form.get("on") == "yes"
    try:
        rights.hold(
            db.session(), context=context(), customer_id=customer_id, on=on, reason=request.form.get("reason", "")
        )
    except (Invalid, Conflict) as error:
        return _of_customer(customer_id, error), error.status
    to = url_for("rights.of_customer", customer_id=customer_id)
    db.session.commit()
    toast(_("Under a legal hold") if on else _("The legal hold is lifted"))
    return redirect(to, 303)


@pages.page("/rights/<uuid:request_id>", permission=policy.RIGHTS_READ)
def show(request_id: UUID) -> str:
    return _page(request_id)


@pages.page("/rights/<uuid:request_id>/check", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def check(request_id: UUID) -> ResponseReturnValue:
    return _act(request_id, rights.check, _("Noted"), how=request.form.get("how", ""))


@pages.page("/rights/<uuid:request_id>/extend", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def extend(request_id: UUID) -> ResponseReturnValue:
    return _act(request_id, rights.extend, _("The time is extended"), reason=request.form.get("longer", ""))


@pages.page("/rights/<uuid:request_id>/refuse", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def refuse(request_id: UUID) -> ResponseReturnValue:
    return _act(request_id, rights.refuse, _("Refused"), reason=request.form.get("reason", ""))


@pages.page("/rights/<uuid:request_id>/withdraw", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def withdraw(request_id: UUID) -> ResponseReturnValue:
    return _act(request_id, rights.withdraw, _("Withdrawn"))


@pages.page("/rights/<uuid:request_id>/fulfil", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def fulfil(request_id: UUID) -> ResponseReturnValue:
    return _act(request_id, rights.fulfil, _("Done"), answer=request.form.get("answer", ""))


@pages.page("/rights/<uuid:request_id>/package", permission=policy.RIGHTS_MANAGE)
def package(request_id: UUID) -> ResponseReturnValue:
    row = queries.request_row(db.session(), request_id=request_id)
    if row.file_id is None:
        raise NotFound
    kept = files.find(db.session(), file_id=row.file_id)
    audit.append(
        db.session(), context=context(), action="rights_request.package_taken", subject=("rights_request", row.id),
        details={"number": row.number, "sha256": kept.sha256},
    )  # fmt: skip
    path, name = files.path_of(kept.tenant_id, kept.id), kept.name
    db.session.commit()
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name=name)


def _act(request_id: UUID, act: Callable[..., Any], words: str, **given: str) -> ResponseReturnValue:
    try:
        act(db.session(), context=context(), request_id=request_id, version=form_number("version"), **given)
    except (Invalid, Conflict) as error:
        return _page(request_id, error), error.status
    return _done(words, request_id)


def _done(words: str, request_id: UUID) -> ResponseReturnValue:
    to = url_for("rights.show", request_id=request_id)
    db.session.commit()
    toast(words)
    return redirect(to, 303)


def _page(request_id: UUID, error: DomainError | None = None) -> str:
    row = queries.request_row(db.session(), request_id=request_id)
    wrong = errors_of(error) if error is not None else {}
    return render_template("privacy/rights_request.html", row=row, error=error, wrong=wrong, **_words())


def _of_customer(customer_id: UUID, error: DomainError | None = None) -> str:
    session = db.session()
    customer = customers.find(session, customer_id=customer_id)
    controls = filled(
        _controls(), values=request.form.to_dict() if error else {}, errors=errors_of(error) if error else {}
    )
    return render_template(
        "privacy/rights_of.html", customer=customer, controls=controls, error=error,
        rows=queries.request_page(session, show="all", customer_id=customer_id, limit=200).rows, **_words(),
    )  # fmt: skip


def _controls() -> list[Control]:
    return [
        control("kind", _("What is asked"), kind="select", required=True, options=[(key, str(KIND_LABELS[key])) for key in KINDS]),
        control("via", _("How it came"), kind="select", required=True, options=[(key, str(VIA_LABELS[key])) for key in CHANNELS]),
        control("asked_on", _("When it came"), kind="date", help=_("Empty: today. The time to answer runs from here.")),
    ]  # fmt: skip


def _asked() -> dict[str, Any]:
    """Raises Invalid for a day that is none."""
    form, given = request.form, request.form.get("asked_on", "").strip()
    try:
        day = date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid(N_("This is no date."), field="asked_on") from None
    return {"kind": form.get("kind", ""), "via": form.get("via", ""), "asked_on": day}


def _words() -> dict[str, Any]:
    return {"kinds": KIND_LABELS, "states": STATE_LABELS, "vias": VIA_LABELS, "today": queries.today(context())}
