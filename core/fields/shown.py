"""From the stored document `attributes` to the part of it that a reader may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.context import Sight
from core.fields.fieldset import FieldSet
from core.fields.masks import masker
from core.plugin.catalog import CatalogView


def shown_attributes(view: CatalogView, *, target: str, sight: Sight) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Made once for a target and a reader's sight: keeps the fields that switched-on verticals declare and show, masked."""
    declared: dict[str, set[str]] = {}
    masks: dict[str, list[tuple[str, Callable[[Any], Any]]]] = {}
    for name, field in view.fields(on=target).items():
        owner, _, key = name.partition(".")
        declared.setdefault(owner, set()).add(key)
        if (mask := masker(field, name=name, sight=sight)) is not None:
            masks.setdefault(owner, []).append((key, mask))

    conditional = FieldSet.of(view, target=target)

    def show(document: Mapping[str, Any]) -> dict[str, Any]:
        shown = {}
        if conditional.tests and (unseen := conditional.not_shown(conditional.flat(document))):
            document = {
                owner: {key: value for key, value in held.items() if f"{owner}.{key}" not in unseen}
                for owner, held in document.items()
            }
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
