"""What records tell: one was created, one was updated, a counter was read. Changed fields by name, never by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class RecordCreated(Event):
    """`subject` is the record; `customer_id` its holder, if it has one."""

    name: ClassVar[str] = "record.created"
    type: str
    customer_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class RecordUpdated(Event):
    name: ClassVar[str] = "record.updated"
    type: str
    customer_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class RecordsChanged(Event):
    """Many records of a type at once; `subject` is the bulk run, `act` what was done."""

    name: ClassVar[str] = "records.changed"
    type: str
    act: str
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ReadingAdded(Event):
    """`subject` is the record, `fields` holds the counter."""

    name: ClassVar[str] = "reading.added"
    type: str
    customer_id: UUID | None
