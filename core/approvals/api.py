"""Requests for approval over REST: list, one, and decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import created, page, resource
from core.approvals import delegations, policy, queries, service
from core.approvals.schemas import Approval, ApprovalDecision, ApprovalPage, ApprovalQuery
from core.approvals.shown import ShownApproval
from core.db.base import db
from core.errors import NotFound
from core.web.current import context

endpoints = Endpoints("approvals", __name__, prefix="/approvals", title="Approvals")


@endpoints.get("", permission=policy.READ, query=ApprovalQuery, returns=ApprovalPage)
def index(query: dict[str, Any]) -> Response:
    """List requests that you made, decided on or might decide on, the newest first."""
    people = delegations.stand_ins(db.session(), context=context())
    found = queries.approval_page(db.session(), context=context(), people=people, **query)
    shown = [_document(ShownApproval(row, context(), people)) for row in found.rows]
    return page(shown, following=found.next)


@endpoints.get("/<uuid:approval_id>", permission=policy.READ, returns=Approval, versioned=True)
def show(approval_id: UUID) -> Response:
    """Read one request."""
    return resource(_shown(approval_id))


@endpoints.post(
    "/<uuid:approval_id>/decision",
    permission=policy.READ,
    body=ApprovalDecision,
    returns=Approval,
    versioned=True,
    takes_version=True,
)
def decide(approval_id: UUID, body: dict[str, Any]) -> Response:
    """Approve or refuse. The request names the permission that it takes; nobody decides on their own request."""
    service.decide(db.session(), context=context(), approval_id=approval_id, version=expected_version(), **body)
    return created(_shown(approval_id), endpoint="api_approvals.show", approval_id=approval_id)


def _shown(approval_id: UUID) -> dict[str, Any]:
    people = delegations.stand_ins(db.session(), context=context())
    row = queries.approval_row(db.session(), context=context(), people=people, approval_id=approval_id)
    if row is None:
        raise NotFound
    return _document(ShownApproval(row, context(), people))


def _document(asked: ShownApproval) -> dict[str, Any]:
    given = {
        **asked.row._mapping,
        "title": asked.title,
        "reason": asked.reason,
        "note": asked.note,
        "requested_at": asked.row.created_at,
        "may_decide": asked.open and asked.why_not is None,
    }
    return dict(Approval().dump(given))
