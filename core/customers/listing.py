"""The state of the list of customers as its address says it: view, filters, order, columns.

Everything is in the query, so that a list can be kept and sent; nothing in it is personal: filters name choices of fields,
never values of a customer. What an address asks wrongly is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask_babel import gettext as _
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from core.conditions import ConditionError, Predicate, ValueType, compile_predicate, compile_sql, fields_of, parse
from core.conditions.form import rows_in
from core.context import Context
from core.customers.fields import condition_fields, core_fields
from core.customers.models import Customer
from core.customers.parts import LIST_FILTERS, ListSegment
from core.customers.queries import Filters
from core.fields import FieldSet, stored
from core.fields.controls import controls
from core.fields.display import display
from core.fields.editor import ConditionEditor
from core.fields.masks import masker
from core.lists.arranging import MOST_COLUMNS, in_order
from core.plugin.catalog import CatalogView
from core.plugin.types import Field, Segment
from core.web.forms import Control
from core.web.i18n import label, language
from core.web.links import query_of
from core.web.words import word

STATES = ("active", "archived", "any")
KINDS = ("person", "organisation", "household")
SORTS = ("number", "name", "updated", "grade")
OWN_COLUMNS = 5
HIDEABLE = ("phone", "region", "segments", "updated")
"""Columns that stand in every list unless its address hides them."""
FILTERED_KINDS = ("choice", "boolean")
RANGES = ("integer", "money", "date", "datetime")
RANGE_OPS: Mapping[str, str] = {"from": "ge", "to": "le"}
RANGE_SIGNS: Mapping[str, str] = {"from": "≥", "to": "≤"}
LONGEST_CONDITION = 4000
PLAIN_FILTERS = ("state", "kind")
"""Core fields that the list asks by controls of their own."""


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A condition in force; `key` is the query argument that makes it."""

    key: str
    name: Any
    value: Any


