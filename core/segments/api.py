"""Segments over REST: list, one, new, change, count a condition, overlap of two, take the members and read them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import select

from core.api.endpoints import Endpoints, expected_version
from core.api.fields import ListQuery
from core.api.writing import answer, created, page, resource
from core.conditions import parse
from core.customers.models import Customer
from core.db.base import db
from core.errors import N_, Conflict, NotFound
from core.jobs.models import BulkRun
from core.segments import counting, meaning, policy, service
from core.segments.meaning import Definition
from core.segments.models import Segment as Row
from core.segments.schemas import (
    MemberPage,
    Overlap,
    OverlapQuery,
    Segment,
    SegmentChange,
    SegmentCount,
    SegmentNew,
    SegmentPage,
    SegmentPreview,
    SegmentQuery,
)
from core.web.current import catalog_view, context
from core.web.i18n import label

endpoints = Endpoints("segments", __name__, prefix="/segments", title="Segments")


@endpoints.get("", permission=policy.READ, query=SegmentQuery, returns=SegmentPage)
def index(query: dict[str, Any]) -> Response:
    """List segments: the tenant's own and those that verticals declare, by key."""
    known = meaning.definitions(db.session(), view=catalog_view(), archived=query["archived"])
    shown = sorted(key for key, each in known.items() if meaning.readable(each, context=context(), view=catalog_view()))
    keys = [key for key in shown if query["after"] is None or key > query["after"]]
    some = keys[: query["limit"]]
    return page([_dumped(known[key]) for key in some], following=some[-1] if len(keys) > len(some) else None)


@endpoints.get("/overlap", permission=policy.READ, query=OverlapQuery, returns=Overlap)
def overlap(query: dict[str, Any]) -> Response:
    """How many active customers are in the one segment only, in both, in the other only."""
    told = counting.overlap(db.session(), view=catalog_view(), one=_found(query["a"]), other=_found(query["b"]))
    names = ("only_a", "both", "only_b", "of_a", "of_b", "jaccard")
    return answer({name: getattr(told, name) for name in names})


@endpoints.get("/<key>", permission=policy.READ, returns=Segment, versioned=True)
def show(key: str) -> Response:
    """Read one segment, and why it cannot be used where it cannot."""
    return resource(_dumped(_found(key)))


@endpoints.post("", permission=policy.MANAGE, body=SegmentNew, returns=Segment, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Make a segment. A snapshot without a condition is filled by hand."""
    row = service.make(db.session(), context=context(), view=catalog_view(), **body)
    return created(_dumped(_found(f"own.{row.key}")), endpoint="api_segments.show", key=f"own.{row.key}")


@endpoints.post(
    "/count", permission=policy.READ, body=SegmentPreview, returns=SegmentCount, located=False,
    while_read_only="reads: counts who meets a condition",
)  # fmt: skip
def count(body: dict[str, Any]) -> Response:
    """Count who meets a condition now, up to a cap."""
    offered = meaning.offered(catalog_view(), context=context())
    parse(body["condition"], types=offered.types())
    told = counting.preview(db.session(), view=catalog_view(), tree=body["condition"])
    return answer({"count": told.count, "capped": told.capped}, status=201)


@endpoints.patch("/<key>", permission=policy.MANAGE, body=SegmentChange, returns=Segment, versioned=True)
def change(key: str, body: dict[str, Any]) -> Response:
    """Change what is named, archive it, or bring it back."""
    row, version, state = _own(key), expected_version(), body.pop("state", None)
    session, who, view = db.session(), context(), catalog_view()
    if body or state is None:
        kept = {name: getattr(row, name) for name in ("name", "mode", "condition", "purpose")}
        row = service.change(session, context=who, view=view, segment_id=row.id, version=version, **{**kept, **body})
        version = row.version
    if state is not None and state != row.state:
        service.archive(session, context=who, segment_id=row.id, version=version, back=state == "active")
    return resource(_dumped(_found(key)))


@endpoints.post(
    "/<key>/take", permission=policy.MANAGE, returns=Segment, versioned=True, takes_version=True, located=False
)
def take(key: str) -> Response:
    """Begin to take a snapshot's members; `taking` says whether that still goes on."""
    service.take(
        db.session(), context=context(), view=catalog_view(), segment_id=_own(key).id, version=expected_version()
    )
    response = resource(_dumped(_found(key)))
    response.status_code = 201
    return response


@endpoints.get("/<key>/members", permission=policy.READ, query=ListQuery, returns=MemberPage)
def members(key: str, query: dict[str, Any]) -> Response:
    """The active customers in it whom the token reaches, by number. Read a customer for its data."""
    wanted = meaning.members(db.session(), view=catalog_view(), found=_found(key)).with_only_columns(
        Customer.id, Customer.number
    )
    after = query["after"]
    if after is not None:
        wanted = wanted.where(Customer.number > (int(after) if after.isdecimal() and len(after) < 18 else -1))
    rows = db.session().execute(wanted.order_by(Customer.number).limit(query["limit"] + 1)).all()
    some = rows[: query["limit"]]
    following = str(some[-1].number) if len(rows) > len(some) else None
    return page([{"id": str(row.id), "number": row.number} for row in some], following=following)


def _found(key: str) -> Definition:
    found = meaning.definition(db.session(), view=catalog_view(), key=key)
    if not meaning.readable(found, context=context(), view=catalog_view()):
        raise NotFound
    return found


def _own(key: str) -> Row:
    found = _found(key)
    row = db.session().get(Row, (context().tenant_id, found.id)) if found.id else None
    if row is None:
        raise Conflict(N_("A vertical declares this segment. Make one of your own to change it."))
    return row


def _dumped(found: Definition) -> dict[str, Any]:
    row = db.session().scalar(select(Row).where(Row.id == found.id)) if found.id else None
    run = db.session().get(BulkRun, (row.tenant_id, row.run_id)) if row and row.run_id else None
    faults = [
        {"place": each.field or "$", "code": each.code, "message": _(each.message, **each.params)}
        for each in found.faults
    ]
    return {
        "key": found.key, "id": str(found.id) if found.id else None, "name": label(found.label),
        "purpose": row.purpose if row else "", "mode": found.mode, "condition": found.condition, "state": found.state,
        "criteria": row.criteria if row else {}, "size": row.size if row else None, "taken_at": found.taken_at,
        "taking": run is not None and run.state in ("waiting", "running"), "faults": faults,
        "version": row.version if row else 0,
    }  # fmt: skip
