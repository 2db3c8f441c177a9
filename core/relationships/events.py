"""What relationships tell. Ids and roles only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class RelationshipAdded(Event):
    """`subject` is the relationship."""

    name: ClassVar[str] = "relationship.added"
    customer_id: UUID
    other_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class RelationshipUpdated(Event):
    name: ClassVar[str] = "relationship.updated"
    customer_id: UUID
    other_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class RelationshipRemoved(Event):
    name: ClassVar[str] = "relationship.removed"
    customer_id: UUID
    other_id: UUID
    role: str
