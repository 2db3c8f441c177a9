"""Reveal one value over REST. The answer is not kept under an Idempotency-Key: the value is kept nowhere."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer
from core.db.base import db
from core.privacy import policy, service
from core.privacy.schemas import Reveal, RevealNew
from core.web.current import catalog_view, context

REVEAL = Reveal()
endpoints = Endpoints("reveals", __name__, prefix="/reveals", title="Reveals")


@endpoints.post("", permission=policy.MAKE, body=RevealNew, returns=Reveal, located=False, remembered=False)
def create(body: dict[str, Any]) -> Response:
    """See one masked value for a minute. A provider's person needs open work on the customer; each look is recorded."""
    wish = service.Wish(
        field=body["field"], reason=body["reason"], note=body["note"], customer_id=body["customer_id"],
        record_id=body["record_id"], case_id=body["case_id"], work=body["work_id"],
    )  # fmt: skip
    shown = service.reveal(db.session(), context=context(), view=catalog_view(), wish=wish)
    return answer(REVEAL.dump(shown), status=201)
