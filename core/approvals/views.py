"""Pages of approvals: what waits for a decision, one request, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.approvals import delegations, policy, queries, service
from core.approvals.shown import STATES, ShownApproval
from core.context import Context
from core.db.base import db
from core.errors import Conflict, Invalid, NotFound, Stale
from core.identity.roles import ROLES
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.i18n import label
from core.web.routes import Pages


def waiting(context: Context) -> int:
    return queries.waiting_count(db.session(), context=context)


pages = Pages("approvals", __name__)
pages.nav(
    section="work", key="approvals", label=_l("Approvals"), icon="check", endpoint="approvals.index",
    permission=policy.READ, count=waiting, order=35,
)  # fmt: skip


@pages.page("/approvals", permission=policy.READ)
def index() -> ResponseReturnValue:
    show = request.args.get("show", "open")
    show = show if show in queries.SHOWN else "open"
    state = request.args.get("state") if show == "decided" else None
    people = delegations.stand_ins(db.session(), context=context())
    page = queries.approval_page(
        db.session(), context=context(), people=people, show=show, state=state, after=request.args.get("after")
    )
    requests = [ShownApproval(row, context(), people) for row in page.rows]
    states = {key: text for key, (text, _tone) in STATES.items() if key != "requested"}
    return render_template("approvals/index.html", page=page, requests=requests, show=show, state=state, states=states)


@pages.page("/approvals/<uuid:approval_id>", permission=policy.READ)
def show(approval_id: UUID) -> ResponseReturnValue:
    return _page(approval_id)


@pages.page("/approvals/<uuid:approval_id>/decision", permission=policy.READ, methods=["POST"],
            while_read_only="a second person approves an export; the service refuses all else")  # fmt: skip
def decide(approval_id: UUID) -> ResponseReturnValue:
    """The request names the permission that the service asks for."""
    approve = request.form.get("decision") == "approve"
    try:
        service.decide(
            db.session(), context=context(), approval_id=approval_id, version=form_number("version"), approve=approve,
            note=request.form.get("note"),
        )  # fmt: skip
    except (Invalid, Conflict, Stale) as error:
        afresh(error)
        return _page(approval_id, errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("Approved") if approve else _("Refused"), tone="ok" if approve else "warn")
    return redirect(url_for("approvals.show", approval_id=approval_id), code=303)


@pages.page("/approvals/<uuid:approval_id>/withdraw", permission=policy.READ, methods=["POST"],
            while_read_only="a request for an export is taken back; the service refuses all else")  # fmt: skip
def withdraw(approval_id: UUID) -> ResponseReturnValue:
    try:
        service.withdraw(db.session(), context=context(), approval_id=approval_id, version=form_number("version"))
    except Stale as error:
        return _page(approval_id, errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("The request was withdrawn"))
    return redirect(url_for("approvals.show", approval_id=approval_id), code=303)


@pages.page("/approvals/delegations", permission=policy.READ)
def substitutes() -> ResponseReturnValue:
    return _delegations()


@pages.page("/approvals/delegations", permission=policy.READ, methods=["POST"])
def delegate() -> ResponseReturnValue:
    try:
        begins, ends = _day("from"), _day("until")
        delegations.delegate(
            db.session(), context=context(), to_id=_colleague(), starts_at=begins, ends_at=ends + timedelta(days=1),
            reason=request.form.get("reason"),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _delegations(errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("Your colleague decides in your place in these days"))
    return redirect(url_for("approvals.substitutes"), code=303)


@pages.page("/approvals/delegations/<uuid:delegation_id>/end", permission=policy.READ, methods=["POST"])
def end(delegation_id: UUID) -> ResponseReturnValue:
    delegations.end_delegation(db.session(), context=context(), delegation_id=delegation_id)
    db.session.commit()
    toast(_("The delegation has ended"))
    return redirect(url_for("approvals.substitutes"), code=303)


def _page(approval_id: UUID, *, errors: Mapping[str, str] | None = None) -> str:
    people = delegations.stand_ins(db.session(), context=context())
    row = queries.approval_row(db.session(), context=context(), people=people, approval_id=approval_id)
    if row is None:
        raise NotFound
    wrong = errors or {}
    note = control(
        "note", _("Note"), kind="textarea", rows=3, maxlength=service.TEXT_LIMIT, value=request.form.get("note"),
        error=wrong.get("note"), help=_("The person who asked reads it. A refusal needs one."),
    )  # fmt: skip
    return render_template(
        "approvals/show.html", asked=ShownApproval(row, context(), people), note=note, failed=wrong.get("")
    )


def _delegations(*, errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "approvals/delegations.html",
        rows=queries.delegations(db.session(), context=context()),
        now=datetime.now(UTC),
        controls=filled(_controls(), values=request.form, errors=errors),
        failed=(errors or {}).get(""),
        moment=timedelta(microseconds=1),
    )


def _controls() -> list[Control]:
    today = datetime.now(ZoneInfo(context().zone)).date()
    people = [
        (str(row.id), " · ".join([row.shown_name, *(label(ROLES[key].label) for key in row.roles if key in ROLES)]))
        for row in queries.colleagues(db.session(), context=context())
    ]
    return [
        control("to", _l("Who decides in your place"), kind="select", required=True, options=people,
                help=_l("They decide with your permissions, never on what you or they asked for")),
        control("from", _l("First day"), kind="date", required=True, value=today.isoformat()),
        control("until", _l("Last day"), kind="date", required=True, value=(today + timedelta(days=7)).isoformat()),
        control("reason", _l("Reason"), maxlength=delegations.REASON_LIMIT, autocomplete="off"),
    ]  # fmt: skip


def _day(name: str) -> datetime:
    """The beginning of a day in the person's zone."""
    try:
        day = date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Invalid(delegations.NO_DAY, field=name) from None
    return datetime.combine(day, time(), ZoneInfo(context().zone)).astimezone(UTC)


def _colleague() -> UUID:
    try:
        return UUID(request.form.get("to", ""))
    except ValueError:
        raise Invalid(delegations.NO_COLLEAGUE, field="to") from None
