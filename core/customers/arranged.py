"""The list of customers as arguments ask it, with the tenant's own segments and the names of its grades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from core.context import Context
from core.customers import parts, policy
from core.customers.listing import Listing
from core.db.base import db
from core.fields import slots as field_slots
from core.lists.places import Place
from core.plugin.catalog import CatalogView
from core.web.current import catalog_view, context

PLACE = Place(
    target="customer", here="customers", label=_l("Customers"), permission=policy.READ, endpoint="customers.index"
)


def place(_view: CatalogView, _context: Context, _rest: str) -> Place:
    return PLACE


def listing_of(args: MultiDict[str, str]) -> Listing:
    """Those of an address or of a form."""
    session, who, view = db.session(), context(), catalog_view()
    own = [each for source in parts.SEGMENTS for each in source(session, who, view)] if args.get("segment") else []
    return Listing(
        view=view, args=args, context=who, slots=field_slots.ready(session, target="customer"),
        own_segments={each.key: each for each in own},
    )  # fmt: skip


def grades_of(listing: Listing) -> Mapping[str, Any]:
    """What the grades are called, where they are shown."""
    return next((source(db.session()) for source in parts.GRADES), {}) if "grade" in listing.columns else {}
