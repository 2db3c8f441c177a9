"""Pages of imports: the list, the upload, and one import from its mapping to its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, current_app, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Row
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from core.context import Context
from core.customers.parts import ListLink
from core.db import scope
from core.db.base import db
from core.errors import N_, DomainError, Invalid, Unavailable
from core.files.service import FULL, NO_SPACE
from core.imports import mapping, policy, queries, report, service
from core.imports.contents import content_of
from core.imports.dialect import ENCODING_NAMES
from core.imports.mapping import ColumnMapping
from core.imports.problems import Problem
from core.imports.screen import Screen
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.undo import parts as undo_parts
from core.web.current import catalog_view, context
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("imports", __name__)
pages.nav(
    section="settings", key="imports", label=_l("Imports"), icon="upload", endpoint="imports.index",
    permission=policy.RUN, order=20,
)  # fmt: skip

LIST_LINKS = (ListLink(label=_l("Import"), icon="upload", endpoint="imports.new", permission=policy.RUN),)
"""What the list of customers shows of imports."""


@pages.page("/imports", permission=policy.RUN)
def index() -> str:
    rows, after = queries.run_page(db.session(), after=request.args.get("after"))
    types = {key: each.label for key, each in catalog_view().record_types.items()}
    return render_template("imports/index.html", rows=rows, after=after, counted=service.counted, types=types)


@pages.page("/imports/new", permission=policy.RUN)
def new() -> str:
    return _form()


@pages.page("/imports/new", permission=policy.RUN, methods=["POST"])
def upload() -> ResponseReturnValue:
    try:
        file = _uploaded()
        content = content_of(catalog_view(), request.form)
        run = service.receive(
            db.session(), content=content, stream=file.stream, name=file.filename or "", limit=_limit() * 1024**2,
            encoding=request.form.get("encoding") or None,
        )  # fmt: skip
    except (Invalid, Unavailable) as error:
        return _form(error), error.status
    to = url_for("imports.show", run_id=run.id)
    db.session.commit()
    return redirect(to, 303)


@pages.page("/imports/<uuid:run_id>", permission=policy.RUN)
def show(run_id: UUID) -> str:
    return _page(run_id)


@pages.page("/imports/<uuid:run_id>/check", permission=policy.RUN, methods=["POST"])
def check(run_id: UUID) -> ResponseReturnValue:
    session = db.session()
    run = service.found_run(session, run_id=run_id, version=request.form.get("version", type=int))
    chosen = _chosen(run)
    try:
        service.choose(session, run=run, view=catalog_view(), chosen=chosen, existing=_existing(), blank=_blank())
    except Invalid as error:
        return _page(run_id, error=error, chosen=chosen), 422
    service.rehearse(session, run=run, view=catalog_view())
    return _started(run)


@pages.page("/imports/<uuid:run_id>/look", permission=policy.RUN, methods=["POST"])
def look(run_id: UUID) -> ResponseReturnValue:
    """Read the file in another way: encoding, sheet or delimiter."""
    session = db.session()
    run = service.found_run(session, run_id=run_id, version=request.form.get("version", type=int))
    chosen = {name: request.form.get(name) or None for name in ("encoding", "sheet", "delimiter")}
    try:
        service.look(session, run=run, view=catalog_view(), **chosen)
    except Invalid as error:
        session.rollback()
        scope.enter(session, context())
        return _page(run_id, error=error), 422
    return _done(run_id)


@pages.page("/imports/<uuid:run_id>/start", permission=policy.RUN, methods=["POST"])
def start(run_id: UUID) -> ResponseReturnValue:
    session = db.session()
    run = service.found_run(session, run_id=run_id, version=request.form.get("version", type=int))
    before = ColumnMapping.of(service.file_of(session, run_id=run_id).mapping)
    options = (run.settings["existing"], run.settings.get("blank", "keep"))
    if run.settings["phase"] != "checked" or _chosen(run) != before or (_existing(), _blank()) != options:
        toast(_("The mapping was changed, so it is tried first."), tone="info")
        return check(run_id)
    service.load(session, run=run, view=catalog_view())
    return _started(run)


@pages.page("/imports/<uuid:run_id>/cancel", permission=policy.RUN, methods=["POST"])
def cancel(run_id: UUID) -> ResponseReturnValue:
    service.found_run(db.session(), run_id=run_id)
    jobs.cancel(db.session(), run_id=run_id)
    return _done(run_id)


@pages.page("/imports/<uuid:run_id>/again", permission=policy.RUN, methods=["POST"])
def again(run_id: UUID) -> ResponseReturnValue:
    run = service.again(db.session(), run=service.found_run(db.session(), run_id=run_id))
    return _done(run.id)


@pages.page("/imports/<uuid:run_id>/rejected.csv", permission=policy.RUN)
def rejected(run_id: UUID) -> Response:
    run = queries.run_row(db.session(), run_id=run_id)
    return _download(_rejected_rows(run, context()), f"rejected-{run_id.hex[-6:]}.csv")


@pages.page("/imports/<uuid:run_id>/problems.csv", permission=policy.RUN)
def problems(run_id: UUID) -> Response:
    """Everything there is to tell, row by row."""
    run = queries.run_row(db.session(), run_id=run_id)
    return _download(_problem_rows(run.id, context()), f"problems-{run_id.hex[-6:]}.csv")


def say(problem: Problem) -> str:
    """A problem in the reader's language."""
    text = problem["message"]
    return str(_(text, **problem["params"]))