@dataclass(frozen=True)
class Listing:
    """What one request asks of the list."""

    view: CatalogView
    args: MultiDict[str, str]
    context: Context
    slots: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    """The columns of indexed fields (`core.fields.slots.ready`)."""
    own_segments: Mapping[str, ListSegment] = field(default_factory=dict)
    """The tenant's, by qualified key."""

    @cached_property
    def sort(self) -> str:
        asked = self.args.get("sort", "")
        return asked if asked.removeprefix("-") in (*SORTS, *self.sortable) else "-updated"

    @cached_property
    def sortable(self) -> frozenset[str]:
        """Indexed fields that the reader sees in clear: an order tells what a mask hides."""
        return frozenset(name for name in self.slots if name in self.choosable and self._clear(name))

    @cached_property
    def state(self) -> str:
        asked = self.args.get("state", "")
        return asked if asked in STATES else "active"

    @cached_property
    def segment(self) -> str | None:
        asked = self.args.get("segment", "")
        return asked if asked in self.segments or asked in self.own_segments else None

    @cached_property
    def slow(self) -> list[str]:
        """Names of fields in the conditions that have no column of their own: allowed, and read row by row."""
        named = set(self.chosen) | set(self.ranges) | (fields_of(self.where) if self.where is not None else set())
        if self.segment is not None:
            found = self.segments.get(self.segment) or self.own_segments[self.segment]
            named |= fields_of(found.condition) if found.condition is not None else set()
        columns = condition_fields(self.view).columns
        return sorted(name for name in named if name not in self.slots and name not in columns)

    def label_of(self, name: str) -> Any:
        known = condition_fields(self.view).known.get(name)
        return known.label if known is not None else name

    @cached_property
    def chosen(self) -> dict[str, str]:
        """Filters on fields of verticals: qualified name -> key of a choice, or yes and no."""
        asked = {name: self.args.get(f"f.{name}", "") for name in self.filterable}
        return {name: value for name, value in asked.items() if value in dict(choices(self.filterable[name]))}

    @cached_property
    def filterable(self) -> dict[str, Field]:
        """Fields of verticals with a list to choose from. What the reader sees masked is not asked either."""
        fields = self.view.fields(on="customer")
        return {name: field for name, field in fields.items() if field.kind in FILTERED_KINDS and self._clear(name)}

    @cached_property
    def ranged(self) -> dict[str, Field]:
        """Numbers and dates in a column of their own: only there is a range cheap enough for a list."""
        fields = self.view.fields(on="customer")
        return {
            name: each
            for name, each in fields.items()
            if each.kind in RANGES and name in self.sortable and each.sensitivity == "plain"
        }

    @cached_property
    def ranges(self) -> dict[str, dict[str, Any]]:
        """Ranges asked for: qualified name -> stored value by end. What cannot be read is left out."""
        found: dict[str, dict[str, Any]] = {}
        for name in self.ranged:
            for end in RANGE_OPS:
                value = self._typed(name, self.args.get(f"f.{name}.{end}", ""))
                if value is not None:
                    found.setdefault(name, {})[end] = value
        return found

    def _typed(self, name: str, text: str) -> Any:
        one = FieldSet(fields={name: self.ranged[name]})
        values, _errors = one.parse({name: text}, partial=True, zone=self._zone, currency=self.context.currency)
        return stored(values.get(name))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.zone)

    @cached_property
    def advanced(self) -> ConditionEditor:
        """The editor of a condition over what nobody sees masked: it stands in the address, and tells what a mask hides."""
        known = condition_fields(self.view)
        offered = {
            name: each
            for name, each in known.fields.items()
            if name not in PLAIN_FILTERS and each.sensitivity == "plain" and each.mask is None and self._clear(name)
        }
        columns = {name: column for name, column in known.columns.items() if name in offered}
        return ConditionEditor(
            root="where",
            offered=FieldSet(fields=offered, columns=columns),
            zone=self._zone,
            currency=self.context.currency,
        )

    @cached_property
    def where(self) -> Any:
        """The condition of the address as a tree; None where there is none, or none that can be used."""
        return usable(self.args.get("where", ""), self.advanced.types)

    @cached_property
    def segments(self) -> dict[str, Segment]:
        """The segments offered as views, unless one tells what the reader sees masked."""
        return {
            key: each
            for key, each in self.view.segments.items()
            if all(self._clear(name) for name in fields_of(each.condition))
        }

    def _clear(self, name: str) -> bool:
        field = condition_fields(self.view).known[name]
        return masker(field, name=name, sight=self.context.sight) is None

    @cached_property
    def filters(self) -> Filters:
        kind = self.args.get("kind", "")
        where = [self._condition(name, value) for name, value in self.chosen.items()]
        where += [self._compiled(self._range(name, ends)) for name, ends in self.ranges.items()]
        if self.where is not None:
            types = self.advanced.types
            where.append(compile_sql(self.where, types=types, model=Customer, columns=self.slots))
        if self.segment in self.segments:
            where.append(self._compiled(self.segments[self.segment].condition))
        elif self.segment is not None:
            where.append(self.own_segments[self.segment].where())
        where += [each.where(self.args[each.key]) for each in LIST_FILTERS if self._asked(each.key, each.options)]
        return Filters(
            state=None if self.state == "any" else self.state, kind=kind if kind in KINDS else None, where=where
        )

    def _condition(self, name: str, value: str) -> ColumnElement[bool]:
        given: Any = value == "yes" if self.filterable[name].kind == "boolean" else value
        return self._compiled({"op": "eq", "field": name, "value": given})

    @staticmethod
    def _range(name: str, ends: Mapping[str, Any]) -> dict[str, Any]:
        return {"op": "and", "of": [{"op": RANGE_OPS[end], "field": name, "value": at} for end, at in ends.items()]}

    def _compiled(self, tree: Any) -> ColumnElement[bool]:
        return compile_sql(tree, types=condition_fields(self.view).types(), model=Customer, columns=self.slots)

    def _asked(self, key: str, options: Sequence[tuple[str, Any]]) -> bool:
        return self.args.get(key, "") in {value for value, _label in options}

    @cached_property
    def chips(self) -> list[Chip]:
        found = []
        if self.state != "active":
            shown = _("Any") if self.state == "any" else word("customer_state", self.state)
            found.append(Chip(key="state", name=_("State"), value=shown))
        if self.filters.kind:
            found.append(Chip(key="kind", name=_("Kind"), value=word("customer_kind", self.filters.kind)))
        if self.segment is not None and self.segment in self.own_segments:
            found.append(Chip(key="segment", name=_("Segment"), value=self.own_segments[self.segment].label))
        for name, value in self.chosen.items():
            field = self.filterable[name]
            found.append(Chip(key=f"f.{name}", name=field.label, value=dict(choices(field))[value]))
        for name, ends in self.ranges.items():
            found += [Chip(key=f"f.{name}.{end}", name=self.ranged[name].label, value=f"{RANGE_SIGNS[end]} {text}")
                      for end, text in ((end, self._shown(name, at)) for end, at in ends.items())]  # fmt: skip
        if self.where is not None:
            count = rows_in(self.advanced.of_tree(self.where).draft.root)
            found.append(Chip(key="where", name=_("Own condition"), value=str(count)))
        for each in LIST_FILTERS:
            if self._asked(each.key, each.options):
                shown = dict(each.options)[self.args[each.key]]
                found.append(Chip(key=each.key, name=each.label, value=shown))
        return found

    def _shown(self, name: str, value: Any) -> str:
        field = self.ranged[name]
        return display(field, value, locale=language(), zone=self._zone, currency=self.context.currency)

    @cached_property
    def range_controls(self) -> list[Control]:
        """Two controls for each field that can be asked by a range."""
        made = []
        for name, each in self.ranged.items():
            fields = FieldSet(fields={name: replace(each, required=False, show_when=None)})
            for end, sign in RANGE_SIGNS.items():
                typed = {name: self.args.get(f"f.{name}.{end}")}
                (one,) = controls(fields, typed, zone=self._zone, currency=self.context.currency)
                made.append(replace(one, name=f"f.{name}.{end}", label=f"{label(each.label)} {sign}", help=None))
        return made

    @cached_property
    def columns(self) -> list[str]:
        """Names of fields of verticals shown as columns: those asked for, else the telling ones."""
        asked = [name for name in self.args.getlist("column") if name in self.choosable]
        return asked[:MOST_COLUMNS] if asked else telling(self.view, among=self.choosable)

    @cached_property
    def choosable(self) -> dict[str, Field]:
        fields = self.view.fields(on="customer").items()
        return {
            "grade": core_fields("CN")["grade"],
            **{name: field for name, field in fields if field.kind != "long_text"},
        }

    @cached_property
    def hidden(self) -> frozenset[str]:
        return frozenset(self.args.getlist("hide")) & set(HIDEABLE)

    @cached_property
    def arranged(self) -> list[tuple[str, Any, int | None]]:
        """Every column one may choose by name, label and place."""
        ordered = in_order(self.columns, list(self.choosable))
        return [(name, self.choosable[name].label, place) for name, place in ordered]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Arguments that a form of conditions carries on."""
        return [
            (name, value)
            for name, value in self.args.items(multi=True)
            if name in ("segment", "sort", "column", "hide", "where", "view")
        ]

    def with_condition(self, tree: Any) -> str:
        """What the list's address asks with another condition, from its first page."""
        kept = [(name, value) for name, value in self.args.items(multi=True) if name not in ("where", "after")]
        return query_of(kept if tree is None else [*kept, ("where", orjson.dumps(tree).decode())])

    most_columns = MOST_COLUMNS

    @staticmethod
    def options(field: Field) -> list[tuple[str, Any]]:
        return choices(field)

    @cached_property
    def narrowed(self) -> bool:
        """Whether an empty list may be empty only because of what was asked."""
        return bool(self.chips or self.segment)


