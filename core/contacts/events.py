"""What contacts tell: a consent was recorded, a do-not-contact entry was made. Ids and names of fields only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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
