"""What happens to requests for approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(Event):
    """`permission` is what a person needs to decide; `engagement_id` the engagement whose people asked, if any."""

    name: ClassVar[str] = "approval.requested"

    number: int
    kind: str
    permission: str
    engagement_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(Event):
    """`state` is `approved` or `refused`."""

    name: ClassVar[str] = "approval.decided"

    number: int
    kind: str
    state: str
    requested_by: UUID | None
    engagement_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class ApprovalExpired(Event):
    """Nobody decided in time."""

    name: ClassVar[str] = "approval.expired"

    number: int
    kind: str
    requested_by: UUID | None
    engagement_id: UUID | None
