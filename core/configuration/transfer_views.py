"""A configuration taken out as a file, looked at before it is brought in, and brought in."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.configuration import document, policy, transfer
from core.configuration import transfer_screen as screen
from core.configuration.parameter_screen import today
from core.configuration.view import make_view
from core.context import Context
from core.db.base import db
from core.errors import DomainError, Invalid, Stale
from core.plugin.catalog import CatalogView
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages

pages = Pages("configuration_files", __name__)


@pages.page("/settings/export", permission=policy.MANAGE, methods=["POST"], while_read_only="an export")
def export() -> ResponseReturnValue:
    """By POST: it is an act that the trail notes."""
    text = transfer.export(db.session(), context=context(), view=catalog_view(), on=today())
    name = f"kehub-configuration-{today().isoformat()}.json"
    db.session.commit()
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, mimetype="application/json", headers=headers)


@pages.page("/settings/import", permission=policy.MANAGE)
def upload() -> ResponseReturnValue:
    return _upload({})


@pages.page("/settings/import", permission=policy.MANAGE, methods=["POST"])
def preview() -> ResponseReturnValue:
    """What the file would change. Nothing is kept of it."""
    sent = request.files.get("file")
    raw = sent.stream.read(document.LIMIT + 1) if sent is not None else b""
    if not raw:
        return _upload({"file": _("Choose a file.")}), 422
    return _preview(raw)


@pages.page("/settings/import/apply", permission=policy.MANAGE, methods=["POST"])
def apply() -> ResponseReturnValue:
    raw, form = request.form.get("document", "").encode(), request.form
    try:
        with db.session.begin_nested():
            plan = transfer.bring_in(
                db.session(), context=context(), raw=raw, on=today(), make_view=fresh_view,
                reason=form.get("reason", ""), digest=form.get("digest", ""),
            )  # fmt: skip
    except (Invalid, Stale) as error:
        return _again(raw, error)
    db.session.commit()
    toast(screen.told(plan))
    return redirect(url_for("configuration.index"), code=303)


def fresh_view(session: Session, context: Context) -> CatalogView:
    return make_view(session, context=context, catalog=current_app.extensions["kehub"]["catalog"])


def _preview(
    raw: bytes, *, status: int = 200, errors: Mapping[str, str] | None = None, note: str = ""
) -> ResponseReturnValue:
    try:
        plan = transfer.rehearse(db.session(), context=context(), raw=raw, on=today(), make_view=fresh_view)
    except Invalid as error:
        return _upload(errors_of(error)), 422
    page = render_template(
        "configuration/preview.html",
        plan=plan,
        shown=[screen.ShownChange(each, catalog_view()) for each in plan.changes],
        document=raw.decode("utf-8-sig"),
        reason=screen.reason_control(request.form.get("reason"), (errors or {}).get("reason")),
        note=note,
    )
    return page, status


def _again(raw: bytes, error: DomainError) -> ResponseReturnValue:
    """The preview as it is now, with why nothing was done."""
    db.session.expire_all()
    wrong = {"reason": _(error.message)} if error.field == "reason" else {}
    note = "" if wrong else _(error.message, **error.params)
    return _preview(raw, status=error.status, errors=wrong, note=note)


def _upload(errors: Mapping[str, str]) -> str:
    return render_template(
        "configuration/import.html", controls=[screen.file_control(errors.get("file"))],
        wrong=[(place, text) for place, text in errors.items() if place != "file"],
    )  # fmt: skip
