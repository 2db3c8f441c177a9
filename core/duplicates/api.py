"""Duplicates over REST: what waits for review, decide, merge, undo, move what came since. The client's alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer, created, page, resource
from core.db.base import db
from core.duplicates import merging, policy, queries, runs, service, since, undoing
from core.duplicates import schemas as say
from core.duplicates.merging import Wish
from core.duplicates.models import CustomerMerge
from core.duplicates.screen import likelihood
from core.errors import NotFound
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.web.current import catalog_view, context

endpoints = Endpoints("duplicates", __name__, prefix="/duplicates", title="Duplicates")


@endpoints.get("", permission=policy.MERGE, query=say.DuplicateQuery, returns=say.DuplicatePairPage)
def index(query: dict[str, Any]) -> Response:
    """List pairs of customers that may be one: the likeliest first, or those decided, the latest first."""
    merging.may_merge(context())
    found = queries.queue(db.session(), context=context(), **query)
    rows = [_pair(row) for row in found.rows]
    return page(rows, following=found.following)


@endpoints.post("/runs", permission=policy.MERGE, body=say.DuplicateRunNew, returns=say.DuplicateRun, status=202)
def find(body: dict[str, Any]) -> Response:
    """Compare the stored customers with each other, in the background."""
    run = runs.create(db.session(), context=context(), whole=body["whole"])
    set_going(db.session(), context=context(), run=run)
    return answer(_run(run), status=202)


@endpoints.get("/runs/<uuid:run_id>", permission=policy.MERGE, returns=say.DuplicateRun)
def run(run_id: UUID) -> Response:
    """Read how far a comparison is."""
    found = db.session().get(BulkRun, (context().tenant_id, run_id))
    if found is None or found.kind != runs.KIND:
        raise NotFound
    return answer(_run(found))


@endpoints.get("/<uuid:pair_id>", permission=policy.MERGE, returns=say.DuplicatePair, versioned=True)
def show(pair_id: UUID) -> Response:
    """Read one pair and why it may be one customer."""
    return resource(_pair(service.pair_of(db.session(), context=context(), pair_id=pair_id, lock=False)))


@endpoints.post(
    "/<uuid:pair_id>/decision", permission=policy.MERGE, body=say.DuplicateDecision, returns=say.DuplicatePair
)
def decide(pair_id: UUID, body: dict[str, Any]) -> Response:
    """Say that two customers are no duplicates, take that back, or put the pair to the end of the queue."""
    session, who = db.session(), context()
    pair = service.pair_of(session, context=who, pair_id=pair_id)
    if body["decision"] == "not_duplicate":
        service.not_a_duplicate(session, context=who, pair=pair, note=body["note"])
    elif body["decision"] == "skip":
        service.skip(session, pair=pair)
    else:
        service.ask_again(session, context=who, pair=pair)
    return answer(_pair(pair))


@endpoints.post(
    "/merges", permission=policy.MERGE, body=say.MergeNew, returns=say.CustomerMerge, versioned=True, exact=True
)
def merge(body: dict[str, Any]) -> Response:
    """Merge a customer into another. The merged id answers with the survivor from then on."""
    leases = {each["engagement_id"]: each["lease"] for each in body.pop("leases")}
    made = merging.merge(db.session(), context=context(), view=catalog_view(), wish=Wish(leases=leases, **body))
    return created(_merge(made), endpoint="api_duplicates.merged", merge_id=made.id)


@endpoints.get("/merges/<uuid:merge_id>", permission=policy.MERGE, returns=say.CustomerMerge, versioned=True)
def merged(merge_id: UUID) -> Response:
    """Read a merge; once it is undone, with the rows that were made while the two were one."""
    if queries.merge_row(db.session(), merge_id=merge_id) is None:
        raise NotFound
    return resource(_merge(_kept(merge_id)))


@endpoints.post("/merges/<uuid:merge_id>/undo", permission=policy.MERGE, returns=say.CustomerMerge, status=200)
def undo(merge_id: UUID) -> Response:
    """Undo a merge, unless one of the two was merged again since."""
    return answer(_merge(undoing.undo(db.session(), context=context(), merge_id=merge_id)))


@endpoints.post("/merges/<uuid:merge_id>/rows", permission=policy.MERGE, body=say.RowsToMove, returns=say.RowsMoved,
                status=200)  # fmt: skip
def hand_over(merge_id: UUID, body: dict[str, Any]) -> Response:
    """Move rows that were made while the two were one to the customer that was merged."""
    rows = [(each["table"], each["id"]) for each in body["rows"]]
    return answer({"moved": since.hand_over(db.session(), context=context(), merge_id=merge_id, rows=rows)})


def _kept(merge_id: UUID) -> CustomerMerge:
    found = db.session().get(CustomerMerge, (context().tenant_id, merge_id))
    if found is None:
        raise NotFound
    return found


def _pair(row: Any) -> dict[str, Any]:
    names = (
        "id",
        "customer_id",
        "other_id",
        "state",
        "source",
        "terms",
        "note",
        "assignee_id",
        "decided_at",
        "version",
    )
    shown = {name: getattr(row, name) for name in names}
    return {**shown, "weight": row.weight / 100, "likelihood": round(likelihood(row.weight), 4)}


def _run(row: BulkRun) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "state", "cursor", "total", "counts", "version")}


def _merge(row: CustomerMerge) -> dict[str, Any]:
    names = (
        "id",
        "survivor_id",
        "customer_id",
        "state",
        "reason",
        "taken",
        "counts",
        "created_at",
        "undone_at",
        "version",
    )
    made = since.since(db.session(), merge=row)
    return {
        **{name: getattr(row, name) for name in names},
        "left": [{"field": None, **each} for each in row.left],
        "since": [{"table": each.table, "id": each.id, "created_at": each.created_at} for each in made],
    }
