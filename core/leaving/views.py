"""Pages of leaving: everything as one file, closing and calling back, and the certificates of deletions."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import orjson
from flask import Response, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.audit import keys
from core.db.base import db
from core.errors import N_, DomainError, Invalid
from core.leaving import certificate, policy, service
from core.tenants import life, organisation
from core.tenants import policy as tenant_policy
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.routes import Pages

pages = Pages("leaving", __name__)
OPEN = "leaving stays open: this is how one goes, or comes back"


@pages.page("/organisation/leaving", permission=tenant_policy.SEE)
def index() -> ResponseReturnValue:
    return _page()


@pages.page("/organisation/export", permission=policy.EXPORT, methods=["POST"], while_read_only=OPEN)
def ask() -> ResponseReturnValue:
    try:
        asked = service.ask_export(db.session(), context=context(), reason=request.form.get("reason", ""))
    except DomainError as error:
        afresh(error)
        return _page(export_error=error), error.status
    number, approval_id = asked.number, asked.id
    db.session.commit()
    toast(_("Request %(number)s waits for a second person", number=number))
    return redirect(url_for("approvals.show", approval_id=approval_id), code=303)


@pages.page("/organisation/export/<uuid:run_id>", permission=policy.EXPORT, step_up=True)
def take(run_id: UUID) -> ResponseReturnValue:
    path, kept = service.take(db.session(), context=context(), run_id=run_id)
    name = kept.name
    db.session.commit()
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.page("/organisation/close", permission=policy.CLOSE, methods=["POST"], while_read_only=OPEN)
def close() -> ResponseReturnValue:
    try:
        _close()
    except DomainError as error:
        afresh(error)
        return _page(close_error=error), error.status
    db.session.commit()
    toast(_("The organisation is closing. Both parties of its engagements are told"), tone="warn")
    return redirect(url_for("leaving.index"), code=303)


def _close() -> None:
    if request.form.get("confirmed", "").strip() != context().tenant_name:
        raise Invalid(N_("Type the organisation's name exactly as it is shown."), field="confirmed")
    days = current_app.extensions["kehub"]["config"].grace_days
    life.move(db.session(), context=context(), event="close", reason=request.form.get("reason"), days=days)


@pages.page("/organisation/call-back", permission=policy.CLOSE, methods=["POST"], while_read_only=OPEN)
def call_back() -> ResponseReturnValue:
    try:
        life.move(db.session(), context=context(), event="call_back")
    except DomainError as error:
        afresh(error)
        return _page(close_error=error), error.status
    db.session.commit()
    toast(_("The closing is called back. Everything is as it was"))
    return redirect(url_for("leaving.index"), code=303)


@pages.page("/deleted/<reference>", permission=None, public=True)
def shown(reference: str) -> ResponseReturnValue:
    row = certificate.issued(db.session(), reference=reference)
    holds = certificate.holds(row.document, sha256=row.sha256, signature=row.signature)
    return render_template("leaving/certificate.html", row=row, paper=row.document, holds=holds, pem=keys.public_pem())


@pages.page("/deleted/<reference>.json", permission=None, public=True)
def document(reference: str) -> ResponseReturnValue:
    row = certificate.issued(db.session(), reference=reference)
    body = {"document": row.document, "sha256": row.sha256, "signature": row.signature, "public_key": keys.public_pem()}
    return Response(orjson.dumps(body, option=orjson.OPT_INDENT_2), mimetype="application/json")


def _page(*, export_error: DomainError | None = None, close_error: DomainError | None = None) -> str:
    session, now = db.session(), datetime.now(UTC)
    row = organisation.organisation(session, context=context())
    return render_template(
        "leaving/index.html", row=row, runs=service.exports(session), certificates=certificate.of_partners(session),
        export_error=export_error, close_error=close_error, typed=request.form, mine=str(context().participant_id),
        over=row.erase_after is not None and row.erase_after <= now, lasts=service.LASTS.days,
        grace=current_app.extensions["kehub"]["config"].grace_days, steps=life.STEPS,
    )  # fmt: skip
