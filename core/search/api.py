"""Search over REST: by POST, so that no term stands in an address."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer
from core.customers.policy import READ
from core.db.base import db
from core.search import screen, service
from core.search.schemas import SearchFound, SearchNew
from core.web.current import catalog_view, context

endpoints = Endpoints("search", __name__, prefix="/search", title="Search")


@endpoints.post("", permission=READ, body=SearchNew, returns=SearchFound, status=200, located=False, remembered=False,
                while_read_only="reads: terms travel by POST")  # fmt: skip
def create(body: dict[str, Any]) -> Response:
    """The first of every kind that a term finds, or a page of one kind. What is not leased is as absent as what is not there."""
    found = service.find(
        db.session(), context=context(), view=catalog_view(), term=body["q"], kind=body["kind"], skip=body["after"]
    )
    shelves = screen.shelves(found, context=context(), view=catalog_view())
    return answer(SearchFound().dump({"data": shelves}))
