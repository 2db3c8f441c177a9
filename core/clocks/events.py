"""What a clock says as its time goes by, each once: a warning, its breach, what goes to whom after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class ClockEvent(Event):
    """`subject` is the clock; `owner` its workflow or record type; `percent` how much of its time had gone at `told_for`.

    `told_for` is the moment this was to be said, `occurred_at` when it was. `roles` are to be told, and the one who has the
    case if `to_assignee`. `stopped`: the deadline was answered meanwhile, too late.
    """

    owner: str
    timer: str
    percent: int
    case_id: UUID | None
    record_id: UUID | None
    customer_id: UUID | None
    due_at: datetime
    told_for: datetime
    roles: Sequence[str] = ()
    to_assignee: bool = True
    stopped: bool = False


@dataclass(frozen=True, kw_only=True)
class ClockWarned(ClockEvent):
    name: ClassVar[str] = "clock.warned"


@dataclass(frozen=True, kw_only=True)
class ClockBreached(ClockEvent):
    name: ClassVar[str] = "clock.breached"


@dataclass(frozen=True, kw_only=True)
class ClockEscalated(ClockEvent):
    """A level after the breach."""

    name: ClassVar[str] = "clock.escalated"


@dataclass(frozen=True, kw_only=True)
class ClockMoved(Event):
    """A running deadline was computed anew, without an act on its subject: a calendar or a parameter changed."""

    name: ClassVar[str] = "clock.moved"

    owner: str
    timer: str
    case_id: UUID | None
    record_id: UUID | None
    customer_id: UUID | None
    due_at: datetime | None
