"""A condition as a Python closure: made once, then asked 100,000 times a second and more.

The closure takes a flat mapping from field name to value, typed (a date) or as stored in a document (ISO text).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from core.conditions.tree import All, Any_, Leaf, Node, Not, parse
from core.conditions.values import READERS, TEXT_KINDS, ValueType, comparable, read_integer

Predicate: TypeAlias = Callable[[Mapping[str, Any]], bool]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "le": operator.le,
        "gt": operator.gt,
        "ge": operator.ge,
        "contains": operator.contains,
    }
)


def compile_predicate(tree: Any, *, types: Mapping[str, ValueType]) -> Predicate:
    """The test of a flat mapping of values. Raises ConditionError."""
    return _compiled(parse(tree, types=types), types=types)


def _compiled(node: Node, *, types: Mapping[str, ValueType]) -> Predicate:
    match node:
        case All(of=inner):
            return _every([_compiled(each, types=types) for each in inner])
        case Any_(of=inner):
            return _some([_compiled(each, types=types) for each in inner])
        case Not(of=single):
            return _negated(_compiled(single, types=types))
        case Leaf():
            return _leaf(node, of=types[node.field])


def _every(parts: Sequence[Predicate]) -> Predicate:
    def holds(values: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110 - a generator in all() costs twice the time
            if not part(values):
                return False
        return True

    return holds


def _some(parts: Sequence[Predicate]) -> Predicate:
    def holds(values: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110 - see above
            if part(values):
                return True
        return False

    return holds


def _negated(part: Predicate) -> Predicate:
    return lambda values: not part(values)


def _leaf(leaf: Leaf, *, of: ValueType) -> Predicate:
    name, read = leaf.field, READERS[of.kind]
    if leaf.op == "is_set":
        return lambda values: read(values.get(name)) is not None
    if leaf.op == "is_unset":
        return lambda values: read(values.get(name)) is None
    if leaf.op == "in":
        wanted = frozenset(comparable(each, kind=of.kind) for each in leaf.value)
        # None, which stands for missing, is never among the wanted.
        return lambda values: read(values.get(name)) in wanted
    if leaf.op == "between":
        low, high = (comparable(each, kind=of.kind) for each in leaf.value)

        def within(values: Mapping[str, Any]) -> bool:
            value = read(values.get(name))
            return value is not None and low <= value <= high

        return within
    compare = _COMPARE[leaf.op]
    if leaf.op == "contains":
        return _compared(name, read, compare, leaf.value)
    limit = comparable(leaf.value, kind=of.kind)
    if leaf.op == "eq" and of.kind in TEXT_KINDS:  # a text that is not empty equals no other thing
        return lambda values: values.get(name) == limit
    if read is read_integer:
        return _integer(name, compare, limit)
    return _compared(name, read, compare, limit)


def _compared(name: str, read: Callable[[Any], Any], compare: Callable[[Any, Any], bool], limit: Any) -> Predicate:
    def holds(values: Mapping[str, Any]) -> bool:
        value = read(values.get(name))
        return value is not None and compare(value, limit)

    return holds


def _integer(name: str, compare: Callable[[Any, Any], bool], limit: int) -> Predicate:
    """As `read_integer` reads, without the call: most leaves are such, or texts."""

    def holds(values: Mapping[str, Any]) -> bool:
        value = values.get(name)
        return type(value) is int and compare(value, limit)

    return holds


def flatten(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`{"x": {"plan": 1}}` as the flat mapping a closure takes: `{"x.plan": 1}`."""
    return {f"{owner}.{key}": value for owner, held in attributes.items() for key, value in held.items()}
