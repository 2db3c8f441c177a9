"""From the stored document `attributes` to the part of it that a reader may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.conditions import fields_of
from core.context import Sight
from core.fields.fieldset import FieldSet
from core.fields.masks import masker
from core.plugin.catalog import CatalogView

Document = Mapping[str, Mapping[str, Any]]


def shown_attributes(view: CatalogView, *, target: str, sight: Sight) -> Callable[[Document], Document]:
    """Made once for a target and a reader's sight: keeps the fields that switched-on verticals declare and show, masked."""
    declared: dict[str, set[str]] = {}
    masks: dict[str, list[tuple[str, Callable[[Any], Any]]]] = {}
    for name, field in view.fields(on=target).items():
        owner, _, key = name.partition(".")
        declared.setdefault(owner, set()).add(key)
        if (mask := masker(field, name=name, sight=sight)) is not None:
            masks.setdefault(owner, []).append((key, mask))
    unseen_in = _conditional(FieldSet.of(view, target=target))

    def show(document: Document) -> Document:
        unseen = unseen_in(document) if unseen_in else ()
        if not masks and not unseen and _known(document, declared):
            return document
        return _cut(document, declared, masks, unseen)

    return show


def _known(document: Document, declared: Mapping[str, set[str]]) -> bool:
    """Whether all of a document is declared, as of most."""
    for owner, held in document.items():  # noqa: SIM110 - a generator in all() costs twice the time
        if (known := declared.get(owner)) is None or not held.keys() <= known:
            return False
    return True


def _cut(
    document: Document,
    declared: Mapping[str, set[str]],
    masks: Mapping[str, Sequence[tuple[str, Callable[[Any], Any]]]],
    unseen: Sequence[tuple[str, str]],
) -> Document:
    shown = {}
    for owner, held in document.items():
        known = declared.get(owner)
        if known is None:
            continue
        if not held.keys() <= known:
            held = {key: value for key, value in held.items() if key in known}
        hidden = {key: mask(held[key]) for key, mask in masks.get(owner, ()) if key in held}
        if hidden or unseen:
            held = {**held, **hidden}
            for place in unseen:
                if place[0] == owner:
                    held.pop(place[1], None)
        shown[owner] = held
    return shown


def _conditional(fields: FieldSet) -> Callable[[Document], list[tuple[str, str]]] | None:
    """What of a document is not shown, as (vertical, key). Fields with one condition are tested once, on what it names alone."""
    tests: dict[str, tuple[Callable[[Mapping[str, Any]], bool], list[tuple[str, str]]]] = {}
    named: set[str] = set()
    for name, holds in fields.tests.items():
        tree = fields.fields[name].show_when
        named |= fields_of(tree)
        owner, _, key = name.partition(".")
        tests.setdefault(repr(tree), (holds, []))[1].append((owner, key))
    asked = [(owner, key, name) for name in sorted(named) for owner, _, key in [name.partition(".")]]
    conditions = list(tests.values())

    def unseen(document: Document) -> list[tuple[str, str]]:
        values: dict[str, Any] = {}
        for owner, key, name in asked:
            if (held := document.get(owner)) is not None:
                values[name] = held.get(key)
        found: list[tuple[str, str]] = []
        for holds, places in conditions:
            if not holds(values):
                found += places
        return found

    return unseen if tests else None
