"""From the stored document `attributes` to the part of it that a reader may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.fields.masks import masker
from core.plugin.catalog import CatalogView


def shown_attributes(view: CatalogView, *, target: str, party: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Made once for a target and a party: keeps the fields that switched-on verticals declare, masked where it must."""
    declared: dict[str, set[str]] = {}
    masks: dict[str, list[tuple[str, Callable[[Any], Any]]]] = {}
    for name, field in view.fields(on=target).items():
        owner, _, key = name.partition(".")
        declared.setdefault(owner, set()).add(key)
        if (mask := masker(field, party=party)) is not None:
            masks.setdefault(owner, []).append((key, mask))

    def show(document: Mapping[str, Any]) -> dict[str, Any]:
        shown = {}
        for owner, held in document.items():
            known = declared.get(owner)
            if known is None:
                continue
            if not held.keys() <= known:
                held = {key: value for key, value in held.items() if key in known}
            hidden = {key: mask(held[key]) for key, mask in masks.get(owner, ()) if key in held}
            shown[owner] = {**held, **hidden} if hidden else held
        return shown

    return show
