"""Relationships over REST: those of a customer, one, new, change, remove."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import created, page, resource
from core.customers import queries as customers
from core.db.base import db
from core.errors import NotFound
from core.fields.masks import shown_as, written
from core.relationships import policy, queries, schemas, service
from core.web.current import context
from core.web.i18n import label

endpoints = Endpoints("relationships", __name__, prefix="", title="Relationships")


@endpoints.get(
    "/customers/<uuid:customer_id>/relationships", permission=policy.READ, query=schemas.RelationshipQuery,
    returns=schemas.RelationshipPage,
)  # fmt: skip
def index(customer_id: UUID, query: dict[str, Any]) -> Response:
    """List who a customer is related to. A provider sees those whose other end is leased to it too."""
    if customers.customer_row(db.session(), context=context(), customer_id=customer_id) is None:
        raise NotFound
    rows = queries.related(db.session(), context=context(), customer_id=customer_id, ended=query["ended"])
    return page([_of_customer(row) for row in rows], following=None)


@endpoints.post(
    "/customers/<uuid:customer_id>/relationships", permission=policy.WRITE, body=schemas.RelationshipNew,
    returns=schemas.Relationship, versioned=True,
)  # fmt: skip
def create(customer_id: UUID, body: dict[str, Any]) -> Response:
    """The customer becomes the role of `other_id`. A circle, and the same again, are conflicts."""
    row = service.relate(db.session(), context=context(), customer_id=customer_id, source="api", **body)
    return created(_shown(row.id), endpoint="api_relationships.show", relationship_id=row.id)


@endpoints.get(
    "/relationships/<uuid:relationship_id>", permission=policy.READ, returns=schemas.Relationship, versioned=True
)
def show(relationship_id: UUID) -> Response:
    """Read one."""
    return resource(_shown(relationship_id))


@endpoints.patch(
    "/relationships/<uuid:relationship_id>", permission=policy.WRITE, body=schemas.RelationshipChange,
    returns=schemas.Relationship, versioned=True,
)  # fmt: skip
def change(relationship_id: UUID, body: dict[str, Any]) -> Response:
    """Change its days or its note; one that is over gets `ends_on`."""
    service.change(
        db.session(), context=context(), relationship_id=relationship_id, version=expected_version(), changes=body
    )
    return resource(_shown(relationship_id))


@endpoints.delete("/relationships/<uuid:relationship_id>", permission=policy.WRITE)
def remove(relationship_id: UUID) -> Response:
    """Remove one that was never so. It can be put back for a while."""
    service.remove(db.session(), context=context(), relationship_id=relationship_id)
    return Response(status=204)


_AS_THEY_ARE = ("id", "customer_id", "other_id", "role", "end_id", "starts_on", "ends_on", "version")


def _of_customer(row: queries.Related) -> dict[str, Any]:
    sight = context().sight
    return {
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        "end_is": str(label(row.label)),
        "end_number": row.number,
        "end_kind": row.kind,
        "end_name": shown_as("name", row.name, name="name", sight=sight),
        "note": written(row.note, sight=sight),
    }  # fmt: skip


def _shown(relationship_id: UUID) -> dict[str, Any]:
    row = queries.one(db.session(), context=context(), relationship_id=relationship_id)
    if row is None:
        raise NotFound
    dumped: dict[str, Any] = schemas.Relationship().dump(row)
    return {**dumped, "note": written(row.note, sight=context().sight)}
