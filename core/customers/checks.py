"""What a vertical's segments must not say, asked at boot: conditions that name or compare wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from core.conditions import ConditionError, parse
from core.customers.fields import condition_fields
from core.plugin.catalog import Catalog, LoadedVertical


def segment_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    types = condition_fields(Catalog([loaded]).everything).types()
    for segment in loaded.segments:
        try:
            parse(segment.condition, types=types)
        except ConditionError as error:
            yield f"segment {segment.key!r}: its condition cannot be used: {error}"
