"""What the gate tells: a decision was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class GateDecided(Event):
    """`subject` is the decision."""

    name: ClassVar[str] = "gate.decided"
    customer_id: UUID
    number: int
    action: str
    purpose: str
    channel: str
    verdict: str
