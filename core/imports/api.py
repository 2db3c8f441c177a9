"""Imports over REST: hand a file in, which tries it; look at it and at its rows; start it, stop it, undo it."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, current_app
from flask_babel import gettext as _

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.db.base import db
from core.errors import N_, Invalid
from core.imports import policy, queries, report, service
from core.imports.contents import content_of
from core.imports.mapping import ColumnMapping
from core.imports.schemas import (
    Import,
    ImportNew,
    ImportPage,
    ImportQuery,
    ImportRows,
    ImportRowsQuery,
    ImportRowTold,
)
from core.imports.targets import canonical_target
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.undo import service as undoing
from core.web.current import catalog_view, context

endpoints = Endpoints("imports", __name__, prefix="/imports", title="Imports")
ROWS = 200


@endpoints.get("", permission=policy.RUN, query=ImportQuery, returns=ImportPage)
def index(query: dict[str, Any]) -> Response:
    """List imports, the newest first."""
    rows, following = queries.run_page(db.session(), after=query["after"], limit=query["limit"])
    return page([_dumped(row) for row in rows], following=following)


@endpoints.post("", permission=policy.RUN, body=ImportNew, returns=Import, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Hand in a file. It is read through at once and tells of each row what would become of it; nothing is written yet."""
    session, view = db.session(), catalog_view()
    run = _received(body)
    chosen, options = _mapping(run, body["mapping"]), {name: body[name] for name in ("existing", "blank")}
    service.choose(session, run=run, view=view, chosen=chosen, **options)
    service.rehearse(session, run=run, view=view)
    set_going(session, context=context(), run=run)
    return created(_shown(run.id), endpoint="api_imports.show", run_id=run.id)


@endpoints.get("/<uuid:run_id>", permission=policy.RUN, returns=Import, versioned=True)
def show(run_id: UUID) -> Response:
    """How far it has come, and what was done."""
    return resource(_shown(run_id))


@endpoints.get("/<uuid:run_id>/rows", permission=policy.RUN, query=ImportRowsQuery, returns=ImportRows)
def rows(run_id: UUID, query: dict[str, Any]) -> Response:
    """What became of each row, or would, in the file's order."""
    queries.run_row(db.session(), run_id=run_id)
    found = report.row_page(db.session(), run_id=run_id, after=query["after"], told=query["told"], limit=ROWS)
    told = [{**row._mapping, "problems": [{**each, "message": _say(each)} for each in row.problems]} for row in found]
    following = found[-1].line if len(found) == ROWS else None
    return answer({"data": ImportRowTold().dump(told, many=True), "next": following})


@endpoints.post(
    "/<uuid:run_id>/start", permission=policy.RUN, returns=Import, versioned=True, takes_version=True, located=False
)
def start(run_id: UUID) -> Response:
    """Import what was tried."""
    run = service.found_run(db.session(), run_id=run_id, version=expected_version())
    service.load(db.session(), run=run, view=catalog_view())
    set_going(db.session(), context=context(), run=run)
    return _answered(run_id)


@endpoints.post("/<uuid:run_id>/cancel", permission=policy.RUN, returns=Import, versioned=True, located=False)
def cancel(run_id: UUID) -> Response:
    """Stop after the current slice. What is done stays done, and can be undone."""
    service.found_run(db.session(), run_id=run_id)
    jobs.cancel(db.session(), run_id=run_id)
    return _answered(run_id)


@endpoints.post("/<uuid:run_id>/undo", permission=policy.RUN, returns=Import, versioned=True, located=False)
def undo(run_id: UUID) -> Response:
    """Put back what the import changed and remove what it made, where nobody has changed it since."""
    run = service.found_run(db.session(), run_id=run_id)
    undoing.undo(db.session(), context=context(), run=run)
    return _answered(run_id)


def _received(body: Mapping[str, Any]) -> BulkRun:
    content = content_of(catalog_view(), {"type": body["type"]})
    return service.receive(
        db.session(), content=content, stream=io.BytesIO(_bytes(body["content"])), name=body["name"], limit=_limit(),
        encoding=body["encoding"], sheet=body["sheet"],
    )  # fmt: skip


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(N_("This is not base64."), field="content") from None


def _limit() -> int:
    return int(current_app.extensions["kehub"]["config"].upload_limit_mb) * 1024**2


def _mapping(run: BulkRun, given: Mapping[str, Any] | None) -> ColumnMapping:
    if given is None:
        return ColumnMapping.of(service.file_of(db.session(), run_id=run.id).mapping)
    columns = {column: canonical_target(target) for column, target in given["columns"].items()}
    return ColumnMapping(columns=columns, values=given["values"], identify_by=canonical_target(given["identify_by"]))


def _shown(run_id: UUID) -> dict[str, Any]:
    db.session().flush()
    return _dumped(queries.run_row(db.session(), run_id=run_id))


def _dumped(row: Any) -> dict[str, Any]:
    undone = undoing.undo_of(db.session(), run=row)
    counts = {name: count for name, count in service.counted(row.counts).items() if name != "rows"}
    return dict(
        Import().dump(
            {
                **row._mapping, "counts": counts, "phase": row.settings["phase"], "mapping": row.mapping["columns"],
                "identify_by": row.mapping["identify_by"], "undo": undoing.plain(undone.counts) if undone else None,
            }
        )
    )  # fmt: skip


def _say(problem: Mapping[str, Any]) -> str:
    return str(_(problem["message"], **problem["params"]))


def _answered(run_id: UUID) -> Response:
    response = resource(_shown(run_id))
    response.status_code = 201
    return response
