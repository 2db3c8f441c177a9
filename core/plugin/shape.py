"""Does a declared value have the shape its dataclass promises: every annotation, as deep as it goes.

Dataclasses check nothing when they are made, so that `Field(label="Plan")` would only fail on a page, for a user.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

D = TypeVar("D")


def mismatches(value: Any, *, hint: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`(path, problem)` for each place where `value` is not what `hint` says."""
    if hint is Any:
        return
    inside = _BY_ORIGIN.get(typing.get_origin(hint))
    if inside is not None:
        yield from inside(value, hint=hint, path=path)
    elif not _is_a(value, hint=hint):
        yield path, f"{value!r} is a {type(value).__name__}, not a {getattr(hint, '__name__', hint)}"
    elif dataclasses.is_dataclass(hint):
        declared: Any = hint
        for name, inner in hints_of(declared).items():
            yield from mismatches(getattr(value, name), hint=inner, path=f"{path}.{name}" if path else name)


def _is_a(value: Any, *, hint: Any) -> bool:
    if hint is int and isinstance(value, bool):
        return False
    return isinstance(value, hint)


def _in_union(value: Any, *, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    found = [list(mismatches(value, hint=inner, path=path)) for inner in typing.get_args(hint)]
    if all(found):
        # The alternative that got deepest into the value says most about what is wrong.
        yield from max(found, key=lambda problems: max(len(where) for where, _ in problems))


def _in_literal(value: Any, *, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    allowed = typing.get_args(hint)
    if value not in allowed:
        yield path, f"{value!r} is not one of {', '.join(map(str, allowed))}"


def _in_callable(value: Any, *, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    if not callable(value):
        yield path, f"{value!r} is not a function, {hint} is wanted"


def _in_mapping(value: Any, *, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield path, f"{value!r} is a {type(value).__name__}, not a mapping such as a dict"
        return
    keys, values = typing.get_args(hint)
    for key, inner in value.items():
        yield from mismatches(key, hint=keys, path=f"{path}[{key!r}]")
        yield from mismatches(inner, hint=values, path=f"{path}[{key!r}]")


def _in_sequence(value: Any, *, hint: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list | tuple):
        yield path, f"{value!r} is a {type(value).__name__}, not a list or tuple"
        return
    (inner,) = typing.get_args(hint)
    for index, item in enumerate(value):
        yield from mismatches(item, hint=inner, path=f"{path}[{index}]")


_BY_ORIGIN: Mapping[Any, Callable[..., Iterator[tuple[str, str]]]] = {
    typing.Literal: _in_literal,
    typing.Union: _in_union,
    types.UnionType: _in_union,
    collections.abc.Mapping: _in_mapping,
    collections.abc.Sequence: _in_sequence,
    collections.abc.Callable: _in_callable,
}


@cache
def hints_of(declared: type) -> Mapping[str, Any]:
    return typing.get_type_hints(declared)


def frozen(value: D) -> D:
    """A copy that its vertical can no longer change: lists become tuples, mappings are copied."""
    copy: Any = value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: frozen(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        copy = dataclasses.replace(value, **changes)
    elif isinstance(value, Mapping):
        copy = {key: frozen(inner) for key, inner in value.items()}
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        copy = tuple(frozen(item) for item in value)
    return typing.cast(D, copy)
