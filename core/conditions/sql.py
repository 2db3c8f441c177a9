"""A condition as an SQL expression that selects the same rows as the closure.

A core field is its own column. A vertical's field lies in the JSONB document `attributes`, is read by the rules of its
kind, and is NULL where those call it missing; the caller may give a slot column instead. NULL acts as false in WHERE,
in FILTER and through AND and OR; only NOT has to say so, which leaves every other leaf free to use an index.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, case, cast, false, func, literal, not_, null, or_, true
from sqlalchemy.types import Numeric, Text

from core.conditions.tree import All, Any_, Leaf, Node, Not, parse
from core.conditions.values import TEXT_KINDS, ValueType, comparable
from core.plugin.types import FieldKind

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "le": operator.le,
        "gt": operator.gt,
        "ge": operator.ge,
    }
)


def compile_sql(
    tree: Any,
    *,
    types: Mapping[str, ValueType],
    model: Any,
    columns: Mapping[str, ColumnElement[Any]] | None = None,
) -> ColumnElement[bool]:
    """The test as an expression over `model`, for WHERE and FILTER. Raises ConditionError.

    `columns` gives a field another typed column than its own place, for example its slot.
    """
    compiler = _Compiler(types=types, model=model, columns=columns or {})
    return compiler.node(parse(tree, types=types))


def value_sql(
    name: str, *, types: Mapping[str, ValueType], model: Any, columns: Mapping[str, ColumnElement[Any]] | None = None
) -> ColumnElement[Any]:
    """A field's value as conditions compare it; NULL where it is missing."""
    return _Compiler(types=types, model=model, columns=columns or {}).place(name, of=types[name]).value


@dataclass(frozen=True)
class _Place:
    """Where a value is read from and how a constant is written beside it."""

    value: ColumnElement[Any]
    present: ColumnElement[bool]
    bind: Callable[[Any], Any]


@dataclass(frozen=True)
class _Compiler:
    types: Mapping[str, ValueType]
    model: Any
    columns: Mapping[str, ColumnElement[Any]]

    def node(self, node: Node) -> ColumnElement[bool]:
        match node:
            case All(of=inner):
                return and_(true(), *(self.node(each) for each in inner))
            case Any_(of=inner):
                return or_(false(), *(self.node(each) for each in inner))
            case Not(of=single):
                return not_(func.coalesce(self.node(single), false(), type_=Boolean))
            case Leaf():
                return self.leaf(node)

    def leaf(self, leaf: Leaf) -> ColumnElement[bool]:
        of = self.types[leaf.field]
        place = self.place(leaf.field, of=of)
        if leaf.op == "is_set":
            return place.present
        if leaf.op == "is_unset":
            return not_(func.coalesce(place.present, false(), type_=Boolean))
        if leaf.op == "in":
            return place.value.in_([place.bind(each) for each in leaf.value])
        if leaf.op == "between":
            low, high = leaf.value
            return and_(place.value >= place.bind(low), place.value <= place.bind(high))
        if leaf.op == "contains":
            return place.value.op("?", is_comparison=True)(literal(leaf.value, Text))
        compared: ColumnElement[bool] = _COMPARE[leaf.op](place.value, place.bind(leaf.value))
        # An empty text is missing, and `ne` is the one comparison that it would pass.
        return and_(compared, place.present) if leaf.op == "ne" and of.kind in TEXT_KINDS else compared

    def place(self, name: str, *, of: ValueType) -> _Place:
        if name in self.columns:
            return _slot(self.columns[name], of=of)
        if of.column is not None:
            return _column(getattr(self.model, of.column), of=of)
        return _in_document(self.model.attributes[tuple(name.split("."))], of=of)


def _column(column: Any, *, of: ValueType) -> _Place:
    if of.kind == "choices":
        held = case((func.jsonb_typeof(column) == "array", column), else_=null())
        return _Place(value=held, present=func.jsonb_array_length(held) > 0, bind=_as_is)
    present = column != "" if of.kind in TEXT_KINDS else column.is_not(None)
    return _Place(value=column, present=present, bind=_as_is)


def _slot(column: Any, *, of: ValueType) -> _Place:
    """A column of its own for a field: text for yes and no, a point in time for a date (its midnight, UTC)."""
    if of.kind == "boolean":
        return _Place(value=column, present=column.is_not(None), bind=lambda constant: "true" if constant else "false")
    if of.kind == "date":
        return _Place(value=column, present=column.is_not(None), bind=_midnight)
    return _column(column, of=of)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _in_document(held: Any, *, of: ValueType) -> _Place:
    """A value in `attributes`; CASE keeps the casts away from values of another type."""
    text, typed = held.astext, func.jsonb_typeof(held)
    match of.kind:
        case "text" | "long_text" | "choice":
            value = case((typed == "string", text), else_=null())
            return _Place(value=value, present=value != "", bind=_as_is)
        case "boolean":
            value = case((typed == "boolean", text), else_=null())
            return _Place(
                value=value, present=value.is_not(None), bind=lambda constant: "true" if constant else "false"
            )
        case "integer" | "money":
            number = case((and_(typed == "number", _fits(text, "^-?[0-9]+$")), cast(text, Numeric)), else_=null())
            return _Place(value=number, present=number.is_not(None), bind=lambda constant: literal(constant, Numeric))
        case "decimal":
            written = and_(typed.in_(["number", "string"]), _fits(text, r"^-?[0-9]+(\.[0-9]+)?$"))
            number = case((written, cast(text, Numeric)), else_=null())
            return _Place(value=number, present=number.is_not(None), bind=lambda constant: literal(constant, Numeric))
        case "date":
            return _sortable(held, text, pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", kind="date")
        case "datetime":
            # One width for both sides, since “08:00:00Z” would sort after “08:00:00.5Z”.
            wide = func.concat(func.left(text, 19), ".000000Z", type_=Text)
            pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
            return _sortable(held, wide, pattern=pattern, kind="datetime")
        case "choices":
            return _column(held, of=of)


def _fits(text: Any, pattern: str) -> ColumnElement[bool]:
    """By code points: in a language's order the server takes a third longer for a tenant of 200,000."""
    found: ColumnElement[bool] = text.collate("C").op("~", is_comparison=True)(pattern)
    return found


def _sortable(held: Any, text: Any, *, pattern: str, kind: FieldKind) -> _Place:
    """Dates and times are written so that text in code-point order is time's order; no cast can fail."""
    written = and_(func.jsonb_typeof(held) == "string", _fits(held.astext, pattern))
    value = case((written, text), else_=null()).collate("C")
    return _Place(value=value, present=value.is_not(None), bind=lambda constant: comparable(constant, kind=kind))


def _as_is(constant: Any) -> Any:
    return constant
