"""The dated, sourced numbers of a vertical, read from the `params.toml` beside its `plugin.py`.

Law changes by date and by place, so a number is a row, never a literal: `[[parameter]]` tables with `key, value, unit,
jurisdiction, effective_from, effective_to, source_title, source_article, verified` and `label.zh-CN, label.en`.
Periods are half-open. `resolve` looks in the place asked for, then in the wider ones (`CN-31`, `CN`, `*`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from core.plugin.shape import hints_of, mismatches
from core.plugin.types import LOCALES, Parameter

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
JURISDICTION = re.compile(r"\*|[A-Z]{2,3}(-[A-Z0-9]{1,3})?")
OPTIONAL = {"effective_to", "source_article", "overridable", "minimum", "maximum"}
NOT_DECLARED = {"set_by_tenant"}


@dataclass(frozen=True, kw_only=True)
class ParameterSet:
    """The parameters of one vertical."""

    rows: Sequence[Parameter] = ()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(row.key for row in self.rows)

    def resolve(self, key: str, *, jurisdiction: str, on: date) -> Parameter:
        """The row in force in the place, or in the nearest wider one, on that day. Raises LookupError."""
        for place in places(jurisdiction):
            for row in self.rows:
                if row.key == key and row.jurisdiction == place and in_force(row, on=on):
                    return row
        raise LookupError(f"no value of parameter {key!r} is in force in {jurisdiction} on {on}")


def places(jurisdiction: str) -> Iterator[str]:
    yield jurisdiction
    if "-" in jurisdiction:
        yield jurisdiction.partition("-")[0]
    if jurisdiction != "*":
        yield "*"


def in_force(row: Parameter, *, on: date) -> bool:
    return row.effective_from <= on and (row.effective_to is None or on < row.effective_to)


def read(text: str) -> tuple[ParameterSet, list[tuple[str, str]]]:
    """The rows of a `params.toml` that are right, and `(where, problem)` for each thing that is not."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        return ParameterSet(), [("params.toml", f"it is not TOML: {error}")]
    problems = [("params.toml", f"unknown key {name!r}") for name in document if name != "parameter"]
    tables = document.get("parameter", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return ParameterSet(), [*problems, ("params.toml", "`parameter` is not a list of `[[parameter]]` tables")]
    rows = []
    for number, table in enumerate(tables, start=1):
        where = f"params.toml, parameter {number} ({table.get('key', 'without key')})"
        wrong = list(_wrong_in(table))
        problems += [(where, problem) for problem in wrong]
        if not wrong:
            rows.append(Parameter(**{"effective_to": None, **table}))
    problems += _overlaps(rows)
    return ParameterSet(rows=tuple(rows)), problems


def _wrong_in(table: Mapping[str, Any]) -> Iterator[str]:
    known = {each.name for each in fields(Parameter)} - NOT_DECLARED
    yield from (f"unknown key {name!r}" for name in table if name not in known)
    missing = sorted(known - table.keys() - OPTIONAL)
    if "source_article" not in table and (table.get("jurisdiction") != "*" or table.get("verified")):
        missing.append("source_article")
    yield from (f"{name!r} is missing" for name in missing)
    hints = hints_of(Parameter)
    shapes = [
        f"{path}: {problem}"
        for name in table.keys() & known
        for path, problem in mismatches(table[name], hint=hints[name], path=name)
    ]
    yield from shapes
    if missing or shapes:
        return
    if not KEY.fullmatch(table["key"]):
        yield f"the key {table['key']!r} is not lower-case letters, digits and underscores"
    if not JURISDICTION.fullmatch(table["jurisdiction"]):
        yield f"the jurisdiction {table['jurisdiction']!r} is not `*`, a country code or a country's subdivision"
    yield from (f"the label lacks {locale}" for locale in LOCALES if not table["label"].get(locale))
    yield from (f"{name} is empty" for name in ("source_title", "source_article") if not table.get(name, "-").strip())
    yield from _limits(table)
    end = table.get("effective_to")
    if end is not None and end <= table["effective_from"]:
        yield "effective_to is not after effective_from"


def _limits(table: Mapping[str, Any]) -> Iterator[str]:
    """What a tenant may set instead lies between numbers, or texts, of the value's own kind; the value itself too."""
    limits = {name: table[name] for name in ("minimum", "maximum") if name in table}
    if limits and not table.get("overridable", False):
        yield f"it has a {' and a '.join(limits)}, and no tenant may set another value; add `overridable = true`"
    value = table["value"]
    sortable = isinstance(value, int | Decimal | str) and not isinstance(value, bool)
    unlike = [
        name for name, limit in limits.items() if not sortable or isinstance(limit, str) != isinstance(value, str)
    ]
    yield from (f"{name} is {limits[name]!r}, which cannot be compared with the value {value!r}" for name in unlike)
    if unlike:
        return
    if "minimum" in limits and value < limits["minimum"]:
        yield f"the value {value} is below its minimum {limits['minimum']}"
    if "maximum" in limits and value > limits["maximum"]:
        yield f"the value {value} is above its maximum {limits['maximum']}"
    if len(limits) == 2 and limits["minimum"] > limits["maximum"]:
        yield f"the minimum {limits['minimum']} is above the maximum {limits['maximum']}"


def _overlaps(rows: Sequence[Parameter]) -> Iterator[tuple[str, str]]:
    for one, other in combinations(rows, 2):
        same = (one.key, one.jurisdiction) == (other.key, other.jurisdiction)
        later, earlier = (one, other) if one.effective_from >= other.effective_from else (other, one)
        if same and in_force(earlier, on=later.effective_from):
            yield (
                "params.toml",
                f"two values of {one.key!r} for {one.jurisdiction} are in force on {later.effective_from}",
            )
