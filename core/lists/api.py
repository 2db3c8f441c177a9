"""Saved views of lists over REST: those of the token's person, and those shared with their roles."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import created, page, resource
from core.db.base import db
from core.errors import Stale
from core.lists import saved
from core.lists.places import place_of
from core.lists.saved import View
from core.lists.schemas import SavedView, SavedViewChange, SavedViewNew, SavedViewPage, SavedViewQuery
from core.web.current import catalog_view, context

endpoints = Endpoints("saved_views", __name__, prefix="/saved-views", title="Saved views of lists")


@endpoints.get("", permission="customer.read", query=SavedViewQuery, returns=SavedViewPage)
def index(query: dict[str, Any]) -> Response:
    """Saved views of a list, one's own first."""
    target = _target(query["target"])
    rows = saved.views(db.session(), context=context(), target=target)
    return page([_dumped(target, each) for each in rows], following=None)


@endpoints.get("/<uuid:view_id>", permission="customer.read", returns=SavedView, versioned=True)
def show(view_id: UUID) -> Response:
    """One saved view."""
    return resource(_shown(view_id))


@endpoints.post("", permission="customer.read", body=SavedViewNew, returns=SavedView, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Save a view, or share it with roles of one's own side."""
    session, who, target = db.session(), context(), _target(body["target"])
    args = parse_qsl(body["query"])
    row = saved.save(session, context=who, target=target, name=body["name"], args=args, roles=body["roles"])
    if body["default"]:
        saved.set_default(session, context=who, target=target, view_id=row.id)
    return created(_shown(row.id), endpoint="api_saved_views.show", view_id=row.id)


@endpoints.patch("/<uuid:view_id>", permission="customer.read", body=SavedViewChange, returns=SavedView, versioned=True)
def change(view_id: UUID, body: dict[str, Any]) -> Response:
    """Rename one's own view, share it, ask something else by it. With which view a list opens is each reader's own choice."""
    session, who, version = db.session(), context(), expected_version()
    target, found = saved.seen(session, context=who, view_id=view_id)
    if found.version != version:
        raise Stale
    if body.keys() & {"name", "roles", "query"}:
        args = parse_qsl(body["query"]) if "query" in body else found.args
        name, roles = body.get("name", found.name), body.get("roles", found.roles)
        saved.save(session, context=who, target=target, name=name, args=args, roles=roles, view_id=view_id)
    if "default" in body and body["default"] != found.default:
        saved.set_default(session, context=who, target=target, view_id=view_id if body["default"] else None)
    return resource(_shown(view_id))


@endpoints.delete("/<uuid:view_id>", permission="customer.read")
def remove(view_id: UUID) -> Response:
    """Take one's own view away."""
    saved.remove(db.session(), context=context(), view_id=view_id)
    return Response(status=204)


def _target(name: str) -> str:
    """Raises NotFound for a list that is none of the reader's."""
    return place_of(catalog_view(), context(), name).target


def _shown(view_id: UUID) -> dict[str, Any]:
    return _dumped(*saved.seen(db.session(), context=context(), view_id=view_id))


def _dumped(target: str, view: View) -> dict[str, Any]:
    return {
        "id": str(view.id), "target": target, "name": view.name, "query": urlencode(list(view.args)), "own": view.own,
        "roles": list(view.roles), "default": view.default, "version": view.version,
    }  # fmt: skip
