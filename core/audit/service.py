"""Append to the trail: in the act's transaction, or for a refusal in a short one of its own after the rollback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.context import Context
from core.db import append as rows
from core.db import scope


def _values(
    context: Context,
    action: str,
    subject: tuple[str, UUID | None],
    outcome: str,
    reason: str | None,
    fields: Sequence[str],
    details: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {
        "tenant_id": context.tenant_id,
        "action": action,
        "outcome": outcome,
        "reason": reason,
        "participant_id": context.participant_id,
        "party": context.party,
        "engagement_id": context.engagement_id,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "fields": sorted(fields),
        "details": dict(details or {}),
        "request_id": context.extra.get("request_id"),
    }


def append(
    session: Session,
    *,
    context: Context,
    action: str,
    subject: tuple[str, UUID | None],
    fields: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note an act in its own transaction. `fields` are names, never values; `details` hold ids, counts and digests only."""
    rows.append(session, AuditEntry, _values(context, action, subject, "done", None, fields, details))


def refusal(
    engine: Engine,
    *,
    context: Context,
    action: str,
    reason: str,
    subject: tuple[str, UUID | None] = ("request", None),
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note a refusal that is evidence, after the act was rolled back."""
    with Session(engine) as session:
        scope.enter(session, context)
        rows.append(session, AuditEntry, _values(context, action, subject, "denied", reason, (), details))
        session.commit()