def _download(lines: Iterator[str], name: str) -> Response:
    answer = Response(stream_with_context(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _rejected_rows(run: Row[Any], who: Context) -> Iterator[str]:
    """The request's transaction is over when this is read, so it opens the scope anew."""
    scope.enter(db.session(), who)
    yield from report.rejected_rows(db.session(), run=run, note=_("Problem"), say=say)


def _problem_rows(run_id: UUID, who: Context) -> Iterator[str]:
    scope.enter(db.session(), who)
    yield from report.problem_rows(db.session(), run_id=run_id, say=say)


def _form(error: DomainError | None = None) -> str:
    """`?type=` says what the rows are, as a list of records links here."""
    named = sorted((str(label(each.label)), key) for key, each in catalog_view().record_types.items())
    types = [("", _("Customers")), *((key, name) for name, key in named)]
    wanted = request.args.get("type", "")
    encodings = [("", _("Found by itself")), *ENCODING_NAMES.items()]
    return render_template(
        "imports/new.html", error=error, limit=_limit(), types=types, wanted=wanted, encodings=encodings
    )


def _page(run_id: UUID, *, error: DomainError | None = None, chosen: ColumnMapping | None = None) -> str:
    row = queries.run_row(db.session(), run_id=run_id)
    screen = Screen(db.session(), context=context(), view=catalog_view(), row=row, mapping=chosen)
    template = "imports/_run.html" if is_partial() else "imports/show.html"
    undo = undo_parts.card(db.session(), context=context(), run=row) if row.state in jobs.ENDED else ""
    return render_template(template, screen=screen, error=error, undo=undo)


def _started(run: BulkRun) -> ResponseReturnValue:
    set_going(db.session(), context=context(), run=run)
    return _done(run.id)


def _done(run_id: UUID) -> ResponseReturnValue:
    to = url_for("imports.show", run_id=run_id)
    db.session.commit()
    return redirect(to, 303)


def _uploaded() -> FileStorage:
    """The file that was sent. Raises Invalid for none or too large a one, Unavailable where the disk is full."""
    try:
        file = request.files.get("file")
    except RequestEntityTooLarge:
        raise Invalid(N_("The file is larger than %(limit)d MB."), field="file", limit=_limit()) from None
    except OSError as error:
        if error.errno in FULL:
            raise Unavailable(NO_SPACE, field="file") from None
        raise
    if file is None or not file.filename:
        raise Invalid(N_("Choose a file."), field="file")
    return file


def _limit() -> int:
    return int(current_app.extensions["kehub"]["config"].upload_limit_mb)


def _chosen(run: BulkRun) -> ColumnMapping:
    file = service.file_of(db.session(), run_id=run.id)
    values: Any = request.form
    return mapping.chosen(
        ColumnMapping.of(file.mapping),
        header=file.header,
        targets=values.getlist("target"),
        identify_by=values.get("identify_by"),
        names_row=content_of(catalog_view(), run.settings).names_row,
    )


def _blank() -> service.Blank:
    return "clear" if request.form.get("blank") == "clear" else "keep"


def _existing() -> service.Existing:
    return "fill" if request.form.get("existing") == "fill" else "update"
