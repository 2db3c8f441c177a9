"""Pages of engagements: the list, one with its tabs, its steps, and how a provider is found."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.context import Context
from core.db.base import db
from core.engagements import closing, lists, offers, policy, proofs, queries, screen, service, states
from core.engagements.models import LeaseList
from core.engagements.numbers import read_numbers
from core.errors import N_, Conflict, Denied, DomainError, Invalid, Stale
from core.web.current import context
from core.web.flash import toast
from core.web.routes import Pages

pages = Pages("engagements", __name__)
pages.nav(
    section="engagement", key="engagements", label=_l("Engagements"), icon="link", endpoint="engagements.index",
    permission=policy.READ, order=40,
)  # fmt: skip


@pages.page("/engagements", permission=policy.READ)
def index() -> ResponseReturnValue:
    return _index()


def _index(*, error: DomainError | None = None, code: str | None = None) -> str:
    return render_template(
        "engagements/index.html",
        rows=queries.engagement_rows(db.session()),
        offered=offers.offered(db.session(), context=context()),
        owed=closing.owed(db.session(), context=context()),
        given=proofs.given(db.session(), context=context()) if context().may(policy.ACCEPT) else [],
        codes=offers.open_codes(db.session()) if context().party == "client" else [],
        code=code,
        error=error,
        typed=request.form,
    )


@pages.page("/engagements", permission=policy.MANAGE, methods=["POST"])
def begin() -> ResponseReturnValue:
    form = request.form
    try:
        row = offers.begin(
            db.session(), context=context(), name=form.get("name", ""), purpose=form.get("purpose", "service"),
            ends_at=end_of_day(form["until"], context()) if form.get("until") else None,
            criticality=form.get("criticality", "ordinary"),
        )  # fmt: skip
    except Invalid as error:
        return _index(error=error), 422
    db.session.commit()
    return redirect(url_for("engagements.show", engagement_id=row.id), code=303)


@pages.page("/engagements/codes", permission=policy.ACCEPT, methods=["POST"])
def make_code() -> ResponseReturnValue:
    """The code is on this answer only: it is not kept in clear."""
    code = offers.make_code(db.session(), context=context())
    page = _index(code=code)
    db.session.commit()
    return page


@pages.page("/engagements/codes/<uuid:code_id>/withdraw", permission=policy.ACCEPT, methods=["POST"])
def withdraw_code(code_id: UUID) -> ResponseReturnValue:
    offers.withdraw_code(db.session(), context=context(), code_id=code_id)
    db.session.commit()
    toast(_("The code is withdrawn"))
    return redirect(url_for("engagements.index"), code=303)


@pages.page("/engagements/<uuid:engagement_id>/answer", permission=policy.ACCEPT, methods=["POST"])
def answer(engagement_id: UUID) -> ResponseReturnValue:
    accept = request.form.get("decision") == "accept"
    offers.answer(db.session(), context=context(), engagement_id=engagement_id, accept=accept)
    db.session.commit()
    toast(_("Accepted. Its workspace opens in a moment") if accept else _("Declined"), tone="ok" if accept else "warn")
    return redirect(url_for("engagements.index"), code=303)


@pages.page("/engagements/<uuid:engagement_id>", permission=policy.READ)
def show(engagement_id: UUID) -> ResponseReturnValue:
    return screen.engagement(engagement_id, tab=request.args.get("tab", "overview"))


@pages.page("/engagements/<uuid:engagement_id>/steps", permission=policy.MANAGE, methods=["POST"])
def step(engagement_id: UUID) -> ResponseReturnValue:
    form = request.form
    try:
        row = states.take(
            db.session(), context=context(), engagement_id=engagement_id, event=form.get("event", ""),
            reason=form.get("reason", ""),
        )  # fmt: skip
    except (Invalid, Conflict, Stale) as error:
        return screen.again(engagement_id, error=error), error.status
    state = row.state
    db.session.commit()
    toast(_("The engagement is now: %(state)s", state=screen.state_word(state)))
    return redirect(url_for("engagements.show", engagement_id=engagement_id), code=303)


@pages.page("/engagements/<uuid:engagement_id>/offer", permission=policy.MANAGE, methods=["POST"])
def offer(engagement_id: UUID) -> ResponseReturnValue:
    try:
        row = offers.offer(
            db.session(), context=context(), engagement_id=engagement_id, code=request.form.get("code", "")
        )
    except (Invalid, Conflict) as error:
        return screen.again(engagement_id, error=error), error.status
    name = row.provider_name
    db.session.commit()
    toast(_("Offered to %(name)s", name=name))
    return redirect(url_for("engagements.show", engagement_id=engagement_id), code=303)


@pages.page("/engagements/<uuid:engagement_id>/last-day", permission=policy.MANAGE, methods=["POST"])
def last_day(engagement_id: UUID) -> ResponseReturnValue:
    try:
        until = end_of_day(request.form.get("until", ""), context())
        offers.set_last_day(db.session(), context=context(), engagement_id=engagement_id, ends_at=until)
    except (Invalid, Conflict) as error:
        return screen.again(engagement_id, error=error), error.status
    db.session.commit()
    toast(_("The last day is set"))
    return redirect(url_for("engagements.show", engagement_id=engagement_id), code=303)


@pages.page("/engagements/<uuid:engagement_id>/leases", permission=policy.LEASE, methods=["POST"])
def lease(engagement_id: UUID) -> ResponseReturnValue:
    try:
        row, counted = _lend(context(), engagement_id)
    except (Invalid, Conflict) as error:
        return screen.again(engagement_id, tab="leases", error=error), error.status
    known, unknown, number = counted.known, counted.unknown, row.number
    db.session.commit()
    note = _("%(count)s numbers are no active customer and were left out.", count=unknown) if unknown else ""
    toast(_("List %(number)s: %(count)s customers leased", number=number, count=known), detail=note)
    return redirect(url_for("engagements.show", engagement_id=engagement_id, tab="leases"), code=303)


def _lend(actor: Context, engagement_id: UUID) -> tuple[LeaseList, lists.Preview]:
    form = request.form
    numbers = read_numbers(form.get("numbers", ""))
    purpose, until = form.get("purpose", "").strip() or "service", end_of_day(form.get("until", ""), actor)
    counted = lists.preview(
        db.session(), context=actor, engagement_id=engagement_id, purpose=purpose, until=until, numbers=numbers
    )
    row = lists.lend(
        db.session(), context=actor, engagement_id=engagement_id, purpose=purpose, until=until, numbers=numbers,
        name=f"{datetime.now(ZoneInfo(actor.zone)):%Y-%m-%d}",
    )  # fmt: skip
    return row, counted


@pages.page("/engagements/<uuid:engagement_id>/take-back", permission=policy.LEASE, methods=["POST"])
def take_back(engagement_id: UUID) -> ResponseReturnValue:
    try:
        ended = service.end_leases(
            db.session(), context=context(), engagement_id=engagement_id, reason=request.form.get("reason", "")
        )
    except (Invalid, Conflict) as error:
        return screen.again(engagement_id, tab="leases", error=error), error.status
    db.session.commit()
    toast(_("%(count)s leases ended. The provider no longer sees these customers", count=ended))
    return redirect(url_for("engagements.show", engagement_id=engagement_id, tab="leases"), code=303)


@pages.page("/who-sees", permission=policy.REQUEST)
def who_sees() -> ResponseReturnValue:
    """Who can see the client's customers now: one row for each live grant."""
    if context().party == "provider":
        raise Denied(N_("Only the client can do this."))
    return render_template("engagements/who_sees.html", rows=queries.sight_rows(db.session()))


def end_of_day(text: str, actor: Context) -> datetime:
    """A day runs to its end, in the client's zone. Raises Invalid."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(N_("Give the last day of the lease as a date."), field="until") from None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(actor.zone)).astimezone(UTC)
