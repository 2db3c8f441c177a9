"""The result of an undo, and the button that begins it. A feature's page shows the same card by `parts.card`."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.db.base import db
from core.errors import NotFound
from core.jobs.models import BulkRun
from core.undo import parts, service
from core.web.current import context
from core.web.errors import is_partial
from core.web.routes import Pages

pages = Pages("undo", __name__)


@pages.page("/undo/<uuid:run_id>", permission=None)
def show(run_id: UUID) -> ResponseReturnValue:
    """Of the run that was, or is to be, undone. Asked again and again while it works."""
    card = parts.card(db.session(), context=context(), run=_found(run_id), after=request.args.get("after", type=int))
    if is_partial():
        return card
    return render_template("undo/show.html", card=card)


@pages.page("/undo/<uuid:run_id>", permission=None, methods=["POST"])
def begin(run_id: UUID) -> ResponseReturnValue:
    service.undo(db.session(), context=context(), run=_found(run_id))
    to = url_for("undo.show", run_id=run_id)
    db.session.commit()
    return redirect(to, 303)


def _found(run_id: UUID) -> BulkRun:
    """Raises NotFound also for who may not see runs of this kind."""
    run = db.session().scalar(select(BulkRun).where(BulkRun.id == run_id))
    how = service.UNDOABLE.get(run.kind) if run else None
    if run is None or how is None or not context().may(how.permission):
        raise NotFound
    return run
