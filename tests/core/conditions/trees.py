"""Random conditions and values for the property tests, and the plainest reading of what a condition means."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from core.conditions import ValueType

TYPES: Mapping[str, ValueType] = {
    "state": ValueType(kind="choice", choices=frozenset({"active", "archived"}), column="state"),
    "since": ValueType(kind="date", column="since"),
    "seen_at": ValueType(kind="datetime", column="seen_at"),
    "funeral.plan": ValueType(kind="choice", choices=frozenset({"oak", "pine"})),
    "funeral.note": ValueType(kind="text"),
    "funeral.guests": ValueType(kind="integer"),
    "funeral.price": ValueType(kind="money"),
    "funeral.rate": ValueType(kind="decimal"),
    "funeral.paid": ValueType(kind="boolean"),
    "funeral.day": ValueType(kind="date"),
    "funeral.called_at": ValueType(kind="datetime"),
    "funeral.flowers": ValueType(kind="choices", choices=frozenset({"lily", "rose", "iris"})),
}
COLUMNS = ("state", "since", "seen_at")
DAYS = ["2026-02-28", "2027-01-01", "2027-01-31"]
TIMES = ["2027-01-01T08:00:00Z", "2027-01-01T08:00:01Z", "2027-06-30T23:59:59Z"]

CONSTANTS: Mapping[str, st.SearchStrategy[Any]] = {
    "choice": st.sampled_from(["oak", "pine"]),
    "text": st.sampled_from(["a", "客户", "A", "ab"]),
    "integer": st.integers(-3, 3) | st.just(2**62),
    "money": st.integers(-3, 3),
    "decimal": st.sampled_from(["0", "1.50", "1.5", "-2", "3.25"]),
    "boolean": st.booleans(),
    "date": st.sampled_from(DAYS),
    "datetime": st.sampled_from([*TIMES, "2027-01-01T16:00:00+08:00", "2027-01-01T08:00:00.500000Z"]),
    "choices": st.sampled_from(["lily", "rose", "iris"]),
}
STORED: Mapping[str, st.SearchStrategy[Any]] = {
    **CONSTANTS,
    "decimal": CONSTANTS["decimal"] | st.sampled_from([1.5, 2, 0.1]),
    "datetime": st.sampled_from(TIMES),
    "choices": st.lists(CONSTANTS["choices"], max_size=3),
}
ODD: st.SearchStrategy[Any] = st.sampled_from([None, "", "x", 7, 1.25, True, [], {}, ["lily"], "2027-1-1", "12"])


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(list(TYPES)))
    of = TYPES[name]
    constants = st.sampled_from(["active", "archived"]) if name == "state" else CONSTANTS[of.kind]
    ops = {
        "choices": ["contains", "is_set", "is_unset"],
        "choice": ["eq", "ne", "in", "is_set", "is_unset"],
        "text": ["eq", "ne", "in", "is_set", "is_unset"],
        "boolean": ["eq", "ne", "in", "is_set", "is_unset"],
    }.get(of.kind, ["eq", "ne", "lt", "le", "gt", "ge", "in", "between", "is_set", "is_unset"])
    op = draw(st.sampled_from(ops))
    if op in ("is_set", "is_unset"):
        return {"op": op, "field": name}
    if op == "in":
        return {"op": op, "field": name, "value": draw(st.lists(constants, min_size=1, max_size=3))}
    if op == "between":
        pair = sorted([draw(constants), draw(constants)], key=lambda each: typed(each, kind=of.kind))
        return {"op": op, "field": name, "value": pair}
    return {"op": op, "field": name, "value": draw(constants)}


conditions: st.SearchStrategy[dict[str, Any]] = st.recursive(
    leaves(),
    lambda inner: (
        st.builds(lambda of: {"op": "and", "of": of}, st.lists(inner, max_size=3))
        | st.builds(lambda of: {"op": "or", "of": of}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda of: {"op": "not", "of": of}, inner)
    ),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A flat row: columns typed as the database types them, the rest as a document holds it, sometimes odd."""
    row: dict[str, Any] = {
        "state": draw(st.sampled_from(["active", "archived", "", None])),
        "since": draw(st.none() | st.sampled_from([date.fromisoformat(day) for day in DAYS])),
        "seen_at": draw(st.none() | st.sampled_from([datetime.fromisoformat(each) for each in TIMES])),
    }
    for name, of in TYPES.items():
        if name not in COLUMNS and draw(st.booleans()):
            row[name] = draw(STORED[of.kind] | ODD)
    return row


def typed(value: Any, *, kind: str) -> Any:
    """A stored or typed value by the rules of its kind; None where it is missing."""
    if kind in ("integer", "money"):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "decimal":
        return _decimal(value)
    if kind == "choices":
        return value if isinstance(value, list) and value else None
    if kind in ("date", "datetime") and isinstance(value, date | datetime):
        return value
    if not isinstance(value, str) or not value:
        return None
    if kind == "date":
        return date.fromisoformat(value) if len(value) == 10 and value[4] == "-" else None
    if kind == "datetime":
        return datetime.fromisoformat(value).astimezone(UTC) if "T" in value else None
    return value


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def means(tree: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """What a condition says about a row, read word by word."""
    if tree["op"] == "and":
        return all(means(each, row) for each in tree["of"])
    if tree["op"] == "or":
        return any(means(each, row) for each in tree["of"])
    if tree["op"] == "not":
        return not means(tree["of"], row)
    kind = TYPES[tree["field"]].kind
    value = typed(row.get(tree["field"]), kind=kind)
    if tree["op"] == "is_unset":
        return value is None
    if value is None:
        return False
    if tree["op"] == "is_set":
        return True
    if tree["op"] == "contains":
        return tree["value"] in value
    if tree["op"] == "in":
        return any(value == typed(each, kind=kind) for each in tree["value"])
    if tree["op"] == "between":
        low, high = (typed(each, kind=kind) for each in tree["value"])
        return bool(low <= value <= high)
    return bool(getattr(operator, tree["op"])(value, typed(tree["value"], kind=kind)))
