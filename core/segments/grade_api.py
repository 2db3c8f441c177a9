"""Grades over REST: schemes, from draft to retirement, and the grade of one customer with its history, also set by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import inspect, select

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.customers import queries
from core.db.base import db
from core.db.keyset import newest_first
from core.errors import NotFound
from core.segments import overriding, policy, schemes
from core.segments.models import GradeScheme as Row
from core.segments.models import GradeStanding as Standing
from core.segments.schemas import (
    GradeActivation,
    GradeScheme,
    GradeSchemeChange,
    GradeSchemeNew,
    GradeSchemePage,
    GradeSchemeQuery,
    GradeSet,
    GradeStanding,
)
from core.web.current import catalog_view, context

endpoints = Endpoints("grade_schemes", __name__, prefix="/grade-schemes", title="Grades")
of_customers = Endpoints("customer_grades", __name__, prefix="/customers", title="Grades of customers")


@endpoints.get("", permission=policy.READ, query=GradeSchemeQuery, returns=GradeSchemePage)
def index(query: dict[str, Any]) -> Response:
    """List schemes of grades, the latest first; one at most is live."""
    columns = [getattr(Row, each.key) for each in inspect(Row).column_attrs]
    found = newest_first(
        db.session(), select(*columns), moment=Row.created_at, key=Row.id, after=query["after"], limit=query["limit"]
    )
    return page(GradeScheme().dump(found.rows, many=True), following=found.next)


@endpoints.get("/<uuid:scheme_id>", permission=policy.READ, returns=GradeScheme, versioned=True)
def scheme(scheme_id: UUID) -> Response:
    """Read one scheme."""
    return resource(_dumped(scheme_id))


@endpoints.post("", permission=policy.GRADE, body=GradeSchemeNew, returns=GradeScheme, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Draft a scheme: the usual pyramid of four grades, to be changed."""
    row = schemes.make(db.session(), context=context(), **body)
    return created(_dumped(row.id), endpoint="api_grade_schemes.scheme", scheme_id=row.id)


@endpoints.patch(
    "/<uuid:scheme_id>", permission=policy.GRADE, body=GradeSchemeChange, returns=GradeScheme, versioned=True
)
def change(scheme_id: UUID, body: dict[str, Any]) -> Response:
    """Change what is named of a draft; its simulation is void."""
    kept = _dumped(scheme_id)
    schemes.change(
        db.session(), context=context(), view=catalog_view(), scheme_id=scheme_id, version=expected_version(),
        values={**kept, **body},
    )  # fmt: skip
    return resource(_dumped(scheme_id))


@endpoints.post(
    "/<uuid:scheme_id>/simulate", permission=policy.GRADE, returns=GradeScheme, versioned=True, takes_version=True,
    located=False,
)  # fmt: skip
def simulate(scheme_id: UUID) -> Response:
    """Count who would move. A draft goes live only as it was simulated."""
    session = db.session()
    schemes.try_out(session, context=context(), view=catalog_view(), scheme_id=scheme_id, version=expected_version())
    return _acted(scheme_id)


@endpoints.post(
    "/<uuid:scheme_id>/activate", permission=policy.GRADE, returns=GradeActivation, takes_version=True, located=False
)
def activate(scheme_id: UUID) -> Response:
    """Have a simulated draft go live: at once, or by a second person, who is asked."""
    asked = schemes.ask(db.session(), context=context(), scheme_id=scheme_id, version=expected_version())
    state = _dumped(scheme_id)["state"]
    return answer({"state": state, "approval_id": str(asked.id) if asked else None}, status=201)


@endpoints.post("/<uuid:scheme_id>/copy", permission=policy.GRADE, returns=GradeScheme, versioned=True)
def copy(scheme_id: UUID) -> Response:
    """A draft like another scheme."""
    row = schemes.copy(db.session(), context=context(), scheme_id=scheme_id)
    return created(_dumped(row.id), endpoint="api_grade_schemes.scheme", scheme_id=row.id)


@endpoints.post(
    "/<uuid:scheme_id>/retire", permission=policy.GRADE, returns=GradeScheme, versioned=True, takes_version=True,
    located=False,
)  # fmt: skip
def retire(scheme_id: UUID) -> Response:
    """End the live scheme, or throw a draft away. Customers keep the grades they have."""
    schemes.retire(db.session(), context=context(), scheme_id=scheme_id, version=expected_version())
    return _acted(scheme_id)


def _acted(scheme_id: UUID) -> Response:
    response = resource(_dumped(scheme_id))
    response.status_code = 201
    return response


def _dumped(scheme_id: UUID) -> dict[str, Any]:
    row = db.session().scalar(select(Row).where(Row.id == scheme_id))
    if row is None:
        raise NotFound
    shown: dict[str, Any] = GradeScheme().dump(row)
    return shown


@of_customers.get("/<uuid:customer_id>/grade", permission=policy.READ, returns=GradeStanding)
def show(customer_id: UUID) -> Response:
    """A customer's grade, and why it has it."""
    return answer(_shown(customer_id))


@of_customers.put("/<uuid:customer_id>/grade", permission=policy.OVERRIDE, body=GradeSet, returns=GradeStanding)
def override(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Set a customer's grade by hand, with a reason, until a moment within a year."""
    overriding.override(db.session(), context=context(), customer_id=customer_id, **body)
    return answer(_shown(customer_id))


def _shown(customer_id: UUID) -> dict[str, Any]:
    row = queries.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    stand = db.session().scalar(select(Standing).where(Standing.customer_id == customer_id))
    told = {
        "grade": row.grade, "own": stand.grade if stand else None,
        "override_until": stand.override_until if stand else None,
        "history": overriding.history(db.session(), customer_id=customer_id),
    }  # fmt: skip
    shown: dict[str, Any] = GradeStanding().dump(told)
    return shown
