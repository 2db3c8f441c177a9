"""What interactions tell: one was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class InteractionRecorded(Event):
    """`subject` is the interaction. `ungated`: an outbound one without a decision behind it."""

    name: ClassVar[str] = "interaction.recorded"
    customer_id: UUID
    channel: str
    direction: str
    purpose: str
    disposition: str
    ungated: bool
