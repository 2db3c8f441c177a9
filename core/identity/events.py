"""What happens to people of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class PersonInvited(Event):
    """The subject is the invitation. `round` counts how often it was sent."""

    name: ClassVar[str] = "person.invited"

    round: int
    engagement_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class PersonJoined(Event):
    """The subject is the participant."""

    name: ClassVar[str] = "person.joined"

    party: str
    engagement_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class PersonLeft(Event):
    """Access ended. The subject is the participant."""

    name: ClassVar[str] = "person.left"

    party: str
    engagement_id: UUID | None
