"""What undoing tells: once, at its end, with what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class BulkRunReverted(Event):
    """`subject` is the run that was undone, `kind` what it was; `counts` has restored, removed and left."""

    name: ClassVar[str] = "bulk_run.reverted"
    kind: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
