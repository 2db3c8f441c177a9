"""What tenants plug into the web edge: how the workspace's sign-in form is recognised, and the time that is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from urllib.parse import urlsplit

from flask import Flask, request

from core.db.base import db
from core.tenants import api, brand, organisation_api, organisation_views, views
from core.web.formats import datetime_text

DOOR = "kehub.door_brand"
PAGES = (views.pages, organisation_views.pages)
RESOURCES = (api, organisation_api)


def wire(app: Flask) -> None:
    app.jinja_env.globals.update(door_brand=door_brand, days_left=days_left)
    app.jinja_env.filters["isomoment"] = lambda text: datetime_text(datetime.fromisoformat(text), "full")


def door_brand() -> brand.Door | None:
    """Whose workspace a signed-out person is on the way to, if it shows itself. Asked once per request."""
    if DOOR not in request.environ:
        parts = urlsplit(request.values.get("next", "") or request.path).path.split("/")
        slug = parts[2] if len(parts) > 3 and parts[:2] == ["", "t"] else ""
        inside = "scope" in db.session().info  # an error after a workspace was entered: its role may not ask
        request.environ[DOOR] = brand.door_of(db.session(), slug=slug) if slug and not inside else None
    found: brand.Door | None = request.environ[DOOR]
    return found


def days_left(until: datetime) -> int:
    """Whole days until a moment, the begun one counted."""
    return max(0, ceil((until - datetime.now(UTC)) / timedelta(days=1)))
