"""Parsed rows as they are copied into the batch's temporary tables: text and keys only, so it can be done ahead of the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from uuid_utils import uuid7

from core.customers.models import Customer
from core.fields.normalise import name_key
from core.fields.sounds import sound_key
from core.imports import targets
from core.imports.columns import Row
from core.imports.mapping import ColumnMapping
from core.imports.statements import POINTS


@dataclass(frozen=True, slots=True)
class Staged:
    """`sealed` has the clear document and card numbers by line and scheme: they are encrypted, never copied."""

    rows: list[tuple[Any, ...]]
    numbers: list[tuple[Any, ...]]
    further: list[tuple[Any, ...]]
    sealed: dict[tuple[int, str], str]


class Staging:
    """Compiled from a mapping: `core` are the columns of a customer that it names."""

    def __init__(self, mapping: ColumnMapping) -> None:
        named = mapping.columns.values()
        mapped = [target for target in named if target in Customer.__mapper__.columns]
        self.core = [name for name in dict.fromkeys(mapped) if name not in ("id", "number")]
        self.points = [kind for kind in POINTS if kind in self.core]
        self.further = any(target in targets.FURTHER for target in named)

    def __call__(self, rows: Sequence[Row]) -> Staged:
        numbers = list(_numbers(rows))
        return Staged(
            rows=[self._row(row) for row in rows],
            numbers=numbers,
            further=list(_further(rows)) if self.further else [],
            sealed={(row.line, each.scheme): each.clear for row in rows for each in row.numbers if each.sealed},
        )

    def _row(self, row: Row) -> tuple[Any, ...]:
        value = row.core.get
        key = row.key
        shown = key.shown if key is not None else None
        name, address = value("name"), value("address")
        named = name_key(name if name is not None else shown) if shown is not None else None
        return (
            row.line,
            row.at,
            _new_id(),
            _new_id(),
            key.key if key is not None else None,
            row.digest,
            "rejected" if row.rejected else None,
            shown,
            named,
            sound_key(named) if named else None,
            name_key(address) if address is not None else None,
            _json(dict(zip(("field", "column"), row.missing, strict=True))) if row.missing else None,
            _json(row.attributes) if row.attributes else "{}",
            _json(row.problems) if row.problems else "[]",
            *[_new_id() if value(kind) is not None else None for kind in self.points],
            *[value(column) for column in self.core],
        )


def _numbers(rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if not row.rejected:
            for number in row.numbers:
                value = None if number.sealed else number.clear
                yield row.line, _new_id(), number.scheme, number.key, value, number.shown, number.sealed


def _further(rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        said = row.further
        if said is None or row.rejected:
            continue
        rest = (said.given_at, said.evidence)
        for kind, value, key in said.points:
            yield row.line, _new_id(), "point", kind, value, key, None, None, None, *rest
        for purpose, channel, status in said.consents:
            yield row.line, _new_id(), "consent", None, None, None, purpose, channel, status, *rest
        for purpose, channel in said.silences:
            yield row.line, _new_id(), "silence", None, None, None, purpose, channel, None, *rest


def _new_id() -> str:
    """As `core.db.base.new_id`, in the form in which it is copied."""
    return str(uuid7())


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
