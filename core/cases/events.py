"""What cases tell: one was opened, one took a step."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, kw_only=True)
class CaseUpdated(Event):
    """Severity, title or fields of the case changed; `fields` names which."""

    name: ClassVar[str] = "case.updated"
    customer_id: UUID


@dataclass(frozen=True, kw_only=True)
class CaseAssigned(Event):
    """Somebody has the case now, or nobody."""

    name: ClassVar[str] = "case.assigned"
    customer_id: UUID
    assignee_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class CaseCommented(Event):
    """`audience` is `internal` or `shared`."""

    name: ClassVar[str] = "case.commented"
    customer_id: UUID
    comment_id: UUID
    audience: str


@dataclass(frozen=True, kw_only=True)
class CasesChanged(Event):
    """Many cases at once; `subject` is the bulk run, `act` what was done. Cases that moved tell of it one by one too."""

    name: ClassVar[str] = "cases.changed"
    act: str
    counts: Mapping[str, int]
