"""Grades over REST: the schemes there are, and the grade of one customer with its history, also set by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select

from core.api.endpoints import Endpoints
from core.api.writing import answer, page
from core.customers import queries
from core.db.base import db
from core.errors import NotFound
from core.segments import overriding, policy
from core.segments.models import GradeScheme as Row
from core.segments.models import GradeStanding as Standing
from core.segments.schemas import GradeScheme, GradeSchemePage, GradeSet, GradeStanding
from core.web.current import context

endpoints = Endpoints("grade_schemes", __name__, prefix="/grade-schemes", title="Grades")
of_customers = Endpoints("customer_grades", __name__, prefix="/customers", title="Grades of customers")


@endpoints.get("", permission=policy.READ, returns=GradeSchemePage)
def index() -> Response:
    """List schemes of grades, the latest first; one at most is live."""
    rows = db.session().scalars(select(Row).order_by(Row.created_at.desc(), Row.id).limit(200))
    return page(GradeScheme().dump(rows, many=True), following=None)


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
