"""What the checks of declarations share: the form of a problem, keys, what is there twice, names in a condition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.plugin.types import Choice

Problem = tuple[str, str, str]
"""`(where, what is wrong, what to do)`."""

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
PERMISSION = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


def repeated(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, count in Counter(values).items() if count > 1]


def choice_problems(choices: Sequence[Choice], *, where: str, what: str) -> Iterator[Problem]:
    for twice in repeated([choice.key for choice in choices]):
        yield where, f"the {what} {twice!r} is there twice", f"give each {what} its own key"


def one_of(names: Iterable[str]) -> str:
    """Advice that names what there is."""
    known = sorted(names)
    return f"use one of {', '.join(known)}" if known else "there is none: declare it"


def fields_named(condition: Any) -> Iterator[str]:
    """Each `field` anywhere in a condition tree."""
    if isinstance(condition, Mapping):
        if isinstance(condition.get("field"), str):
            yield condition["field"]
        for value in condition.values():
            yield from fields_named(value)
    elif isinstance(condition, list | tuple):
        for value in condition:
            yield from fields_named(value)
