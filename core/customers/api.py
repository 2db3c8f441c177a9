"""Customers over REST: list, one, new, change, and the timeline of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import Row

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import Dumper, created, page, resource
from core.customers import alike, placing, policy, queries, service
from core.customers.fields import field_set
from core.customers.rows import customer_rows
from core.customers.schemas import (
    Customer,
    CustomerChange,
    CustomerNew,
    CustomerPage,
    CustomerPlace,
    CustomerQuery,
    TimelinePage,
    TimelineQuery,
    customer_dumper,
)
from core.db.base import db
from core.errors import NotFound
from core.plugin.types import Label
from core.timeline.queries import Wanted, entries
from core.timeline.words import told
from core.web.current import catalog_view, context

endpoints = Endpoints("customers", __name__, prefix="/customers", title="Customers")


@endpoints.get("", permission=policy.READ, query=CustomerQuery, returns=CustomerPage)
def index(query: dict[str, Any]) -> Response:
    """List customers. A provider sees those that are leased to its engagement."""
    state = None if query["state"] == "any" else query["state"]
    rows, following = customer_rows(db.session(), context=context(), **{**query, "state": state})
    return page(_dumper().all(rows), following=following)


@endpoints.get("/<uuid:customer_id>", permission=policy.READ, returns=Customer, versioned=True, exact=True)
def show(customer_id: UUID) -> Response:
    """Read one customer. One that was merged answers as the customer it was merged into: `id` says which."""
    return resource(_standing(customer_id))


@endpoints.post("", permission=policy.CREATE, body=CustomerNew, returns=Customer, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Add a customer. One that resembles others is refused with `matches`, unless `despite_matches` says why it is another."""
    attributes, despite = body.pop("attributes"), body.pop("despite_matches", None)
    made = alike.create_unless_alike(
        db.session(), context=context(), values=body, attributes=attributes, source="api", despite=despite
    )
    return created(_shown(made.id), endpoint="api_customers.show", customer_id=made.id)


@endpoints.put(
    "/<uuid:customer_id>/place", permission=policy.WRITE, body=CustomerPlace, returns=Customer, versioned=True,
    takes_version=True,
)  # fmt: skip
def place(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Say who looks after it and which unit it belongs to; null is nobody and none."""
    placing.place_customer(db.session(), context=context(), customer_id=customer_id, version=expected_version(), **body)
    return resource(_shown(customer_id))


@endpoints.patch("/<uuid:customer_id>", permission=policy.WRITE, body=CustomerChange, returns=Customer, versioned=True)
def change(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Change what is named; null removes."""
    version, attributes = expected_version(), body.pop("attributes", None)
    service.update_customer(
        db.session(),
        context=context(),
        customer_id=customer_id,
        version=version,
        changes=body,
        attributes=attributes,
        fields=field_set(catalog_view(), region=context().country),
    )
    return resource(_shown(customer_id))


@endpoints.get("/<uuid:customer_id>/timeline", permission=policy.READ, query=TimelineQuery, returns=TimelinePage)
def timeline(customer_id: UUID, query: dict[str, Any]) -> Response:
    """The timeline of one customer, the latest first."""
    if queries.customer_row(db.session(), context=context(), customer_id=customer_id) is None:
        raise NotFound
    after, limit = query.pop("after"), query.pop("limit")
    wanted = Wanted(**query)
    found = entries(db.session(), context=context(), customer_id=customer_id, wanted=wanted, after=after, limit=limit)
    labels = {name: field.label for name, field in field_set(catalog_view()).fields.items()}
    return page([_entry(row, labels) for row in found.rows], following=found.next)


def _entry(row: Row[Any], labels: Mapping[str, Label]) -> dict[str, Any]:
    words = told(row, context=context(), labels=labels)
    shown = {
        name: getattr(row, name)
        for name in ("id", "kind", "occurred_at", "party", "channel", "subject_type", "subject_id")
    }
    return {**shown, "title": words.title, "text": words.text, "actor": words.actor}


def _standing(customer_id: UUID) -> dict[str, Any]:
    row = queries.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is not None and row.state != "merged":
        return _dumper()(row)
    return _shown(alike.survivor_of(db.session(), customer_id=customer_id) or customer_id)


def _dumper() -> Dumper:
    return customer_dumper(catalog_view(), sight=context().sight)


def _shown(customer_id: UUID) -> dict[str, Any]:
    row = queries.customer_row(db.session(), context=context(), customer_id=customer_id)
    if row is None:
        raise NotFound
    return _dumper()(row)
