"""What a vertical's rules must not say, asked at boot: conditions that name or compare wrongly, hours that are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from core.conditions import ConditionError, parse
from core.fields import FieldSet
from core.gate.subject import CORE_TYPES
from core.plugin.catalog import Catalog, LoadedVertical

WINDOW_ENDS = ("_window_start", "_window_end")


def rule_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    types = {**FieldSet.of(Catalog([loaded]).everything).types(), **CORE_TYPES}
    for rule in loaded.rules:
        if rule.when is None:
            continue
        try:
            parse(rule.when, types=types)
        except ConditionError as error:
            yield f"rule {rule.key!r}: its condition cannot be used: {error}"
    for row in loaded.parameters.rows:
        if row.key.endswith(WINDOW_ENDS) and not _is_time(row.value):
            yield f'params.toml: {row.key!r} is {row.value!r}; write a time of day such as "09:00"'


def _is_time(value: object) -> bool:
    try:
        time.fromisoformat(str(value))
    except ValueError:
        return False
    return True
