"""Tell the gate how many complaints a customer has open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, bindparam, func

from core.gate.facts import Question


class ComplaintsTold:
    """Open cases, whoever works on them, of workflows that stop offers.

    The function walls for itself: it counts the cases of other providers too, and returns nothing else of them.
    """

    name = "open_complaints"

    def column(self, customer_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        return func.open_cases_of(customer_id, bindparam("stopping", type_=ARRAY(Text)))

    def values(self, question: Question) -> Mapping[str, Any]:
        return {"stopping": [name for name, each in question.view.workflows.items() if each.blocks_marketing]}

    def read(self, told: Any, question: Question, *, zone: str) -> Mapping[str, Any]:  # noqa: ARG002 - a count
        return {"open_complaints": told}
