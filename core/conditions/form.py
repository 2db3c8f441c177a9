"""A condition as a form: groups of rows with a field, a comparison and a value, and back to the tree.

1. `Draft.of_tree` unfolds a tree, `Draft.of_form` reads what a browser sent, half-filled rows included.
2. `Draft.after` does what a button asks: add a row or a group, remove one. Every button submits, so it works without scripts.
3. `Draft.tree` gives the tree; what is wrong is told at the part (`w.0.1`) where it stands.
Names in the form: `<root>.group`, `<root>.0.field`, `.op`, `.value`, `.upto`; the number is the place in its group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, cast, get_args

from core.conditions.tree import All, Any_, Leaf, LeafOp, Node, Not, parse
from core.conditions.values import ORDERED_KINDS, ConditionError, ValueType
from core.errors import N_, FieldError
from core.plugin.types import FieldKind, Wrong

GroupOp = Literal["all", "any", "none"]
GROUPS: Sequence[GroupOp] = get_args(GroupOp)
MOST_ROWS = 30
DEEPEST = 4
PATH = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}")

Read: TypeAlias = Callable[[str, Any], Any]
"""`read(name, typed)` is the constant for what was typed at a field; it raises `Wrong` (`core.plugin`)."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """`value` is text, or keys of choices for `in`; `upto` the second text of `between`."""

    field: str = ""
    op: str = ""
    value: str | Sequence[str] = ""
    upto: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    op: GroupOp = "all"
    parts: Sequence[Row | Group] = ()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What the form shows. `errors` by part: `` is the whole, `0.1` the second part of the first group."""

    root: Group = Group()
    errors: Mapping[str, FieldError] = field(default_factory=dict)

    @classmethod
    def of_tree(cls, tree: Any, *, types: Mapping[str, ValueType], write: Callable[[str, Any], str]) -> Draft:
        """`write(name, constant)` is the text of a constant as the control of a field holds it. Raises ConditionError."""
        made = _part(parse(tree, types=types), write)
        return cls(root=made if isinstance(made, Group) else Group(parts=(made,)))

    @classmethod
    def of_form(cls, sent: Any, *, root: str) -> Draft:
        """`sent` is a MultiDict. What is too deep or too much is not read."""
        names = [name[len(root) + 1 :] for name in sent if name.startswith(f"{root}.")]
        places = {path for name in names if PATH.fullmatch(path := name.rpartition(".")[0])}
        return cls(root=_sent_group(sent, root, "", sorted(places, key=_order)[: 2 * MOST_ROWS]))

    def after(self, act: str) -> Draft:
        """`row:<path>` and `group:<path>` add to a group, `remove:<path>` takes a part away; anything else changes nothing."""
        what, _, path = act.partition(":")
        if path and not PATH.fullmatch(path):
            return self
        steps = [int(each) for each in path.split(".")] if path else []
        if what in ("row", "group") and rows_in(self.root) < MOST_ROWS:
            new: Row | Group = Row() if what == "row" else Group(op="any", parts=(Row(),))
            if what == "row" or len(steps) + 1 < DEEPEST:
                return replace(self, root=_changed(self.root, steps, lambda group: (*group.parts, new)), errors={})
        elif what == "remove" and steps:
            last = steps[-1]
            return replace(
                self,
                root=_changed(self.root, steps[:-1], lambda group: (*group.parts[:last], *group.parts[last + 1 :])),
                errors={},
            )
        return self

    def tree(self, *, types: Mapping[str, ValueType], read: Read) -> tuple[dict[str, Any] | None, Draft]:
        """The tree, and the draft with what is wrong with it; the tree is None where something is, or where it is empty."""
        maker = _Maker(types=types, read=read)
        tree = maker.group(self.root, "", "$")
        if not maker.errors and self.root.parts:
            try:
                parse(tree, types=types)
            except ConditionError as error:
                for each in error.errors:
                    maker.errors.setdefault(maker.part_at(each.field or "$"), each)
        draft = replace(self, errors=maker.errors)
        return (tree if not maker.errors and self.root.parts else None), draft


def operators(kind: FieldKind) -> Sequence[LeafOp]:
    """The comparisons that a field of a kind is offered."""
    if kind == "choices":
        return ("contains", "is_set", "is_unset")
    if kind == "boolean":
        return ("eq", "is_set", "is_unset")
    if kind == "choice":
        return ("eq", "ne", "in", "is_set", "is_unset")
    if kind in ORDERED_KINDS:
        return ("eq", "ne", "lt", "le", "gt", "ge", "between", "is_set", "is_unset")
    return ("eq", "ne", "is_set", "is_unset")


def rows_in(group: Group) -> int:
    return sum(rows_in(each) if isinstance(each, Group) else 1 for each in group.parts)


