"""Pages of cases: the list, one case with its next steps, and the form to open one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.cases import policy, queries, service
from core.cases.pinning import pinned_workflow
from core.cases.queries import CaseFilters
from core.cases.shown import Line, ShownCase
from core.context import Context
from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.shown import Reader
from core.db.base import db
from core.errors import Conflict, Invalid, NotFound, Stale
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import control, errors_of
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
    chosen = {name: request.args.get(name) or None for name in ("workflow", "state", "show")}
    filters = CaseFilters(
        workflow=chosen["workflow"],
        state=chosen["state"],
        open={"closed": False, "all": None}.get(chosen["show"] or "", True),
    )
    page = queries.case_page(db.session(), context=context(), filters=filters, after=request.args.get("after"))
    lines = [Line(row, catalog_view().workflow(row.workflow), context()) for row in page.rows]
    return render_template(
        "cases/index.html", page=page, lines=lines, chosen=chosen, workflows=catalog_view().workflows
    )


@pages.page("/cases/<uuid:case_id>", permission=policy.READ)
def show(case_id: UUID) -> ResponseReturnValue:
    return _case_page(case_id, asked=request.args.get("step"))


@pages.page("/cases/<uuid:case_id>/steps", permission=policy.READ, methods=["POST"])
def take(case_id: UUID) -> ResponseReturnValue:
    """The step's own permission is asked by the service."""
    step = request.form.get("step", "")
    try:
        service.take_step(
            db.session(), context=context(), view=catalog_view(), case_id=case_id, version=_version(),
            transition=step, values=_values(), note=request.form.get("note"),
        )  # fmt: skip
    except Invalid as error:
        return _case_page(case_id, asked=step, errors=errors_of(error)), error.status
    except (Stale, Conflict) as error:
        db.session().expire_all()
        return _case_page(case_id, asked=None, errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("The case moved on"))
    return redirect(url_for("cases.show", case_id=case_id), code=303)


@pages.page("/customers/<uuid:customer_id>/cases/new", permission=policy.OPEN)
def new(customer_id: UUID) -> ResponseReturnValue:
    return _new_page(customer_id, errors={})


@pages.page("/customers/<uuid:customer_id>/cases/new", permission=policy.OPEN, methods=["POST"])
def create(customer_id: UUID) -> ResponseReturnValue:
    try:
        case = service.open_case(
            db.session(), context=context(), view=catalog_view(), customer_id=customer_id,
            workflow=_workflow(), title=request.form.get("title"), note=request.form.get("note"),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _new_page(customer_id, errors=errors_of(error)), error.status
    case_id, number = case.id, case.number
    db.session.commit()
    toast(_("Case %(number)s was opened", number=number))
    return redirect(url_for("cases.show", case_id=case_id), code=303)


def _case_page(case_id: UUID, *, asked: str | None, errors: Mapping[str, str] | None = None) -> str:
    row = queries.case_row(db.session(), context=context(), case_id=case_id)
    if row is None:
        raise NotFound
    workflow = pinned_workflow(
        db.session(), workflow=row.workflow, version=row.workflow_version, revision=row.workflow_revision
    )
    steps = queries.steps_of(db.session(), case_id=case_id)
    case = ShownCase(row, steps, workflow, catalog_view(), context())
    step = case.asked(asked)
    wrong = errors or {}
    return render_template(
        "cases/show.html",
        case=case,
        step=step,
        controls=case.controls(step, request.form, wrong) if step is not None else [],
        note=control("note", _("Note"), kind="textarea", rows=2, maxlength=4000, value=request.form.get("note"),
                     error=wrong.get("note")),
        failed=wrong.get(""),
    )  # fmt: skip


def _new_page(customer_id: UUID, *, errors: Mapping[str, str]) -> str:
    row = customers.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    sent = request.form
    workflows = [(key, flow.label) for key, flow in catalog_view().workflows.items()]
    made = [
        control("workflow", _("Workflow"), kind="select", options=workflows, required=True,
                value=sent.get("workflow") or (workflows[0][0] if len(workflows) == 1 else None), error=errors.get("workflow")),
        control("title", _("Title"), maxlength=service.TITLE_LIMIT, value=sent.get("title"), error=errors.get("title"),
                help=_("What it is about in a few words; without one, the workflow's name"), autocomplete="off"),
        control("note", _("Note"), kind="textarea", rows=3, maxlength=service.NOTE_LIMIT, value=sent.get("note"),
                error=errors.get("note")),
    ]  # fmt: skip
    customer = Reader(context(), field_set(catalog_view(), region=context().country)).customer(row)
    return render_template("cases/new.html", customer=customer, controls=made, also=errors.get(""))


def _workflow() -> str:
    chosen = request.form.get("workflow", "")
    if chosen not in catalog_view().workflows:
        raise Invalid(field="workflow")
    return chosen


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else 0


def _values() -> dict[str, Any]:
    """The case's fields in the form: they have a dot in their name."""
    fields = catalog_view().fields(on="case")
    return {
        name: request.form.getlist(name) if fields[name].kind == "choices" else request.form[name]
        for name in request.form
        if name in fields
    }
