"""Saved views of the list of customers over REST: those of the token's person, and those shared with their roles."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import created, page, resource
from core.db.base import db
from core.lists import saved
from core.lists.saved import View
from core.lists.schemas import SavedView, SavedViewNew, SavedViewPage
from core.web.current import context

endpoints = Endpoints("customer_views", __name__, prefix="/customer-views", title="Saved views of customers")
CUSTOMERS = "customer"


@endpoints.get("", permission="customer.read", returns=SavedViewPage)
def index() -> Response:
    """Saved views of the list of customers, one's own first."""
    rows = saved.views(db.session(), context=context(), target=CUSTOMERS)
    return page([_dumped(each) for each in rows], following=None)


@endpoints.get("/<uuid:view_id>", permission="customer.read", returns=SavedView, versioned=True)
def show(view_id: UUID) -> Response:
    """One saved view."""
    return resource(_shown(view_id))


@endpoints.post("", permission="customer.read", body=SavedViewNew, returns=SavedView, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Save a view, or share it with roles of one's own side."""
    args = parse_qsl(body["query"])
    row = saved.save(
        db.session(), context=context(), target=CUSTOMERS, name=body["name"], args=args, roles=body["roles"]
    )
    return created(_shown(row.id), endpoint="api_customer_views.show", view_id=row.id)


@endpoints.delete("/<uuid:view_id>", permission="customer.read")
def remove(view_id: UUID) -> Response:
    """Take one's own view away."""
    saved.remove(db.session(), context=context(), view_id=view_id)
    return Response(status=204)


def _shown(view_id: UUID) -> dict[str, Any]:
    return _dumped(saved.view(db.session(), context=context(), target=CUSTOMERS, view_id=view_id))


def _dumped(view: View) -> dict[str, Any]:
    return {
        "id": str(view.id), "name": view.name, "query": urlencode(list(view.args)), "own": view.own,
        "roles": list(view.roles), "default": view.default, "version": view.version,
    }  # fmt: skip
