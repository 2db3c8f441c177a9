"""Where lists stand: a feature says which list is named how, whoever keeps its views asks here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from core.context import Context
from core.errors import NotFound
from core.plugin.catalog import CatalogView


@dataclass(frozen=True, kw_only=True)
class Place:
    """One list. `target` is its name in saved views; `here` its entry in the navigation, `values` what its address needs."""

    target: str
    here: str
    label: Any
    permission: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return url_for(self.endpoint, **self.values)


Finder = Callable[[CatalogView, Context, str], Place | None]
"""The list of what stands behind the colon of a target, such as a type of records."""

PLACES: dict[str, Finder] = {}
"""By the part of a target before its colon; set at boot."""


def place_of(view: CatalogView, context: Context, target: str) -> Place:
    """Raises NotFound for a list that is none, or none of the reader's."""
    kind, _colon, rest = target.partition(":")
    finder = PLACES.get(kind)
    found = finder(view, context, rest) if finder is not None else None
    if found is None or found.target != target or not context.may(found.permission):
        raise NotFound
    return found
