"""What a vertical's subscribers must not say, asked at boot: events that nobody emits."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from core.events import bus
from core.plugin.catalog import LoadedVertical


def subscriber_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    names = sorted(bus.known())
    for subscriber in loaded.subscribers:
        if subscriber.event not in names:
            near = get_close_matches(subscriber.event, names, n=1)
            fix = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(names)}"
            yield f"{subscriber.event!r} is no event of the core; {fix}"
