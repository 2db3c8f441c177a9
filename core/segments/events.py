"""What segments and grades tell: ids, keys and counts, never who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class SegmentSaved(Event):
    """One was made, changed, archived or brought back; `state` is active or archived."""

    name: ClassVar[str] = "segment.saved"
    key: str
    state: str


@dataclass(frozen=True, kw_only=True)
class SegmentTaken(Event):
    """The members of a snapshot were taken; `size` is how many they are."""

    name: ClassVar[str] = "segment.refreshed"
    key: str
    size: int


@dataclass(frozen=True, kw_only=True)
class GradesActivated(Event):
    """A scheme of grades is live from now on."""

    name: ClassVar[str] = "grades.activated"


@dataclass(frozen=True, kw_only=True)
class GradesEvaluated(Event):
    """All customers were held against the scheme for a period; `subject` is the scheme."""

    name: ClassVar[str] = "grades.evaluated"
    period: str
    counts: Mapping[str, int]
