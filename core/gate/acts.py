"""The gate before an act of a case or a record: the act is described, asked about, and refused with its evidence.

    decision = decide_act(session, context=..., view=..., act=Act(action="case_step", on="funeral.burial", step="close", ...))
    refuse(decision)

1. Where no rule is on the act, nothing is asked: `decide_act` answers None without a statement.
2. Otherwise the decision is stored, and `refuse` raises GateRefused unless it allows. The edge rolls the act back, then
   keeps the decision in a transaction of its own: `error.evidence(session)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.gate.models import Finding, GateDecision
from core.plugin.catalog import CatalogView

ActKind = Literal["case_step", "record_change", "record_watch"]


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody is about to do. `on` is the qualified workflow or record type, `step` None on opening or creation.

    `case`: `{"id", "state", "target", "severity", "attributes"}`.
    `record`: `{"id", "type", "state", "attributes", "amount_minor", "currency", "occurred_at", "ends_at", "parents"}`;
    its parents have the same shape, the nearest first. `before` is the record as it was: `{"state", "attributes"}`.
    `readings` by counter: `{"value", "read_at", "status"}`, the newest first, at most 20. `children` by bare type:
    `{"state", "attributes", "occurred_at", "ends_at"}`, at most 200.
    `approved`: the holds a second person has lifted: `{"approval_id", "rules": [qualified keys]}`; they only warn.
    """

    action: ActKind
    on: str
    step: str | None = None
    customer_id: UUID | None = None
    case: Mapping[str, Any] | None = None
    record: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    readings: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    children: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    approved: Mapping[str, Any] | None = None


def decide_act(
    session: Session, *, context: Context, view: CatalogView, act: Act, at: datetime | None = None
) -> GateDecision | None:
    """The stored decision on an act. None where no rule is on it, which costs no statement."""
    raise NotImplementedError


def refuse(decision: GateDecision | None) -> None:
    """Raises GateRefused where the decision does not allow the act."""
    raise NotImplementedError


def watch(session: Session, *, context: Context, view: CatalogView, act: Act) -> Sequence[Finding]:
    """Ask the watching rules after a record changed: their findings that are open now."""
    raise NotImplementedError
