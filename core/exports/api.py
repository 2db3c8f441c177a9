"""Exports over REST: ask, and see what became of it. The file itself is taken by a person, from its page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import answer, created, resource
from core.db.base import db
from core.exports import policy, service
from core.exports.schemas import Export, ExportNew, Exports
from core.exports.sources import SOURCES, Asker
from core.web.current import catalog_view, context

endpoints = Endpoints("exports", __name__, prefix="/exports", title="Exports")


@endpoints.get("", permission=policy.ASK, returns=Exports)
def index() -> Response:
    """One's own requests, the newest first."""
    return answer({"data": Export(many=True).dump(service.requests(db.session(), context=context()))})


@endpoints.get("/<uuid:export_id>", permission=policy.ASK, returns=Export, versioned=True)
def show(export_id: UUID) -> Response:
    """One request."""
    return resource(Export().dump(service.find(db.session(), context=context(), export_id=export_id)))


@endpoints.post(
    "",
    permission=policy.ASK,
    body=ExportNew,
    returns=Export,
    versioned=True,
    while_read_only="reads: a file of what is there",
)
def create(body: dict[str, Any]) -> Response:
    """Ask for rows as a file. The gate decides at once, then another person."""
    chosen: dict[str, Any] = {"args": body["filters"]}
    if body["type"]:
        chosen["type"] = body["type"]
    if body["ids"]:
        chosen["ids"] = [str(each) for each in body["ids"]]
    names = body["fields_"]
    if names is None:
        service.refuse_unknown(catalog_view(), body["what"], chosen)
        names = list(SOURCES[body["what"]].fields(Asker(db.session(), context(), catalog_view()), chosen))
    made = service.ask(
        db.session(), context=context(), view=catalog_view(), what=body["what"], chosen=chosen, fields=names,
        format=body["format"], purpose=body["purpose"], reason=body["reason"],
    )  # fmt: skip
    return created(Export().dump(made), endpoint="api_exports.show", export_id=made.id)
