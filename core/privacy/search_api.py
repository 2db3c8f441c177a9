"""Find a customer by one exact number over REST."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer
from core.customers import policy
from core.db.base import db
from core.privacy import search
from core.privacy.schemas import CustomersFound, ExactSearchNew
from core.web.current import catalog_view, context

endpoints = Endpoints("searches", __name__, prefix="/searches", title="Searches")


@endpoints.post("", permission=policy.READ, body=ExactSearchNew, returns=CustomersFound, status=200, located=False)
def create(body: dict[str, Any]) -> Response:
    """The customers with exactly this number. What is not leased is as absent as what is not there."""
    found = search.find_exactly(db.session(), context=context(), view=catalog_view(), **body)
    return answer({"data": [{"id": str(each)} for each in found]})
