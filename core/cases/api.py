"""Cases over REST: list, one, open, change, take a step or ask for it, assign, comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.parsing import as_written
from core.api.writing import answer, created, page, resource
from core.cases import details, policy, queries, second, service
from core.cases.schemas import (
    Case,
    CaseApprovalAsked,
    CaseAssignment,
    CaseChange,
    CaseMove,
    CaseNew,
    CasePage,
    CaseQuery,
    Comment,
    CommentNew,
    Comments,
    case_schema,
)
from core.db.base import db
from core.errors import NotFound
from core.fields.masks import written
from core.web.current import catalog_view, context

endpoints = Endpoints("cases", __name__, prefix="/cases", title="Cases")


@endpoints.get("", permission=policy.READ, query=CaseQuery, returns=CasePage)
def index(query: dict[str, Any]) -> Response:
    """List cases, the newest first. A provider sees those of customers that are leased to its engagement."""
    place = {name: query.pop(name) for name in ("after", "limit", "order")}
    found = queries.case_page(db.session(), context=context(), filters=filters(query), **place)
    return page(_schema().dump(found.rows, many=True), following=found.next)


@endpoints.get("/<uuid:case_id>", permission=policy.READ, returns=Case, versioned=True)
def show(case_id: UUID) -> Response:
    """Read one case."""
    return resource(_shown(case_id))


@endpoints.post("", permission=policy.OPEN, body=CaseNew, returns=Case, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Open a case in the first state of its workflow."""
    values = given(body.pop("attributes"))
    made = service.open_case(db.session(), context=context(), view=catalog_view(), values=values, **body)
    return created(_shown(made.id), endpoint="api_cases.show", case_id=made.id)


@endpoints.post(
    "/<uuid:case_id>/steps",
    permission=policy.TRANSITION,
    body=CaseMove,
    returns=Case,
    versioned=True,
    takes_version=True,
)
def move(case_id: UUID, body: dict[str, Any]) -> Response:
    """Take a step of the workflow. The step's own permission, side, guard and fields are asked too."""
    version, values = expected_version(), given(body.pop("attributes"))
    service.take_step(
        db.session(), context=context(), view=catalog_view(), case_id=case_id, version=version, values=values, **body
    )
    return created(_shown(case_id), endpoint="api_cases.show", case_id=case_id)


@endpoints.post(
    "/<uuid:case_id>/approvals",
    permission=policy.TRANSITION,
    body=CaseMove,
    returns=CaseApprovalAsked,
    takes_version=True,
    located=False,
)
def ask(case_id: UUID, body: dict[str, Any]) -> Response:
    """Ask a second person for a step that needs one, or that the gate holds."""
    version, values, reason = expected_version(), given(body.pop("attributes")), body.pop("note")
    asked = second.ask_step(
        db.session(), context=context(), view=catalog_view(), case_id=case_id, version=version, values=values,
        reason=reason, **body,
    )  # fmt: skip
    return answer(CaseApprovalAsked().dump(asked), status=201)


@endpoints.patch("/<uuid:case_id>", permission=policy.TRANSITION, body=CaseChange, returns=Case, versioned=True)
def update(case_id: UUID, body: dict[str, Any]) -> Response:
    """Change title, severity and fields of an open case."""
    version, values = expected_version(), given(body.pop("attributes"))
    details.change(
        db.session(), context=context(), view=catalog_view(), case_id=case_id, version=version, values=values, **body
    )
    return resource(_shown(case_id))


@endpoints.put(
    "/<uuid:case_id>/assignee",
    permission=policy.TRANSITION,
    body=CaseAssignment,
    returns=Case,
    versioned=True,
    takes_version=True,
)
def assign(case_id: UUID, body: dict[str, Any]) -> Response:
    """Give a case to a person of your own side, or to nobody."""
    details.assign(db.session(), context=context(), case_id=case_id, version=expected_version(), **body)
    return resource(_shown(case_id))


@endpoints.get("/<uuid:case_id>/comments", permission=policy.READ, returns=Comments)
def comments(case_id: UUID) -> Response:
    """What was said about a case: your own side's, and what both sides read."""
    _shown(case_id)
    rows = queries.comments_of(db.session(), context=context(), case_id=case_id)
    return answer({"data": [_comment(row) for row in rows]})


@endpoints.post(
    "/<uuid:case_id>/comments", permission=policy.TRANSITION, body=CommentNew, returns=Comment, located=False
)
def comment(case_id: UUID, body: dict[str, Any]) -> Response:
    """Say something about a case."""
    made = details.comment(db.session(), context=context(), case_id=case_id, **body)
    return answer(_comment(made), status=201)


def _comment(row: Any) -> dict[str, Any]:
    made = dict(Comment().dump(row))
    return {**made, "body": written(made["body"], sight=context().sight)}


def filters(query: Mapping[str, Any]) -> queries.CaseFilters:
    who = query["assignee"]
    assignee = context().participant_id if who == "me" else UUID(who) if who not in (None, "none") else who
    return queries.CaseFilters(**{**query, "assignee": assignee})


def given(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Stored values by qualified name, as the service reads them: money in major units, like a person writes it."""
    return as_written(attributes, declared=catalog_view().fields(on="case"), currency=context().currency)


def _schema() -> Any:
    return case_schema(catalog_view(), sight=context().sight)


def _shown(case_id: UUID) -> dict[str, Any]:
    row = queries.case_row(db.session(), context=context(), case_id=case_id)
    if row is None:
        raise NotFound
    return dict(_schema().dump(row))
