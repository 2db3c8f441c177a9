"""Ask the gate over REST. What comes of it is stored, whatever it is."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer
from core.db.base import db
from core.gate import policy, service
from core.gate.schemas import GateDecision, GateQuestion
from core.web.current import catalog_view, context

endpoints = Endpoints("gate", __name__, prefix="/gate", title="Gate")


@endpoints.post("/decisions", permission=policy.DECIDE, body=GateQuestion, returns=GateDecision, located=False)
def decide(body: dict[str, Any]) -> Response:
    """Ask whether a customer may be contacted. Name the decision when you record the contact."""
    decision = service.decide(db.session(), context=context(), view=catalog_view(), **body)
    return answer(GateDecision().dump(decision), status=201)
