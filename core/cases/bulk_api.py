"""Acts on many cases over REST: make one, which tries it on each case; look at it; start it; read what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, resource
from core.cases import bulk, policy
from core.cases.api import filters, given
from core.cases.bulk_screen import row_page
from core.cases.queries import CaseFilters
from core.cases.schemas import Bulk, BulkNew, BulkRow, BulkRowQuery, BulkRows
from core.db.base import db
from core.errors import NotFound
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.web.current import catalog_view, context

endpoints = Endpoints("case_bulks", __name__, prefix="/case-bulks", title="Acts on many cases")


@endpoints.post("", permission=policy.ASSIGN, body=BulkNew, returns=Bulk, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Choose cases and an act, and try it on each. Nothing changes before it is started."""
    session, who = db.session(), context()
    chosen = None if body["case_ids"] else _found(body["filter"] or {})
    run = bulk.choose(session, context=who, case_ids=body["case_ids"], filters=chosen)
    if not bulk.try_out(session, context=who, view=catalog_view(), run=run, act=_act(body["act"])):
        set_going(session, context=who, run=run)
    return created(_shown(run), endpoint="api_case_bulks.show", run_id=run.id)


@endpoints.get("/<uuid:run_id>", permission=policy.ASSIGN, returns=Bulk, versioned=True)
def show(run_id: UUID) -> Response:
    """How far it has come."""
    return resource(_shown(_run(run_id)))


@endpoints.post(
    "/<uuid:run_id>/start", permission=policy.ASSIGN, returns=Bulk, versioned=True, takes_version=True, located=False
)
def start(run_id: UUID) -> Response:
    """Do what was tried, for each case on which it is possible."""
    run = bulk.found_run(db.session(), context=context(), run_id=run_id, version=expected_version())
    bulk.start(db.session(), context=context(), run=run)
    return _going(run)


@endpoints.post(
    "/<uuid:run_id>/undo", permission=policy.ASSIGN, returns=Bulk, versioned=True, takes_version=True, located=False
)
def undo(run_id: UUID) -> Response:
    """Bring back who had the cases, or their severity, where nobody changed them since. Answers with the run that does so."""
    run = bulk.found_run(db.session(), context=context(), run_id=run_id, version=expected_version())
    return _going(bulk.undo(db.session(), context=context(), run=run))


@endpoints.post("/<uuid:run_id>/cancel", permission=policy.ASSIGN, returns=Bulk, versioned=True, located=False)
def cancel(run_id: UUID) -> Response:
    """Stop after the current slice. What is done stays done."""
    bulk.found_run(db.session(), context=context(), run_id=run_id)
    return _answered(jobs.cancel(db.session(), run_id=run_id))


@endpoints.get("/<uuid:run_id>/rows", permission=policy.ASSIGN, query=BulkRowQuery, returns=BulkRows)
def rows(run_id: UUID, query: dict[str, Any]) -> Response:
    """What came of each case, or would."""
    _run(run_id)
    found, following = row_page(
        db.session(), context=context(), view=catalog_view(), run_id=run_id, after=query["after"]
    )
    return answer({"data": BulkRow().dump(found, many=True), "next": following})


def _found(asked: Mapping[str, Any]) -> CaseFilters:
    """Open ones, if the filter does not say otherwise."""
    return filters({"assignee": None, **asked, "open": True if asked.get("open") is None else asked["open"]})


def _act(asked: dict[str, Any]) -> dict[str, Any]:
    kind = asked["kind"]
    if kind == "assign":
        person = asked["assignee_id"]
        return {"kind": kind, "assignee_id": str(person) if person else None}
    if kind == "severity":
        return {"kind": kind, "severity": asked["severity"]}
    values = given(asked["attributes"])
    return {"kind": kind, "values": values, **{name: asked[name] for name in ("workflow", "transition", "note")}}


def _run(run_id: UUID) -> BulkRun:
    run = db.session().scalar(select(BulkRun).where(BulkRun.id == run_id, BulkRun.kind == bulk.KIND))
    if run is None or run.engagement_id != context().engagement_id:
        raise NotFound
    return run


def _shown(run: BulkRun) -> dict[str, Any]:
    db.session().flush()
    return dict(Bulk().dump({**{name: getattr(run, name) for name in ("id", "state", "total", "counts", "version")},
                             "phase": run.settings["phase"]}))  # fmt: skip


def _going(run: BulkRun) -> Response:
    set_going(db.session(), context=context(), run=run)
    return _answered(run)


def _answered(run: BulkRun) -> Response:
    response = resource(_shown(run))
    response.status_code = 201
    return response
