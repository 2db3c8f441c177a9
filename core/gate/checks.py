"""What a vertical's rules must not say, asked at boot: conditions that name or compare wrongly, counts that
differ under one name, hours and budgets that are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from core.conditions import ConditionError, parse
from core.gate.facts import CHANNELS, PURPOSES
from core.gate.prepared import types_for
from core.plugin import Count
from core.plugin.catalog import Catalog, LoadedVertical

WINDOW_ENDS = ("_window_start", "_window_end")
BUDGET_ENDS = ("_max_day", "_max_week", "_max_30d")


def rule_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    view = Catalog([loaded]).everything
    for rule in loaded.rules:
        for what, named, known in (("purpose", rule.purposes, PURPOSES), ("channel", rule.channels, CHANNELS)):
            for each in sorted(set(named) - set(known)):
                yield f"rule {rule.key!r}: there is no {what} {each!r}; use one of {', '.join(known)}"
        if rule.when is None:
            continue
        try:
            parse(rule.when, types=types_for(view, rule, owner=loaded.key))
        except ConditionError as error:
            yield f"rule {rule.key!r}: its condition cannot be used: {error}"
    yield from _counts(loaded)
    for row in loaded.parameters.rows:
        if row.key.endswith(WINDOW_ENDS) and not _is_time(row.value):
            yield f'params.toml: {row.key!r} is {row.value!r}; write a time of day such as "09:00"'
        if row.key.endswith(BUDGET_ENDS) and not (type(row.value) is int and row.value >= 0):
            yield f"params.toml: {row.key!r} is {row.value!r}; write a whole number of contacts"


def _counts(loaded: LoadedVertical) -> Iterator[str]:
    """A count is loaded once for all rules of an act, so one key means one count."""
    known: dict[str, Count] = {}
    for rule in loaded.rules:
        for count in rule.counts:
            if known.setdefault(count.key, count) != count:
                yield f"rule {rule.key!r}: its count {count.key!r} is another than that of an earlier rule; name it otherwise"


def _is_time(value: object) -> bool:
    try:
        time.fromisoformat(str(value))
    except ValueError:
        return False
    return True
