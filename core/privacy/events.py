"""What reveals tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class ValueRevealed(Event):
    """`subject` is the reveal; `fields` holds the name of the field, never what it holds."""

    name: ClassVar[str] = "value.revealed"
    customer_id: UUID
    record_id: UUID | None = None
