"""Which pairs are compared at all: those that share a key of at least one pass.

A pass makes one key of a record from some of its fields, or several where a field has several values. A key that too many share,
such as the number of a switchboard, says nothing: its block is left out, and told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.duplicates.linkage.levels import Value

Record = Mapping[str, Value]
Key = Callable[[Record], Iterable[str]]
LARGEST = 100
"""Records that may share a key."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """`fixes` are the comparisons that the key decides: among its pairs they always agree, so nothing is learned of them."""

    key: str
    fixes: frozenset[str]
    of: Key


def texts(value: Value) -> tuple[str, ...]:
    return () if not value else (value,) if isinstance(value, str) else value


def together(*names: str, cut: Mapping[str, int] | None = None) -> Key:
    """All of the fields, the first value of each, cut to so many characters; no key where one is missing."""

    def key(record: Record) -> Iterable[str]:
        found = [texts(record.get(name)) for name in names]
        if all(found):
            yield "|".join(each[0][: (cut or {}).get(name, 99)] for name, each in zip(names, found, strict=True))

    return key


def any_of(name: str) -> Key:
    """Each value of a field."""
    return lambda record: texts(record.get(name))


def keys_of(record: Record, passes: Sequence[Pass]) -> set[str]:
    """All keys of a record, each with its pass before it."""
    return {f"{each.key}:{key}" for each in passes for key in each.of(record)}


def pairs_of(records: Sequence[Record], block: Pass, *, largest: int = LARGEST) -> tuple[set[tuple[int, int]], int]:
    """Places of records that share a key, the lower first, and how many keys were shared by too many."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        for key in set(block.of(record)):
            blocks[key].append(place)
    found: set[tuple[int, int]] = set()
    left_out = 0
    for members in blocks.values():
        if len(members) > largest:
            left_out += 1
        else:
            found.update(combinations(members, 2))
    return found, left_out
