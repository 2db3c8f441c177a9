"""Pages of the quotas of reveals: what holds for whom, set one, let one go, and what held before."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.approvals.models import Approval
from core.db.base import db
from core.engagements.queries import engagement_rows
from core.errors import Conflict, DomainError, Invalid
from core.identity.roles import ROLES
from core.privacy import policy, reveal_limits
from core.privacy.models import LIMITS
from core.privacy.reveal_limits import Wanted
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("reveal_limits", __name__)


@pages.page("/reveals/limits", permission=policy.READ)
def index() -> ResponseReturnValue:
    return _page()


@pages.page("/reveals/limits", permission=policy.LIMIT, methods=["POST"])
def save() -> ResponseReturnValue:
    try:
        made = reveal_limits.set_limit(db.session(), context=context(), wanted=_wanted())
    except (Invalid, Conflict) as error:
        return _again(error)
    return _done(
        _("A second person approves it. Until then nothing changes") if isinstance(made, Approval) else _("Saved")
    )


@pages.page("/reveals/limits/<uuid:reveal_limit_id>/end", permission=policy.LIMIT, methods=["POST"])
def end(reveal_limit_id: UUID) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    try:
        reveal_limits.end_limit(db.session(), context=context(), limit_id=reveal_limit_id, reason=reason)
    except (Invalid, Conflict) as error:
        return _again(error)
    return _done(_("A second person approves it. Until then nothing changes"))


def _wanted() -> Wanted:
    form = request.form
    engagement = form.get("engagement_id", "")
    try:
        engagement_id = UUID(engagement) if engagement else None
    except ValueError:
        engagement_id = UUID(int=0)
    return Wanted(
        key=form.get("key", ""), value=form_number("value"), role=form.get("role", ""), engagement_id=engagement_id,
        reason=form.get("reason", ""),
    )  # fmt: skip


def _again(error: DomainError) -> ResponseReturnValue:
    afresh(error)
    return _page(error=error), error.status


def _done(said: str) -> ResponseReturnValue:
    db.session.commit()
    toast(said)
    return redirect(url_for("reveal_limits.index"), code=303)


def _page(*, error: DomainError | None = None) -> str:
    session, actor = db.session(), context()
    rows = reveal_limits.standing(session)
    return render_template(
        "privacy/limits.html",
        product=[(reveal_limits.NAMES[key], reveal_limits.product(key, context=actor)) for key in LIMITS],
        rows=rows,
        waiting={row.id: reveal_limits.waiting(session, limit_id=row.id) for row in rows},
        before=reveal_limits.history(session),
        names=reveal_limits.NAMES,
        roles=ROLES,
        controls=_controls(errors_of(error) if error else {}),
        wrong=errors_of(error) if error else {},
    )


def _controls(errors: dict[str, str]) -> list[Control]:
    engagements = [
        (str(row.id), f"{row.provider_name} · {row.name}")
        for row in engagement_rows(db.session())
        if row.provider_name and row.state != "closed"
    ]
    made = [
        control("key", _("Which quota"), kind="select", required=True,
                options=[(key, label(words)) for key, words in reveal_limits.NAMES.items()], value="hard_hour"),
        control("value", _("At most"), kind="number", required=True, attrs={"min": 0},
                help=_("It may only tighten the product's number.")),
        control("engagement_id", _("Of which provider's people"), kind="select", options=engagements,
                placeholder=_("Everybody")),
        control("role", _("Of which role"), kind="select", placeholder=_("Every role"),
                options=[(key, label(role.label)) for key, role in ROLES.items()]),
        control("reason", _("Why"), required=True, maxlength=500, autocomplete="off"),
    ]  # fmt: skip
    return filled(made, values=request.form, errors=errors)
