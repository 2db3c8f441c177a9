"""Record interactions over REST."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer
from core.db.base import db
from core.interactions import policy, service
from core.interactions.schemas import (
    DispositionTree,
    Interaction,
    InteractionNew,
    disposition_tree,
    interaction_schema,
)
from core.web.current import context

endpoints = Endpoints("interactions", __name__, prefix="/interactions", title="Interactions")


@endpoints.post("", permission=policy.RECORD, body=InteractionNew, returns=Interaction, located=False)
def record(body: dict[str, Any]) -> Response:
    """Record one contact with a customer. An outbound one names the gate's decision, else it is marked ungated."""
    made = service.record(db.session(), context=context(), **body)
    return answer(interaction_schema(sight=context().sight).dump(made), status=201)


@endpoints.get("/dispositions", permission=policy.RECORD, returns=DispositionTree)
def dispositions() -> Response:
    """Read what may come of a contact: how far it got, the outcomes of each, the next steps of each outcome."""
    return answer({"data": disposition_tree(), "next": None})
