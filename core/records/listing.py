"""The state of a list of records as its address says it: state, holder, parent, conditions on fields, order.

Nothing in it is personal: holder and parent are named by their numbers, conditions by fields that everybody who sees the list
sees in clear. What an address asks wrongly is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from flask_babel import gettext as _
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.conditions import compile_sql, fields_of
from core.conditions.form import rows_in
from core.context import Context
from core.customers.listing import Chip, choices, usable
from core.engagements.queries import customers_by_number
from core.fields import FieldSet, slots
from core.fields.controls import controls
from core.fields.editor import ConditionEditor
from core.fields.storage import stored
from core.lists.arranging import MOST_COLUMNS, in_order
from core.lists.places import Place as ListPlace
from core.plugin import Field, RecordType
from core.plugin.catalog import CatalogView
from core.records import policy, queries
from core.records.models import Record
from core.records.queries import Filters, Place
from core.records.shown import Cell, RecordReader, ShownRecord
from core.records.standing import qualified
from core.web.forms import Control, control
from core.web.i18n import label
from core.web.links import query_of

SORTS = ("number", "updated")
CHOSEN = ("choice", "boolean")
RANGES = ("integer", "decimal", "money", "date", "datetime")
EXACT = ("text",)
COUNTED = 1000
"""A list counts its rows up to here."""


def place(view: CatalogView, context: Context, type: str) -> ListPlace | None:  # noqa: A002 - the trade's own word
    """The list of a type; None for one that is none, or none of the reader's."""
    kind = view.record_types.get(type)
    if kind is None or (kind.exposure == "client_only" and context.party == "provider"):
        return None
    return ListPlace(
        target=f"record:{type}", here="records", label=kind.label, permission=policy.READ, endpoint="records.list_of",
        values={"key": type},
    )  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """What one request asks of the list of a type."""

    session: Session
    context: Context
    view: CatalogView
    type: str
    args: MultiDict[str, str]

    @cached_property
    def reader(self) -> RecordReader:
        return RecordReader(self.context, self.view, self.type)

    @property
    def kind(self) -> RecordType:
        return self.reader.kind

    @cached_property
    def slots(self) -> Mapping[str, ColumnElement[Any]]:
        """Fields that lie in a column of their own, and that everybody sees in clear: by these a list may be sorted."""
        found = slots.ready(self.session, target=f"record:{self.type}")
        return {name: column for name, column in found.items() if self._open(name)}

    @cached_property
    def filterable(self) -> dict[str, Field]:
        """Choices always; texts, numbers and dates where a column of their own makes the question cheap."""
        return {
            name: each
            for name, each in self.reader.fields.fields.items()
            if self._open(name) and (each.kind in CHOSEN or (name in self.slots and each.kind in (*RANGES, *EXACT)))
        }

    def _open(self, name: str) -> bool:
        each = self.reader.fields.fields.get(name)
        return each is not None and each.sensitivity == "plain" and each.mask is None and self.reader.clear(name)

    @cached_property
    def sort(self) -> str:
        asked = self.args.get("sort", "")
        return asked if asked.removeprefix("-") in (*SORTS, *self.slots) else "-updated"

    @cached_property
    def place(self) -> Place:
        slot = self.slots.get(self.sort.removeprefix("-"))
        return Place(after=self.args.get("after"), sort=self.sort, by_slot=slot, count_to=COUNTED)

    @cached_property
    def state(self) -> str | None:
        asked = self.args.get("state", "")
        return asked if asked in {each.key for each in self.kind.states} else None

    @cached_property
    def holder(self) -> tuple[int, UUID | None] | None:
        """The number asked for, and who has it."""
        number = _number(self.args.get("holder"))
        if number is None:
            return None
        return number, customers_by_number(self.session, context=self.context, numbers=[number]).get(number)

    @cached_property
    def parent_type(self) -> str | None:
        return qualified(self.reader.owner, self.kind.parent) if self.kind.parent else None

    @cached_property
    def parent(self) -> tuple[int, UUID | None] | None:
        number = _number(self.args.get("parent"))
        if number is None or self.parent_type is None:
            return None
        return number, queries.number_of(self.session, context=self.context, type=self.parent_type, number=number)

    @cached_property
    def columns(self) -> list[str]:
        """Names of the fields shown: those asked for, else those of the type."""
        asked = [name for name in self.args.getlist("column") if name in self.choosable]
        return asked[:MOST_COLUMNS] or self.reader.columns

    @cached_property
    def choosable(self) -> dict[str, Field]:
        return {name: each for name, each in self.reader.fields.fields.items() if each.kind != "long_text"}

    @property
    def arranged(self) -> list[tuple[str, Any, int | None]]:
        """Every column one may choose by name, label and place."""
        ordered = in_order(self.columns, list(self.choosable))
        return [(name, self.choosable[name].label, place) for name, place in ordered]

    @property
    def hidden(self) -> frozenset[str]:
        return frozenset(self.args.getlist("hide")) & {name for name, _text in self.hideable}

    @property
    def hideable(self) -> list[tuple[str, Any]]:
        """Columns that stand in every list of the type unless its address hides them."""
        found = [("state", _("State"))]
        if self.kind.holder != "none":
            found.append(("holder", _("Holder")))
        if self.parent_type in self.view.record_types:
            found.append(("parent", label(self.view.record_types[str(self.parent_type)].label)))
        return [*found, ("updated", _("Updated"))]

    @property
    def hides(self) -> list[tuple[str, Any, bool]]:
        return [(name, text, name in self.hidden) for name, text in self.hideable]

    def cells(self, line: ShownRecord) -> list[Cell]:
        """The chosen columns of one of its rows."""
        return [self.reader.cell(name, line.flat.get(name)) for name in self.columns]

    @cached_property
    def advanced(self) -> ConditionEditor:
        """The editor of a condition over what everybody sees in clear: it stands in the address."""
        open_ones = {name: each for name, each in self.reader.fields.fields.items() if self._open(name)}
        return ConditionEditor(
            root="where", offered=FieldSet(fields=open_ones), zone=self._zone, currency=self.context.currency
        )

    @cached_property
    def where(self) -> Any:
        """The condition of the address as a tree; None where there is none, or none that can be used."""
        return usable(self.args.get("where", ""), self.advanced.types)

    def with_condition(self, tree: Any) -> str:
        """What the list's address asks with another condition, from its first page."""
        kept = [(name, value) for name, value in self.args.items(multi=True) if name not in ("where", "after")]
        return query_of(kept if tree is None else [*kept, ("where", orjson.dumps(tree).decode())])

    @property
    def slow(self) -> list[str]:
        """Names of fields in the conditions that have no column of their own: allowed, and read row by row."""
        named = set(self.chosen) | (fields_of(self.where) if self.where is not None else set())
        return sorted(label(self.reader.fields.fields[name].label) for name in named if name not in self.slots)

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """Conditions on fields: name -> stored value, or `{"from", "to"}` of a range."""
        found: dict[str, Any] = {}
        for name, each in self.filterable.items():
            if each.kind in RANGES:
                ends = {
                    end: value for end in ("from", "to") if (value := self._typed(name, f"{name}.{end}")) is not None
                }
                if ends:
                    found[name] = ends
            elif (value := self._typed(name, name)) is not None:
                found[name] = value
        return found

    def _typed(self, name: str, argument: str) -> Any:
        """The stored form of what was typed; None where it cannot be read."""
        text = self.args.get(f"f.{argument}", "").strip()
        if not text:
            return None
        one = type(self.reader.fields)(fields={name: self.filterable[name]})
        values, _errors = one.parse({name: text}, partial=True, zone=self._zone, currency=self.context.currency)
        return stored(values.get(name))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.zone)

    @cached_property
    def filters(self) -> Filters:
        asked = [each for each in (self.holder, self.parent) if each is not None]
        nobody = any(found is None for _number, found in asked)
        return Filters(
            ids=[] if nobody else None,
            state=self.state,
            customer_id=self.holder[1] if self.holder else None,
            parent_id=self.parent[1] if self.parent else None,
            where=[*(self._compiled(name, value) for name, value in self.chosen.items()), *self._own],
        )

    @property
    def _own(self) -> list[ColumnElement[bool]]:
        if self.where is None:
            return []
        return [compile_sql(self.where, types=self.advanced.types, model=Record, columns=self.slots)]

    def _compiled(self, name: str, value: Any) -> ColumnElement[bool]:
        tree: dict[str, Any] = {"op": "eq", "field": name, "value": value}
        if isinstance(value, dict):
            ends = (("ge", value.get("from")), ("le", value.get("to")))
            tree = {"op": "and", "of": [{"op": op, "field": name, "value": end} for op, end in ends if end is not None]}
        return compile_sql(tree, types=self.reader.fields.types(), model=Record, columns=self.slots)

    @cached_property
    def chips(self) -> list[Chip]:
        found = []
        if self.state is not None:
            found.append(Chip(key="state", name=_("State"), value=self.reader.state(self.state)[0]))
        if self.holder is not None:
            found.append(Chip(key="holder", name=_("Customer no."), value=str(self.holder[0])))
        if self.parent is not None and self.parent_type is not None:
            name = label(self.view.record_types[self.parent_type].label)
            found.append(Chip(key="parent", name=name, value=str(self.parent[0])))
        for name, value in self.chosen.items():
            each = self.filterable[name]
            ends = value if isinstance(value, dict) else {"": value}
            for end, part in ends.items():
                sign = {"from": "≥ ", "to": "≤ "}.get(end, "")
                key = f"f.{name}.{end}" if end else f"f.{name}"
                found.append(Chip(key=key, name=each.label, value=sign + self.reader.cell(name, part).text))
        if self.where is not None:
            count = rows_in(self.advanced.of_tree(self.where).draft.root)
            found.append(Chip(key="where", name=_("Own condition"), value=str(count)))
        return found

    @cached_property
    def controls(self) -> list[Control]:
        """The form of conditions."""
        states = [(each.key, each.label) for each in self.kind.states]
        made = [self._select("state", _("State"), states)] if states else []
        if self.kind.holder != "none":
            made.append(control("holder", _("Customer no."), value=self.args.get("holder"), autocomplete="off"))
        if self.parent_type is not None and self.parent_type in self.view.record_types:
            text = _("%(type)s no.", type=label(self.view.record_types[self.parent_type].label))
            made.append(control("parent", text, value=self.args.get("parent"), autocomplete="off"))
        for name, each in self.filterable.items():
            if each.kind in CHOSEN:
                made.append(self._select(f"f.{name}", each.label, choices(each)))
            elif each.kind in RANGES:
                made += [self._end(name, each, "from", "≥"), self._end(name, each, "to", "≤")]
            else:
                made.append(control(f"f.{name}", each.label, value=self.args.get(f"f.{name}"), autocomplete="off"))
        return made

    def _select(self, name: str, text: Any, options: list[tuple[str, Any]]) -> Control:
        return control(name, text, kind="select", value=self.args.get(name), placeholder=_("Any"), options=options)

    def _end(self, name: str, each: Field, end: str, sign: str) -> Control:
        typed = self.args.get(f"f.{name}.{end}")
        (made,) = controls(self.reader.fields, {name: typed}, names=[name], zone=self._zone)
        return control(f"f.{name}.{end}", f"{label(each.label)} {sign}", kind=made.kind, value=typed, unit=made.unit,
                       currency=made.currency)  # fmt: skip

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Arguments that the form of conditions carries on."""
        return [
            (name, value)
            for name, value in self.args.items(multi=True)
            if name in ("sort", "column", "hide", "where", "view")
        ]

    @property
    def narrowed(self) -> bool:
        return bool(self.chips)


def _number(text: str | None) -> int | None:
    typed = (text or "").strip().removeprefix("#")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else None
