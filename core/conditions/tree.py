"""The tree itself: from JSON to checked nodes, with every fault named at its JSON path.

`{"op": "and"|"or", "of": [...]}`, `{"op": "not", "of": {...}}`, and leaves `{"op": ..., "field": ..., "value": ...}`:
`eq ne lt le gt ge` take one value, `in` a list, `between` `[low, high]` with both ends in, `contains` a key of a list,
`is_set` and `is_unset` none. An `and` of nothing is always true; an `or` of nothing is refused, it selects nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from core.conditions.values import ORDERED_KINDS, ConditionError, ValueType, WrongConstant, comparable, constant
from core.errors import N_, FieldError
from core.plugin.types import FieldKind

DEPTH_LIMIT = 50
NODE_LIMIT = 500
LIST_LIMIT = 1000

LeafOp = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "between", "contains", "is_set", "is_unset"]

_ALL_KINDS: frozenset[FieldKind] = frozenset(get_args(FieldKind))
_SINGLE_KINDS = _ALL_KINDS - {"choices"}
_FITS: Mapping[str, frozenset[FieldKind]] = {
    "eq": _SINGLE_KINDS,
    "ne": _SINGLE_KINDS,
    "lt": ORDERED_KINDS,
    "le": ORDERED_KINDS,
    "gt": ORDERED_KINDS,
    "ge": ORDERED_KINDS,
    "in": _SINGLE_KINDS,
    "between": ORDERED_KINDS,
    "contains": frozenset({"choices"}),
    "is_set": _ALL_KINDS,
    "is_unset": _ALL_KINDS,
}
_WITHOUT_VALUE = {"is_set", "is_unset"}


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """`value` is typed: one constant, a tuple of them (`in`, `between`) or None."""

    op: LeafOp
    field: str
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class All:
    of: Sequence[Node]


@dataclass(frozen=True, kw_only=True)
class Any_:  # noqa: N801 - `Any` is taken
    of: Sequence[Node]


@dataclass(frozen=True, kw_only=True)
class Not:
    of: Node


Node: TypeAlias = "All | Any_ | Not | Leaf"


def parse(tree: Any, *, types: Mapping[str, ValueType]) -> Node:
    """The checked nodes. Raises ConditionError naming everything that is wrong."""
    if isinstance(tree, All | Any_ | Not | Leaf):
        return tree
    reader = _Reader(types=types)
    node = reader.node(tree, path="$", depth=1)
    if reader.errors or node is None:
        raise ConditionError(errors=reader.errors)
    return node


def fields_of(tree: Any) -> frozenset[str]:
    """The names a tree, checked or not, makes use of."""
    return frozenset(_names(tree))


def _names(tree: Any) -> Iterator[str]:
    """Without recursion: what somebody sent is not yet known to be shallow."""
    left = [tree]
    while left:
        each = left.pop()
        if isinstance(each, list | tuple):
            left += each
            continue
        if isinstance(each, Mapping):
            name, inner = each.get("field"), each.get("of", ())
        else:
            name, inner = getattr(each, "field", None), getattr(each, "of", ())
        if isinstance(name, str):
            yield name
        left.append(inner)


@dataclass
class _Reader:
    types: Mapping[str, ValueType]
    errors: list[FieldError] = field(default_factory=list)
    nodes: int = 0

    def wrong(self, path: str, code: str, message: str, **params: Any) -> None:
        self.errors.append(FieldError(field=path, code=code, message=message, params=params))

    def node(self, tree: Any, *, path: str, depth: int) -> Node | None:
        self.nodes += 1
        if depth > DEPTH_LIMIT:
            self.wrong(path, "too_deep", N_("The condition is nested deeper than %(limit)s levels."), limit=DEPTH_LIMIT)
        elif self.nodes == NODE_LIMIT + 1:
            self.wrong(path, "too_large", N_("The condition has more than %(limit)s parts."), limit=NODE_LIMIT)
        elif self.nodes > NODE_LIMIT:
            return None
        elif not isinstance(tree, Mapping) or not isinstance(tree.get("op"), str):
            self.wrong(path, "not_a_condition", N_("A part of a condition is an object with “op”."))
        elif tree["op"] in ("and", "or", "not"):
            return self.group(tree, path=path, depth=depth)
        elif tree["op"] in _FITS:
            return self.leaf(tree, path=path)
        else:
            known = ", ".join(["and", "or", "not", *_FITS])
            self.wrong(
                f"{path}.op",
                "unknown_operator",
                N_("There is no operator “%(op)s”. There are: %(known)s."),
                op=tree["op"],
                known=known,
            )
        return None

    def group(self, tree: Mapping[str, Any], *, path: str, depth: int) -> Node | None:
        self.refuse_other_keys(tree, path=path, known={"op", "of"})
        of, op = tree.get("of"), tree["op"]
        if op == "not":
            single = isinstance(of, list | tuple) and len(of) == 1
            inner = self.node(of[0] if single and of else of, path=f"{path}.of", depth=depth + 1)
            return inner and Not(of=inner)
        if not isinstance(of, list | tuple) or (op == "or" and not of):
            self.wrong(f"{path}.of", "not_a_list", N_("“%(op)s” needs a list of conditions in “of”."), op=op)
            return None
        inner_nodes = [
            self.node(each, path=f"{path}.of[{index}]", depth=depth + 1)
            for index, each in enumerate(of)
            if self.nodes <= NODE_LIMIT
        ]
        checked = tuple(each for each in inner_nodes if each is not None)
        return All(of=checked) if op == "and" else Any_(of=checked)

    def leaf(self, tree: Mapping[str, Any], *, path: str) -> Leaf | None:
        op, name = tree["op"], tree.get("field")
        self.refuse_other_keys(
            tree, path=path, known={"op", "field"} if op in _WITHOUT_VALUE else {"op", "field", "value"}
        )
        of = self.types.get(name) if isinstance(name, str) else None
        if of is None:
            self.wrong(f"{path}.field", "unknown_field", N_("There is no field “%(name)s” here."), name=str(name))
        elif of.kind not in _FITS[op]:
            self.wrong(
                f"{path}.op",
                "wrong_operator",
                N_("“%(op)s” does not work on “%(name)s”, which is of the kind %(kind)s."),
                op=op,
                name=name,
                kind=of.kind,
            )
        elif op in _WITHOUT_VALUE:
            return Leaf(op=op, field=str(name))
        else:
            before = len(self.errors)
            value = self.value(tree, path=f"{path}.value", of=of)
            return Leaf(op=op, field=str(name), value=value) if len(self.errors) == before else None
        return None

    def value(self, tree: Mapping[str, Any], *, path: str, of: ValueType) -> Any:
        op, raw = tree["op"], tree.get("value")
        if op not in ("in", "between"):
            return self.constant(raw, path=path, of=of, name=tree["field"])
        if not isinstance(raw, list | tuple):
            self.wrong(path, "not_a_list", N_("“%(op)s” needs a list of values."), op=op)
            return None
        if not 1 <= len(raw) <= LIST_LIMIT or (op == "between" and len(raw) != 2):
            self.wrong(
                path, "wrong_length", N_("“between” needs two values, “in” needs 1 to %(limit)s."), limit=LIST_LIMIT
            )
            return None
        values = tuple(
            self.constant(each, path=f"{path}[{index}]", of=of, name=tree["field"]) for index, each in enumerate(raw)
        )
        if op == "between" and None not in values and _sort_key(values[0], of=of) > _sort_key(values[1], of=of):
            self.wrong(path, "wrong_order", N_("The first value of “between” is above the second."))
        return values

    def constant(self, raw: Any, *, path: str, of: ValueType, name: str) -> Any:
        try:
            return constant(raw, of=of)
        except WrongConstant as error:
            self.wrong(path, "wrong_value", str(error), name=name)
            return None

    def refuse_other_keys(self, tree: Mapping[str, Any], *, path: str, known: set[str]) -> None:
        for key in tree.keys() - known:
            self.wrong(f"{path}.{key}", "unknown_key", N_("“%(key)s” has no place here."), key=key)


def _sort_key(value: Any, *, of: ValueType) -> Any:
    return comparable(value, kind=of.kind)
