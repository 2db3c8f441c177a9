"""A decision, stored and told. Every kind of act ends here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.db.append import keep, send
from core.events import bus
from core.gate.answers import Outcome
from core.gate.events import GateDecided
from core.gate.models import GateDecision


def values_of(
    outcome: Outcome, *, context: Context, action: str, subject: Mapping[str, Any], at: datetime, valid_until: datetime
) -> dict[str, Any]:
    """The columns that every decision has."""
    return {
        "action": action,
        "verdict": outcome.verdict,
        "until": outcome.until,
        "reasons": [found.stored() for found in outcome.findings],
        "subject": dict(subject),
        "rules": dict(outcome.rules),
        "shadow": outcome.stored_shadow(),
        "decided_at": at,
        "valid_until": valid_until,
        "party": context.party,
        "participant_id": context.participant_id,
        "engagement_id": context.engagement_id,
    }


def store(session: Session, *, context: Context, values: Mapping[str, Any]) -> GateDecision:
    """Add the decision, note it in the trail and tell it, in one statement. `values` are its columns but the number."""
    decision = keep(session, GateDecision, values, made={"number": "next_number('gate_decision', 1)"})
    details = {
        name: values.get(name) for name in ("verdict", "purpose", "channel", "customer_id", "case_id", "record_id")
    }
    audit.append(
        session,
        context=context,
        action="gate.decided",
        subject=("gate_decision", decision.id),
        details={name: str(value) for name, value in details.items() if value is not None},
    )
    event = GateDecided(
        context=context,
        subject=decision.id,
        customer_id=decision.customer_id,
        action=decision.action,
        purpose=decision.purpose,
        channel=decision.channel,
        verdict=decision.verdict,
        case_id=decision.case_id,
        record_id=decision.record_id,
        occurred_at=min(decision.decided_at, datetime.now(UTC)),
    )
    bus.emit(session, event)
    send(session)
    return decision


def opened(kept: Mapping[str, Any], *, tenant_id: UUID, data_key: bytes | None) -> Mapping[str, Any]:
    """The personal attributes of a stored subject. Without their key they are missing: the customer was erased."""
    sealed = kept.get("sealed")
    if sealed is None or data_key is None:
        return {}
    clear: Mapping[str, Any] = orjson.loads(keys.decrypt(bytes.fromhex(sealed), data_key=data_key, tenant_id=tenant_id))
    return clear
