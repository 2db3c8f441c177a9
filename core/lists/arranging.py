"""How a list is arranged for a person: the view it opens with, the order of its columns, whom a view is shared with.

An address that only names a view becomes the view's own; one that says nothing becomes that of the person's default view. So
what one sees stands in the address always, and can be kept and sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from core.context import Context
from core.db.base import db
from core.errors import NotFound
from core.identity.roles import ROLES
from core.lists import policy, saved
from core.lists.places import Place
from core.lists.saved import LEFT_OUT, View
from core.web.current import context
from core.web.ui import with_args

ALL = "all"
"""The view that is none: all rows, whatever the default."""
MOST_COLUMNS = 8


@dataclass(frozen=True)
class Arranged:
    """A list, the views of it that the reader may choose, and what its address asks."""

    place: Place
    views: Sequence[View]
    args: MultiDict[str, str]
    context: Context

    @property
    def view(self) -> View | None:
        """The saved view that the list stands in."""
        asked = self.args.get("view", "")
        return next((each for each in self.views if str(each.id) == asked), None)

    @property
    def altered(self) -> bool:
        """Whether the address asks something else than its view does."""
        if self.view is None:
            return False
        now = [(key, value) for key, value in self.args.items(multi=True) if key not in LEFT_OUT]
        return sorted(now) != sorted(tuple(each) for each in self.view.args)

    @property
    def query(self) -> str:
        return urlencode(list(self.args.items(multi=True)))

    @property
    def everything(self) -> str:
        """The list without conditions; where it might open with a view, said so."""
        return f"{self.place.url}?view={ALL}" if self.views else self.place.url

    def at(self, view: View) -> str:
        return f"{self.place.url}?{urlencode([('view', str(view.id)), *view.args])}"

    @cached_property
    def shares(self) -> Sequence[tuple[str, Any]]:
        """Roles that a view may be shared with: key and label."""
        if not self.context.may(policy.SHARE):
            return []
        party = "provider" if self.context.party == "provider" else "client"
        return [(key, each.label) for key, each in ROLES.items() if party in each.parties]

    @property
    def elsewhere(self) -> str | None:
        """Where this request is sent on to; None where its address says all there is to say. Raises NotFound."""
        args = self.args
        if not args:
            return next((self.at(each) for each in self.views if each.default and each.args), None)
        if any(name.startswith("order.") for name in args):
            return self._ordered()
        if "" in args.values():
            return with_args(**{key: None for key, value in args.items() if not value})
        if set(args) == {"view"} and args["view"] != ALL:
            if self.view is None:
                raise NotFound
            return self.at(self.view) if self.view.args else None
        return None

    def _ordered(self) -> str:
        """The chosen columns in the order of the numbers beside them, which then leave the address."""

        def place(name: str) -> int:
            text = self.args.get(f"order.{name}", "")
            return int(text) if text.isdecimal() and len(text) < 4 else 999

        columns = sorted(self.args.getlist("column"), key=place)
        kept = [
            (key, value)
            for key, value in self.args.items(multi=True)
            if value and key != "column" and not key.startswith("order.")
        ]
        return f"{self.place.url}?{urlencode(kept + [('column', each) for each in columns])}"


def arranged(place: Place) -> Arranged:
    """Of this request."""
    found = saved.views(db.session(), context=context(), target=place.target)
    return Arranged(place, found, request.args, context())


def sent_arguments(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """The arguments of the list from which a form was sent."""
    return MultiDict(parse_qsl(sent.get("query", "")))


def ticked(sent: MultiDict[str, str]) -> list[UUID]:
    """The rows that were ticked. Raises NotFound for what is no row."""
    try:
        return [UUID(each) for each in sent.getlist("row_id")]
    except ValueError:
        raise NotFound from None


def in_order(chosen: Sequence[str], known: Sequence[str]) -> list[tuple[str, int | None]]:
    """Every column one may choose, those that are shown first and in their order, with their place from 1."""
    shown = {name: place for place, name in enumerate(chosen, start=1)}
    return [(name, shown.get(name)) for name in (*shown, *(name for name in known if name not in shown))]
