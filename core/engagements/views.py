"""Pages of engagements: who works for the client, on how many customers, until when."""

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
from core.engagements import policy, queries, service
from core.engagements.numbers import read_numbers
from core.errors import N_, DomainError, Invalid, NotFound
from core.identity.roles import ROLES
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
    return render_template("engagements/index.html", rows=queries.engagement_rows(db.session()))


@pages.page("/engagements/<uuid:engagement_id>", permission=policy.READ)
def show(engagement_id: UUID) -> ResponseReturnValue:
    return _page(engagement_id)


@pages.page("/engagements/<uuid:engagement_id>/leases", permission=policy.LEASE, methods=["POST"])
def lease(engagement_id: UUID) -> ResponseReturnValue:
    try:
        with db.session.begin_nested():
            outcome = _lend(context(), engagement_id)
    except Invalid as error:
        return _page(engagement_id, error=error), 422
    db.session.commit()
    toast(_("%(count)s customers leased", count=outcome.made), detail=_outcome_note(outcome))
    return redirect(url_for("engagements.show", engagement_id=engagement_id), code=303)


@pages.page("/engagements/<uuid:engagement_id>/take-back", permission=policy.LEASE, methods=["POST"])
def take_back(engagement_id: UUID) -> ResponseReturnValue:
    try:
        ended = service.end_leases(
            db.session(), context=context(), engagement_id=engagement_id, reason=request.form.get("reason", "")
        )
    except Invalid as error:
        return _page(engagement_id, error=error), 422
    db.session.commit()
    toast(_("%(count)s leases ended. The provider no longer sees these customers", count=ended))
    return redirect(url_for("engagements.show", engagement_id=engagement_id), code=303)


def _page(engagement_id: UUID, *, error: DomainError | None = None) -> str:
    row = queries.engagement(db.session(), engagement_id=engagement_id)
    if row is None:
        raise NotFound
    return render_template(
        "engagements/show.html",
        row=row,
        people=queries.people(db.session(), engagement_id=engagement_id),
        leases=queries.lease_groups(db.session(), engagement_id=engagement_id),
        roles=ROLES,
        error=error,
        typed=request.form,
        proposal=datetime.now(ZoneInfo(context().zone)).date() + timedelta(days=30),
        working=row.state in service.WORKING,
    )


def _lend(actor: Context, engagement_id: UUID) -> service.Leased:
    numbers = read_numbers(request.form.get("numbers", ""))
    found = queries.customers_by_number(db.session(), context=actor, numbers=numbers)
    if not found:
        raise Invalid(N_("None of these numbers is an active customer."), field="numbers")
    outcome = service.lease_customers(
        db.session(),
        context=actor,
        engagement_id=engagement_id,
        customer_ids=list(found.values()),
        purpose=request.form.get("purpose", "").strip() or "service",
        expires_at=_end_of_day(request.form.get("until", ""), actor),
    )
    return service.Leased(outcome.made, outcome.kept, len(numbers) - len(found))


def _end_of_day(text: str, actor: Context) -> datetime:
    """The lease runs through its last day, in the client's zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(N_("Give the last day of the lease as a date."), field="until") from None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(actor.zone)).astimezone(UTC)


def _outcome_note(outcome: service.Leased) -> str:
    notes = []
    if outcome.kept:
        notes.append(_("%(count)s were leased already; their last day was moved.", count=outcome.kept))
    if outcome.unknown:
        notes.append(_("%(count)s numbers are no active customer and were left out.", count=outcome.unknown))
    return " ".join(notes)
