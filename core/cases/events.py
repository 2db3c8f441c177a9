"""What cases tell: one was opened, one took a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """`subject` is the case."""

    name: ClassVar[str] = "case.opened"
    customer_id: UUID
    workflow: str
    state: str


@dataclass(frozen=True, kw_only=True)
class CaseTransitioned(Event):
    """`closed`: the step led to an end."""

    name: ClassVar[str] = "case.transitioned"
    customer_id: UUID
    workflow: str
    transition: str
    source: str
    target: str
    closed: bool
