"""Pages of acts on many cases: choose the act, look at what it would do, run it, read what came of each case, undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.cases import bulk, policy
from core.cases.bulk_screen import BulkScreen, report_lines
from core.cases.table import PASSED_ON, filters_of
from core.cases.views import values
from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import Conflict, Invalid
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.lists.arranging import sent_arguments, ticked
from core.web.current import afresh, catalog_view, context
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.routes import Pages

pages = Pages("case_bulk", __name__)


@pages.page("/cases/many", permission=policy.ASSIGN, methods=["POST"])
def choose() -> ResponseReturnValue:
    """Keep which cases are meant: those ticked, or all that the list's filter finds."""
    chosen = {name: value for name, value in sent_arguments(request.form).items() if name in PASSED_ON}
    whole = request.form.get("of") == "filter"
    try:
        run = bulk.choose(
            db.session(), context=context(), case_ids=() if whole else ticked(request.form),
            filters=filters_of(chosen, context()) if whole else None,
        )  # fmt: skip
    except Invalid as error:
        toast(_(error.message, **error.params), tone="warn")
        return redirect(f"{url_for('cases.index')}?{request.form.get('query', '')}", 303)
    return _done(run.id)


@pages.page("/cases/many/<uuid:run_id>", permission=policy.ASSIGN)
def show(run_id: UUID) -> ResponseReturnValue:
    return _page(run_id)


@pages.page("/cases/many/<uuid:run_id>/preview", permission=policy.ASSIGN, methods=["POST"])
def preview(run_id: UUID) -> ResponseReturnValue:
    session, who = db.session(), context()
    run = bulk.found_run(session, context=who, run_id=run_id, version=form_number("version"))
    try:
        if not bulk.try_out(session, context=who, view=catalog_view(), run=run, act=_act()):
            set_going(session, context=who, run=run)
    except (Invalid, Conflict) as error:
        afresh(error)
        return _page(run_id, errors=errors_of(error)), error.status
    return _done(run_id)


@pages.page("/cases/many/<uuid:run_id>/start", permission=policy.ASSIGN, methods=["POST"])
def start(run_id: UUID) -> ResponseReturnValue:
    run = bulk.found_run(db.session(), context=context(), run_id=run_id, version=form_number("version"))
    bulk.start(db.session(), context=context(), run=run)
    return _going(run)


@pages.page("/cases/many/<uuid:run_id>/cancel", permission=policy.ASSIGN, methods=["POST"])
def cancel(run_id: UUID) -> ResponseReturnValue:
    bulk.found_run(db.session(), context=context(), run_id=run_id)
    jobs.cancel(db.session(), run_id=run_id)
    return _done(run_id)


@pages.page("/cases/many/<uuid:run_id>/undo", permission=policy.ASSIGN, methods=["POST"])
def undo(run_id: UUID) -> ResponseReturnValue:
    run = bulk.found_run(db.session(), context=context(), run_id=run_id, version=form_number("version"))
    return _going(bulk.undo(db.session(), context=context(), run=run))


@pages.page("/cases/many/<uuid:run_id>/report.csv", permission=policy.ASSIGN)
def report(run_id: UUID) -> Response:
    """A line for each case."""
    bulk.found_run(db.session(), context=context(), run_id=run_id)
    answer = Response(stream_with_context(_lines(run_id, context())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="cases-{run_id.hex[-6:]}.csv"'
    return answer


def _lines(run_id: UUID, who: Context) -> Iterator[str]:
    """The request's transaction is over when this is read, so it opens the scope anew."""
    db.session().rollback()
    scope.enter(db.session(), who)
    yield from report_lines(db.session(), context=who, view=catalog_view(), run_id=run_id)


def _act() -> dict[str, Any]:
    """What the form asks for. Raises Invalid later, where it is none: see `bulk.try_out`."""
    sent = request.form
    kind = sent.get("act", "")
    if kind == "assign":
        return {"kind": kind, "assignee_id": sent.get("assignee_id") or None}
    if kind == "severity":
        return {"kind": kind, "severity": sent.get("severity", "")}
    workflow, _colon, transition = sent.get("step", "").partition(":")
    note = sent.get("note", "").strip() or None
    return {"kind": "step", "workflow": workflow, "transition": transition, "values": values(), "note": note}


def _page(run_id: UUID, *, errors: Mapping[str, str] | None = None) -> str:
    run = bulk.found_run(db.session(), context=context(), run_id=run_id)
    screen = BulkScreen(db.session(), context=context(), view=catalog_view(), run=run, errors=errors or {})
    return render_template("cases/_many.html" if is_partial() else "cases/many.html", screen=screen)


def _going(run: BulkRun) -> ResponseReturnValue:
    set_going(db.session(), context=context(), run=run)
    return _done(run.id)


def _done(run_id: UUID) -> ResponseReturnValue:
    to = url_for("case_bulk.show", run_id=run_id)
    db.session.commit()
    return redirect(to, 303)
