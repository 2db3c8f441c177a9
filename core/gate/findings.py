"""Findings: raised once per rule and subject, kept while they hold, settled by the rule or by a person with a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.gate.models import Finding

Severity = Literal["low", "medium", "high"]


def raise_finding(
    session: Session,
    *,
    context: Context,
    rule: str,
    severity: Severity,
    subject: tuple[str, UUID],
    customer_id: UUID | None,
    reason: Mapping[str, Any],
    case_id: UUID | None = None,
    decision_id: UUID | None = None,
    opens: str | None = None,
) -> Finding | None:
    """The open finding of the rule on the subject: a new one, or the one that is there already.

    `reason` is `{"text": Label, "citation", "parameters"}`. None: somebody else's finding is open that may not be seen.
    """
    raise NotImplementedError


def settle(session: Session, *, context: Context, finding_id: UUID, version: int, note: str) -> Finding:
    """Close a finding with a note. Raises NotFound, Stale, Conflict (settled already) and Invalid (no note)."""
    raise NotImplementedError
