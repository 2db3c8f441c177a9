"""Cases over REST: list, one, open, and take a step."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import created, page, resource
from core.cases import policy, queries, service
from core.cases.schemas import Case, CaseMove, CaseNew, CasePage, CaseQuery, case_schema
from core.db.base import db
from core.errors import NotFound
from core.web.current import catalog_view, context

endpoints = Endpoints("cases", __name__, prefix="/cases", title="Cases")


@endpoints.get("", permission=policy.READ, query=CaseQuery, returns=CasePage)
def index(query: dict[str, Any]) -> Response:
    """List cases, the newest first. A provider sees those of customers that are leased to its engagement."""
    place = {"after": query.pop("after"), "limit": query.pop("limit")}
    filters = queries.CaseFilters(**query)
    found = queries.case_page(db.session(), context=context(), filters=filters, **place)
    return page(_schema().dump(found.rows, many=True), following=found.next)


@endpoints.get("/<uuid:case_id>", permission=policy.READ, returns=Case, versioned=True)
def show(case_id: UUID) -> Response:
    """Read one case."""
    return resource(_shown(case_id))


@endpoints.post("", permission=policy.OPEN, body=CaseNew, returns=Case, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Open a case in the first state of its workflow."""
    values = _given(body.pop("attributes"))
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
    version, values = expected_version(), _given(body.pop("attributes"))
    service.take_step(
        db.session(), context=context(), view=catalog_view(), case_id=case_id, version=version, values=values, **body
    )
    return created(_shown(case_id), endpoint="api_cases.show", case_id=case_id)


def _given(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Stored values by qualified name, as the service reads them: money in major units, like a person writes it."""
    declared = catalog_view().fields(on="case")
    given = {}
    for owner, held in attributes.items():
        for key, value in held.items():
            field = declared[f"{owner}.{key}"]
            if field.kind == "money" and value is not None:
                value = str(Decimal(value).scaleb(-get_currency_precision(field.currency or context().currency)))
            given[f"{owner}.{key}"] = value
    return given


def _schema() -> Any:
    return case_schema(catalog_view(), party=context().party)


def _shown(case_id: UUID) -> dict[str, Any]:
    row = queries.case_row(db.session(), context=context(), case_id=case_id)
    if row is None:
        raise NotFound
    return dict(_schema().dump(row))