def _part(node: Node, write: Callable[[str, Any], str]) -> Row | Group:
    match node:
        case All(of=inner):
            return Group(op="all", parts=tuple(_part(each, write) for each in inner))
        case Any_(of=inner):
            return Group(op="any", parts=tuple(_part(each, write) for each in inner))
        case Not(of=Any_(of=inner)):
            return Group(op="none", parts=tuple(_part(each, write) for each in inner))
        case Not(of=single):
            return Group(op="none", parts=(_part(single, write),))
        case Leaf(op="in", field=name, value=several):
            return Row(field=name, op="in", value=tuple(write(name, each) for each in several))
        case Leaf(op="between", field=name, value=(low, high)):
            return Row(field=name, op="between", value=write(name, low), upto=write(name, high))
        case Leaf(op=op, field=name, value=value):
            return Row(field=name, op=op, value="" if value is None else write(name, value))


def _order(path: str) -> list[int]:
    return [int(each) for each in path.split(".")]


def _sent_group(sent: Any, root: str, at: str, places: Sequence[str]) -> Group:
    prefix = f"{at}." if at else ""
    direct = [path for path in places if path.startswith(prefix) and "." not in path[len(prefix) :]]
    op = sent.get(f"{root}.{prefix}group", "")
    return Group(
        op=cast(GroupOp, op) if op in GROUPS else "all",
        parts=tuple(
            _sent_group(sent, root, path, places) if f"{root}.{path}.group" in sent else _sent_row(sent, root, path)
            for path in direct
        ),
    )


def _sent_row(sent: Any, root: str, path: str) -> Row:
    at = f"{root}.{path}"
    values = [each for each in sent.getlist(f"{at}.value") if each]
    op = sent.get(f"{at}.op", "")
    value: str | Sequence[str] = tuple(values) if op == "in" else (values[0] if values else "")
    return Row(field=sent.get(f"{at}.field", ""), op=op, value=value, upto=sent.get(f"{at}.upto", ""))


def _changed(group: Group, steps: Sequence[int], parts: Callable[[Group], Sequence[Row | Group]]) -> Group:
    if not steps:
        return replace(group, parts=tuple(parts(group)))
    place = steps[0]
    if place >= len(group.parts):
        return group
    inner = group.parts[place]
    if not isinstance(inner, Group):
        return group
    made = _changed(inner, steps[1:], parts)
    return replace(group, parts=(*group.parts[:place], made, *group.parts[place + 1 :]))


@dataclass
class _Maker:
    """From the draft to the tree, with the place in the tree of each part."""

    types: Mapping[str, ValueType]
    read: Read
    errors: dict[str, FieldError] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def group(self, group: Group, at: str, place: str) -> dict[str, Any]:
        self.places[place] = at
        inner = f"{place}.of.of" if group.op == "none" else f"{place}.of"
        prefix = f"{at}." if at else ""
        of = [self.part(each, f"{prefix}{n}", f"{inner}[{n}]") for n, each in enumerate(group.parts)]
        if not of and at:
            self.wrong(at, "empty", N_("This group is empty. Add a condition to it, or remove it."))
        if group.op == "none":
            return {"op": "not", "of": {"op": "or", "of": of}}
        return {"op": "and" if group.op == "all" else "or", "of": of}

    def part(self, part: Row | Group, at: str, place: str) -> dict[str, Any]:
        if isinstance(part, Group):
            return self.group(part, at, place)
        self.places[place] = at
        of = self.types.get(part.field)
        if of is None:
            message = N_("There is no field “%(name)s” here.") if part.field else N_("Choose a field.")
            self.wrong(at, "unknown_field", message, name=part.field)
            return {}
        op = part.op or operators(of.kind)[0]
        if op in ("is_set", "is_unset"):
            return {"op": op, "field": part.field}
        if op == "between":
            value: Any = [self.value(part.field, each, at) for each in (part.value, part.upto)]
        elif op == "in":
            several = part.value if isinstance(part.value, list | tuple) else [part.value]
            value = [self.value(part.field, each, at) for each in several or [""]]
        else:
            value = self.value(part.field, part.value, at)
        return {"op": op, "field": part.field, "value": value}

    def value(self, name: str, typed: Any, at: str) -> Any:
        if not str(typed).strip():
            self.wrong(at, "required", N_("Say what the field is compared with."))
            return None
        try:
            return self.read(name, typed)
        except Wrong as wrong:
            self.wrong(at, wrong.code, wrong.message, **wrong.params)
            return None

    def wrong(self, at: str, code: str, message: str, **params: Any) -> None:
        self.errors.setdefault(at, FieldError(field=at, code=code, message=message, params=params))

    def part_at(self, place: str) -> str:
        """The part that a place in the tree belongs to: the longest beginning that is one."""
        while place and place not in self.places:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.places.get(place, "")
