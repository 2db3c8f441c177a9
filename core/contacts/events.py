"""What contacts tell: a consent was recorded, a do-not-contact entry was made. Ids and names of fields only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class ContactPointAdded(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "contact_point.added"
    kind: str


@dataclass(frozen=True, kw_only=True)
class ConsentRecorded(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "consent.recorded"
    purpose: str
    channel: str
    status: str


@dataclass(frozen=True, kw_only=True)
class DoNotContactAdded(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "do_not_contact.added"
    purpose: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class ContactPointUpdated(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "contact_point.updated"
    kind: str
    point_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContactPointRemoved(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "contact_point.removed"
    kind: str
    point_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContactAdded(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "contact.added"
    contact_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContactUpdated(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "contact.updated"
    contact_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "contact.removed"
    contact_id: UUID


@dataclass(frozen=True, kw_only=True)
class DoNotContactEnded(Event):
    """`subject` is the customer."""

    name: ClassVar[str] = "do_not_contact.ended"
    purpose: str
    channel: str
