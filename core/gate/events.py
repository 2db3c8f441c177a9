"""What the gate tells: a decision was made, a finding was raised, and settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class GateDecided(Event):
    """`subject` is the decision; purpose and channel are those of a contact, case and record those of another act."""

    name: ClassVar[str] = "gate.decided"
    version: ClassVar[int] = 2
    customer_id: UUID | None
    action: str
    purpose: str | None
    channel: str | None
    verdict: str
    case_id: UUID | None = None
    record_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class FindingRaised(Event):
    """`subject` is the finding; `about` what it was found on. `opens` names the workflow that shall look at it."""

    name: ClassVar[str] = "finding.raised"
    number: int
    rule: str
    severity: str
    about_type: str
    about_id: UUID
    customer_id: UUID | None
    opens: str | None = None


@dataclass(frozen=True, kw_only=True)
class FindingSettled(Event):
    """`by_rule`: it holds no longer. Otherwise a person has settled it."""

    name: ClassVar[str] = "finding.settled"
    number: int
    rule: str
    about_type: str
    about_id: UUID
    customer_id: UUID | None
    by_rule: bool
