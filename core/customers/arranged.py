"""How the list of customers is arranged for a person: the view it opens with, the order of its columns, its segments.

An address that only names a view becomes the view's own; one that says nothing becomes that of the person's default view. So
what one sees stands in the address always, and can be kept and sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from core.customers import parts
from core.customers.listing import Listing
from core.db.base import db
from core.errors import NotFound
from core.fields import slots as field_slots
from core.identity.roles import ROLES
from core.lists import policy, saved
from core.lists.saved import View
from core.web.current import catalog_view, context
from core.web.ui import with_args

ALL = "all"
"""The view that is none: all customers, whatever the default."""


def views() -> list[View]:
    """The saved views that the reader may choose."""
    return saved.views(db.session(), context=context(), target="customer")


def address(known: Sequence[View]) -> str | None:
    """Where this request is sent on to; None where its address says all there is to say. Raises NotFound."""
    args = request.args
    if not args:
        return next((_of_view(each) for each in known if each.default), None)
    if any(name.startswith("order.") for name in args):
        return _ordered()
    if "" in args.values():
        return with_args(**{key: None for key, value in args.items() if not value})
    if set(args) == {"view"} and args["view"] != ALL:
        found = next((each for each in known if str(each.id) == args["view"]), None)
        if found is None:
            raise NotFound
        return _of_view(found)
    return None


def _of_view(found: View) -> str | None:
    return f"{url_for('customers.index')}?{urlencode([('view', str(found.id)), *found.args])}" if found.args else None


def _ordered() -> str:
    """The chosen columns in the order of the numbers beside them, which then leave the address."""
    args = request.args

    def place(name: str) -> int:
        text = args.get(f"order.{name}", "")
        return int(text) if text.isdecimal() and len(text) < 4 else 999

    columns = sorted(args.getlist("column"), key=place)
    kept = [
        (key, value)
        for key, value in args.items(multi=True)
        if value and key != "column" and not key.startswith("order.")
    ]
    return f"{url_for('customers.index')}?{urlencode(kept + [('column', each) for each in columns])}"


def listing_of(args: MultiDict[str, str]) -> Listing:
    """The list as arguments ask it, those of an address or of a form."""
    session, who, view = db.session(), context(), catalog_view()
    own = [each for source in parts.SEGMENTS for each in source(session, who, view)] if args.get("segment") else []
    return Listing(
        view=view, args=args, context=who, slots=field_slots.ready(session, target="customer"),
        own_segments={each.key: each for each in own},
    )  # fmt: skip


def sent_arguments(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """The arguments of the list from which a form was sent."""
    return MultiDict(parse_qsl(sent.get("query", "")))


def beside(listing: Listing) -> tuple[Mapping[str, Any], Sequence[tuple[str, Any]]]:
    """What stands around the rows: names of grades where they are shown, roles to share a view with."""
    session, who = db.session(), context()
    grades = next((source(session) for source in parts.GRADES), {}) if "grade" in listing.columns else {}
    party = "provider" if who.party == "provider" else "client"
    roles = [(key, each.label) for key, each in ROLES.items() if party in each.parties] if who.may(policy.SHARE) else []
    return grades, roles
