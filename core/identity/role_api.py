"""Roles and units over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import created, page, resource
from core.db.base import db
from core.errors import NotFound
from core.identity import policy, role_book, units
from core.identity.people_schemas import (
    Role,
    RoleList,
    RoleValues,
    Unit,
    UnitList,
    UnitPatch,
    UnitQuery,
    UnitValues,
)
from core.identity.role_book import Draft, RoleRow
from core.web.current import context

endpoints = Endpoints("roles", __name__, prefix="/roles", title="Roles")
tree = Endpoints("units", __name__, prefix="/units", title="Units")


@endpoints.get("", permission=policy.PEOPLE, returns=RoleList)
def index() -> Response:
    """List the built-in roles and the workspace's own."""
    rows = role_book.role_book(db.session(), counted=True).rows.values()
    return page([_role(row) for row in rows], following=None)


@endpoints.get("/<key>", permission=policy.PEOPLE, returns=Role, versioned=True)
def show(key: str) -> Response:
    """Read one role."""
    return resource(_found(key))


@endpoints.post("", permission=policy.ROLES, body=RoleValues, returns=Role, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Make a role of the workspace's own. It gives no more than its maker may give."""
    row = role_book.make_role(db.session(), context=context(), draft=Draft(**body))
    return created(_found(row.key), endpoint="api_roles.show", key=row.key)


@endpoints.put("/<key>", permission=policy.ROLES, body=RoleValues, returns=Role, versioned=True, takes_version=True)
def change(key: str, body: dict[str, Any]) -> Response:
    """Change it for whoever holds it, from their next request on. One that was archived is in use again."""
    role_book.change_role(db.session(), context=context(), key=key, draft=Draft(**body), version=expected_version())
    return resource(_found(key))


@endpoints.post("/<key>/archive", permission=policy.ROLES, returns=Role, versioned=True, takes_version=True)
def archive(key: str) -> Response:
    """Give it to nobody any more. Refused while somebody holds it."""
    role_book.archive_role(db.session(), context=context(), key=key, version=expected_version())
    return created(_found(key), endpoint="api_roles.show", key=key)


@tree.get("", permission=policy.PEOPLE, query=UnitQuery, returns=UnitList)
def branches(query: dict[str, Any]) -> Response:
    """List the tree of units, parents before children."""
    rows = units.unit_tree(db.session(), context=context(), archived=query["archived"])
    return page([dict(Unit().dump(row)) for row in rows], following=None)


@tree.get("/<uuid:unit_id>", permission=policy.PEOPLE, returns=Unit, versioned=True)
def branch(unit_id: UUID) -> Response:
    """Read one unit."""
    return resource(_unit(unit_id))


@tree.post("", permission=policy.UNITS, body=UnitValues, returns=Unit, versioned=True)
def grow(body: dict[str, Any]) -> Response:
    """Add a unit."""
    row = units.make_unit(db.session(), context=context(), **body)
    return created(_unit(row.id), endpoint="api_units.branch", unit_id=row.id)


@tree.patch("/<uuid:unit_id>", permission=policy.UNITS, body=UnitPatch, returns=Unit, versioned=True)
def move(unit_id: UUID, body: dict[str, Any]) -> Response:
    """Rename it, or hang it under another."""
    units.change_unit(
        db.session(), context=context(), unit_id=unit_id, moved="parent_id" in body, version=expected_version(), **body
    )
    return resource(_unit(unit_id))


@tree.post("/<uuid:unit_id>/archive", permission=policy.UNITS, returns=Unit, versioned=True, takes_version=True)
def fell(unit_id: UUID) -> Response:
    """Use it no more. Refused while people, units or work stand in it."""
    units.archive_unit(db.session(), context=context(), unit_id=unit_id, version=expected_version())
    return created(_unit(unit_id), endpoint="api_units.branch", unit_id=unit_id)


def _found(key: str) -> dict[str, Any]:
    row = role_book.role_book(db.session(), counted=True).rows.get(key)
    if row is None:
        raise NotFound
    return _role(row)


def _role(row: RoleRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "label": dict(row.label),
        "about": row.about,
        "permissions": sorted(row.permissions),
        "parties": sorted(row.parties),
        "own": row.own is not None,
        "dated": row.dated,
        "archived": row.archived,
        "people": row.people,
        "version": row.own.version if row.own is not None else 0,
    }


def _unit(unit_id: UUID) -> dict[str, Any]:
    rows = units.unit_tree(db.session(), context=context(), archived=True)
    row = next((each for each in rows if each.id == unit_id), None)
    if row is None:
        raise NotFound
    return dict(Unit().dump(row))
