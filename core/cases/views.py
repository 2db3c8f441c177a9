"""Pages of cases: one case with its next steps, who has it and what is said about it, and the form to open one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.cases import details, opening, policy, queries, screen, second, service
from core.cases.lists import board_page, list_page
from core.cases.screen import Wrong
from core.cases.service import ApprovalNeeded
from core.context import Context
from core.db.base import db
from core.errors import Conflict, Invalid, Stale
from core.gate.acts import GateRefused
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.routes import Pages


def overdue(context: Context) -> int:
    return queries.overdue_count(db.session(), context=context)


pages = Pages("cases", __name__)
pages.nav(
    section="work", key="cases", label=_l("Cases"), icon="case", endpoint="cases.index", permission=policy.READ,
    count=overdue, tone="bad", tab=True, order=30,
)  # fmt: skip


@pages.page("/cases", permission=policy.READ)
def index() -> ResponseReturnValue:
    return list_page(db.session(), context=context(), view=catalog_view())


@pages.page("/cases/board", permission=policy.READ)
def board() -> ResponseReturnValue:
    return board_page(db.session(), context=context(), view=catalog_view())


@pages.page("/cases/<uuid:case_id>", permission=policy.READ)
def show(case_id: UUID) -> ResponseReturnValue:
    return _page(case_id)


@pages.page("/cases/<uuid:case_id>/steps", permission=policy.READ, methods=["POST"])
def take(case_id: UUID) -> ResponseReturnValue:
    """The step's own permission is asked by the service."""
    step = request.form.get("step", "")

    def act() -> str:
        service.take_step(
            db.session(), context=context(), view=catalog_view(), case_id=case_id, version=form_number("version"), transition=step,
            values=values(), note=request.form.get("note"),
        )  # fmt: skip
        return str(_("The case moved on"))

    return _done(case_id, act, form="step", step=step)


@pages.page("/cases/<uuid:case_id>/approval", permission=policy.TRANSITION, methods=["POST"])
def ask(case_id: UUID) -> ResponseReturnValue:
    """Ask a second person for a step."""
    step = request.form.get("step", "")

    def act() -> str:
        asked = second.ask_step(
            db.session(), context=context(), view=catalog_view(), case_id=case_id, version=form_number("version"), transition=step,
            values=values(), reason=request.form.get("note"),
        )  # fmt: skip
        return str(_("Asked for approval: request %(number)s", number=asked.number))

    return _done(case_id, act, form="step", step=step)


@pages.page("/cases/<uuid:case_id>/assignee", permission=policy.TRANSITION, methods=["POST"])
def assign(case_id: UUID) -> ResponseReturnValue:
    def act() -> str:
        details.assign(
            db.session(),
            context=context(),
            case_id=case_id,
            version=form_number("version"),
            assignee_id=_person("assignee_id"),
        )
        return str(_("Saved"))

    return _done(case_id, act, form="assign")


@pages.page("/cases/<uuid:case_id>/details", permission=policy.TRANSITION, methods=["POST"])
def change(case_id: UUID) -> ResponseReturnValue:
    def act() -> str:
        details.change(
            db.session(), context=context(), view=catalog_view(), case_id=case_id, version=form_number("version"),
            severity=request.form.get("severity"), title=request.form.get("title"), values=values(),
        )  # fmt: skip
        return str(_("Saved"))

    return _done(case_id, act, form="edit")


@pages.page("/cases/<uuid:case_id>/comments", permission=policy.TRANSITION, methods=["POST"])
def comment(case_id: UUID) -> ResponseReturnValue:
    def act() -> str:
        audience: Any = request.form.get("audience", "")
        details.comment(
            db.session(), context=context(), case_id=case_id, audience=audience, body=request.form.get("body", "")
        )
        return str(_("The comment was added"))

    return _done(case_id, act, form="comment")


@pages.page("/customers/<uuid:customer_id>/cases/new", permission=policy.OPEN)
def new(customer_id: UUID) -> ResponseReturnValue:
    return opening.form(db.session(), context=context(), view=catalog_view(), customer_id=customer_id)


@pages.page("/customers/<uuid:customer_id>/cases/new", permission=policy.OPEN, methods=["POST"])
def create(customer_id: UUID) -> ResponseReturnValue:
    session, who, view = db.session(), context(), catalog_view()
    try:
        case = opening.opened(session, context=who, view=view, customer_id=customer_id)
    except (Invalid, Conflict) as error:
        afresh(error)
        page = opening.form(session, context=who, view=view, customer_id=customer_id, errors=errors_of(error))
        return page, error.status
    case_id, number = case.id, case.number
    db.session.commit()
    toast(_("Case %(number)s was opened", number=number))
    return redirect(url_for("cases.show", case_id=case_id), code=303)


def _page(case_id: UUID, wrong: Wrong | None = None) -> str:
    return screen.case_page(db.session(), context=context(), view=catalog_view(), case_id=case_id, wrong=wrong)


def _done(case_id: UUID, act: Callable[[], str], *, form: str, step: str | None = None) -> ResponseReturnValue:
    """Do it and go back to the case; what is refused is said on the page, with what was typed."""
    try:
        said = act()
    except (Invalid, Stale, Conflict) as error:
        afresh(error)
        askable = isinstance(error, GateRefused) and bool(error.approvable)
        again = step if isinstance(error, Invalid | ApprovalNeeded) or askable else None
        return _page(case_id, Wrong(form=form, errors=errors_of(error), step=again, askable=askable)), error.status
    board = request.form.get("back") == "board"
    to = (
        url_for("cases.board", workflow=request.form.get("workflow"))
        if board
        else url_for("cases.show", case_id=case_id)
    )
    db.session.commit()
    toast(said)
    return redirect(to, code=303)


def _person(name: str) -> UUID | None:
    text = request.form.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(field=name) from None


def values() -> dict[str, Any]:
    """The case's fields in the form: they have a dot in their name."""
    fields = catalog_view().fields(on="case")
    return {
        name: request.form.getlist(name) if fields[name].kind == "choices" else request.form[name]
        for name in request.form
        if name in fields
    }