def usable(asked: str, types: Mapping[str, ValueType]) -> Any:
    """A condition as an address says it, as a tree; None where there is none, or none that can be used."""
    if not asked or len(asked) > LONGEST_CONDITION:
        return None
    try:
        tree = orjson.loads(asked)
        parse(tree, types=types)
    except (orjson.JSONDecodeError, ConditionError):
        return None
    return tree


def choices(field: Field) -> list[tuple[str, Any]]:
    """What a filter on a field offers."""
    if field.kind == "boolean":
        return [("yes", _("Yes")), ("no", _("No"))]
    return [(each.key, each.label) for each in field.choices]


def telling(view: CatalogView, *, among: Iterable[str]) -> list[str]:
    """The columns of a list nobody arranged: a vertical's first field, its first amount, and what it indexes."""
    names = set(among)
    found: dict[str, None] = {}
    for vertical in view.verticals:
        own = [(key, panel) for key, panel in view.panels.items() if key.startswith(f"{vertical}.")]
        shown = [f"{vertical}.{field}" for _key, panel in own for field in panel.fields]
        declared = {name: field for name in shown if (field := view.field(name)) is not None and name in names}
        found |= dict.fromkeys(list(declared)[:1])
        found |= dict.fromkeys([name for name, field in declared.items() if field.kind == "money"][:1])
        found |= dict.fromkeys(name for name, field in declared.items() if field.indexed)
    return list(found)[:OWN_COLUMNS]


def segment_tests(view: CatalogView, segments: Iterable[Segment]) -> list[tuple[Segment, Predicate]]:
    """Each segment with its test over a row's flat values."""
    types = condition_fields(view).types()
    return [(each, compile_predicate(each.condition, types=types)) for each in segments]
