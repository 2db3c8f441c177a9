"""Pages of grades: the schemes, one with its simulation, the form of a draft; and the grade of one customer set by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from core.context import Context
from core.customers import queries
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.errors import N_, Conflict, DomainError, Invalid, NotFound, Stale
from core.segments import overriding, policy, schemes
from core.segments.grade_screen import CAUSES, PERIODS, STATES, SchemeForm, SchemePage
from core.segments.models import GradeScheme, GradeStanding
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.routes import Pages

pages = Pages("grades", __name__)


@pages.page("/grades", permission=policy.READ)
def index() -> str:
    rows = db.session().scalars(select(GradeScheme).order_by(GradeScheme.created_at.desc(), GradeScheme.id)).all()
    return render_template("segments/grades.html", rows=rows, states=STATES, periods=PERIODS, view=catalog_view())


@pages.page("/grades/new", permission=policy.GRADE, methods=["POST"])
def create() -> ResponseReturnValue:
    row = schemes.make(db.session(), context=context(), name=_("Pyramid of four grades"))
    return _to("grades.edit", row)


@pages.page("/grades/<uuid:scheme_id>", permission=policy.READ)
def show(scheme_id: UUID) -> str:
    page = SchemePage(db.session(), context(), catalog_view(), _row(scheme_id))
    return render_template("segments/grade.html", page=page, states=STATES, periods=PERIODS)


@pages.page("/grades/<uuid:scheme_id>/edit", permission=policy.GRADE)
def edit(scheme_id: UUID) -> str:
    return _form(SchemeForm(context(), catalog_view(), _row(scheme_id)))


@pages.page("/grades/<uuid:scheme_id>/edit", permission=policy.GRADE, methods=["POST"])
def update(scheme_id: UUID) -> ResponseReturnValue:
    form = SchemeForm(context(), catalog_view(), _row(scheme_id), sent=request.form)
    try:
        row = schemes.change(
            db.session(), context=context(), view=catalog_view(), scheme_id=scheme_id, version=form_number("version"),
            values=form.values,
        )  # fmt: skip
    except (Invalid, Stale, Conflict) as error:
        afresh(error)
        return _form(
            SchemeForm(context(), catalog_view(), _row(scheme_id), request.form, errors_of(error))
        ), error.status
    return _to("grades.show", row, _("Saved"))


@pages.page("/grades/<uuid:scheme_id>/simulate", permission=policy.GRADE, methods=["POST"])
def simulate(scheme_id: UUID) -> ResponseReturnValue:
    try:
        row = schemes.try_out(
            db.session(), context=context(), view=catalog_view(), scheme_id=scheme_id, version=form_number("version")
        )
    except Conflict as error:
        return _refused(scheme_id, error)
    return _to("grades.show", row)


@pages.page("/grades/<uuid:scheme_id>/activate", permission=policy.GRADE, methods=["POST"])
def activate(scheme_id: UUID) -> ResponseReturnValue:
    try:
        asked = schemes.ask(db.session(), context=context(), scheme_id=scheme_id, version=form_number("version"))
    except Conflict as error:
        return _refused(scheme_id, error)
    said = _("A second person was asked") if asked else _("The scheme is live")
    return _to("grades.show", _row(scheme_id), said)


@pages.page("/grades/<uuid:scheme_id>/copy", permission=policy.GRADE, methods=["POST"])
def copy(scheme_id: UUID) -> ResponseReturnValue:
    return _to("grades.edit", schemes.copy(db.session(), context=context(), scheme_id=scheme_id))


@pages.page("/grades/<uuid:scheme_id>/retire", permission=policy.GRADE, methods=["POST"])
def retire(scheme_id: UUID) -> ResponseReturnValue:
    row = schemes.retire(db.session(), context=context(), scheme_id=scheme_id, version=form_number("version"))
    return _to("grades.show", row, _("Retired"))


@pages.page("/customers/<uuid:customer_id>/grade", permission=policy.READ)
def of_customer(customer_id: UUID) -> ResponseReturnValue:
    """Why a customer has its grade, and the form that sets one by hand."""
    return _customer_page(customer_id)


@pages.page("/customers/<uuid:customer_id>/grade", permission=policy.OVERRIDE, methods=["POST"])
def set_grade(customer_id: UUID) -> ResponseReturnValue:
    try:
        _set(customer_id)
    except (Invalid, Conflict) as error:
        afresh(error)
        return _customer_page(customer_id, error), error.status
    db.session.commit()
    toast(_("Saved"))
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def _set(customer_id: UUID) -> None:
    form = request.form
    if form.get("act") == "end":
        overriding.take_back(db.session(), context=context(), customer_id=customer_id)
        return
    overriding.override(
        db.session(), context=context(), customer_id=customer_id, grade=form.get("grade", ""),
        reason=form.get("reason", ""), until=_end_of_day(form.get("until", "")),
    )  # fmt: skip


def _end_of_day(text: str) -> datetime:
    """A day runs to its end where the tenant is. Raises Invalid."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(N_("Give the last day as a date."), field="until") from None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(context().zone)).astimezone(UTC)


def _customer_page(customer_id: UUID, error: DomainError | None = None) -> str:
    session = db.session()
    row = queries.customer_row(session, context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    scheme = schemes.live(session)
    stand = session.scalar(select(GradeStanding).where(GradeStanding.customer_id == customer_id))
    return render_template(
        "segments/customer_grade.html", row=row, scheme=scheme, stand=stand, causes=CAUSES,
        history=overriding.history(session, customer_id=customer_id), names=_names(), typed=request.form,
        wrong=errors_of(error) if error else {},
    )  # fmt: skip


def _names() -> dict[tuple[UUID, str], object]:
    """What grades are called, by scheme and key."""
    rows = db.session().execute(select(GradeScheme.id, GradeScheme.grades))
    return {(row.id, each["key"]): each["label"] for row in rows for each in row.grades}


def grade_card(reader: Context, customer: ShownCustomer) -> str:
    """On the customer's page, for the client's people."""
    if reader.party != "client" or not reader.may(policy.READ):
        return ""
    session = db.session()
    scheme = schemes.live(session)
    if scheme is None:
        return ""
    stand = session.scalar(select(GradeStanding).where(GradeStanding.customer_id == customer.id))
    return drawn(
        "segments/grade_card.html", customer=customer, scheme=scheme, stand=stand, sets=reader.may(policy.OVERRIDE)
    )


PAGE_PARTS = (PagePart(key="grade", placement="aside", render=grade_card, order=62),)


def _row(scheme_id: UUID) -> GradeScheme:
    row = db.session().get(GradeScheme, (context().tenant_id, scheme_id))
    if row is None:
        raise NotFound
    return row


def _form(form: SchemeForm) -> str:
    return render_template("segments/grade_form.html", form=form)


def _to(endpoint: str, row: GradeScheme, said: str | None = None) -> ResponseReturnValue:
    to = url_for(endpoint, scheme_id=row.id)
    db.session.commit()
    if said:
        toast(said)
    return redirect(to, 303)


def _refused(scheme_id: UUID, error: DomainError) -> ResponseReturnValue:
    afresh(error)
    toast(errors_of(error).get("", ""), tone="bad")
    return redirect(url_for("grades.show", scheme_id=scheme_id), 303)
