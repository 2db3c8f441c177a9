"""Who is acting in this request: `context()` gives the frozen Context that the page guard resolved."""

from __future__ import annotations

from flask import current_app, g

from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import DomainError, NotFound, keep_evidence
from core.plugin.catalog import CatalogView


def context() -> Context:
    """The context of a page below `/t/<workspace>`. Raises NotFound where there is none."""
    found = maybe_context()
    if found is None:
        raise NotFound
    return found


def maybe_context() -> Context | None:
    """The context, or None on a signed-out page and outside a request."""
    return g.get("context") if g else None


def catalog_view() -> CatalogView:
    """What the verticals of this workspace declare, as its tenant has tailored it."""
    if "catalog_view" not in g:
        g.catalog_view = current_app.extensions["kehub"]["view_of"](db.session(), context())
    view: CatalogView = g.catalog_view
    return view


def afresh(error: DomainError) -> None:
    """After a refusal: the act is rolled back, its evidence kept, and the page is read in a new transaction."""
    keep_evidence(db.session(), error)
    scope.enter(db.session(), context())
