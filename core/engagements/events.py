"""What engagements tell: a list was lent, a list was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class CustomersLeased(Event):
    """`subject` is the engagement; one event for the whole list."""

    name: ClassVar[str] = "customers.leased"
    count: int


@dataclass(frozen=True, kw_only=True)
class LeasesEnded(Event):
    name: ClassVar[str] = "leases.ended"
    count: int


@dataclass(frozen=True, kw_only=True)
class EngagementMoved(Event):
    """An engagement went from one state to another."""

    name: ClassVar[str] = "engagement.moved"
    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class GrantMoved(Event):
    """A data grant was asked for, checked, approved, revoked, or expired."""

    name: ClassVar[str] = "data_grant.moved"
    engagement_id: UUID
    state: str
