"""Interactions over REST: list, one, and a new one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, url_for

from core.api.endpoints import Endpoints
from core.api.parsing import as_written
from core.api.writing import answer, page
from core.db.base import db
from core.errors import NotFound
from core.interactions import policy, queries, service
from core.interactions.schemas import (
    DispositionTree,
    Interaction,
    InteractionNew,
    InteractionPage,
    InteractionQuery,
    disposition_tree,
    interaction_schema,
)
from core.web.current import catalog_view, context

endpoints = Endpoints("interactions", __name__, prefix="/interactions", title="Interactions")


@endpoints.get("", permission=policy.READ, query=InteractionQuery, returns=InteractionPage)
def index(query: dict[str, Any]) -> Response:
    """List contacts, the newest first. A provider sees the client's and its own, with customers leased to it."""
    place = {name: query.pop(name) for name in ("after", "limit")}
    filters = queries.InteractionFilters(**query)
    found = queries.interaction_page(db.session(), context=context(), filters=filters, **place)
    return page(_schema().dump(found.rows, many=True), following=found.next)


@endpoints.get("/<uuid:interaction_id>", permission=policy.READ, returns=Interaction)
def show(interaction_id: UUID) -> Response:
    """Read one contact."""
    return answer(_shown(interaction_id))


@endpoints.post("", permission=policy.RECORD, body=InteractionNew, returns=Interaction)
def record(body: dict[str, Any]) -> Response:
    """Record one contact with a customer. An outbound one names the gate's decision, else it is marked ungated."""
    declared = catalog_view().fields(on="interaction")
    values = as_written(body.pop("attributes"), declared=declared, currency=context().currency)
    made = service.record(db.session(), context=context(), view=catalog_view(), values=values, **body)
    response = answer(_shown(made.id), status=201)
    response.headers["Location"] = url_for("api_interactions.show", interaction_id=made.id)
    return response


@endpoints.get("/dispositions", permission=policy.RECORD, returns=DispositionTree)
def dispositions() -> Response:
    """Read what may come of a contact: how far it got, the outcomes of each, the next steps of each outcome."""
    return answer({"data": disposition_tree(), "next": None})


def _schema() -> Any:
    return interaction_schema(catalog_view(), sight=context().sight)


def _shown(interaction_id: UUID) -> dict[str, Any]:
    row = queries.interaction_row(db.session(), context=context(), interaction_id=interaction_id)
    if row is None:
        raise NotFound
    shown: dict[str, Any] = _schema().dump(row)
    return shown
