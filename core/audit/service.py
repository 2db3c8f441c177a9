"""Append to the trail: in the act's transaction, or for a refusal in a short one of its own after the rollback."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit.models import AuditEntry
from core.context import Context
from core.db import append as rows
from core.db import scope

Subject = tuple[str, UUID | None]
"""What an entry is about: its type and id."""

FindKey = Callable[[Session, UUID], bytes | None]
"""The wrapped data key of a customer; None where there is none, or no longer."""

KEYRING: dict[str, FindKey] = {}
"""`find` a customer's data key, or `make` one where it may have one; handed in by `app.py`."""

ACTED = "acted"
"""In a request's context: the types of subjects that its acts named, so that the look at the same is not noted besides."""


def values(
    context: Context,
    *,
    action: str,
    subject: Subject,
    outcome: str = "done",
    reason: str | None = None,
    fields: Collection[str] = (),
    details: Mapping[str, Any] | None = None,
    customer_id: UUID | None = None,
    kept: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The columns of an entry."""
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
        "customer_id": customer_id or (subject[1] if subject[0] == "customer" else None),
        "fields": sorted(fields),
        "details": dict(details or {}),
        "kept": dict(kept) if kept else None,
        "seat_id": context.seat.seat_id if context.seat else None,
        "seat": context.seat.label if context.seat else None,
        "request_id": context.extra.get("request_id"),
    }


def append(
    session: Session,
    *,
    context: Context,
    action: str,
    subject: Subject,
    fields: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    customer_id: UUID | None = None,
    kept: Mapping[str, str] | None = None,
) -> None:
    """Note an act in its own transaction. `fields` are names, never values; `details` hold ids, counts and digests only.

    `kept` are values that the trail must hold: they are encrypted with the customer's data key, and unreadable once it was
    destroyed. Of an erased customer nothing is kept.
    """
    held = values(
        context, action=action, subject=subject, fields=fields, details=details, customer_id=customer_id
    )  # fmt: skip
    if kept:
        held["kept"] = _encrypted(session, context, held["customer_id"], kept)
    acted = context.extra.get(ACTED, "")
    if subject[0] not in acted.split():
        context.extra[ACTED] = f"{acted} {subject[0]}"
    rows.append(session, AuditEntry, held)


def refusal(
    engine: Engine,
    *,
    context: Context,
    action: str,
    reason: str,
    subject: Subject = ("request", None),
    details: Mapping[str, Any] | None = None,
    customer_id: UUID | None = None,
) -> None:
    """Note a refusal that is evidence, after the act was rolled back."""
    held = values(
        context,
        action=action,
        subject=subject,
        outcome="denied",
        reason=reason,
        details=details,
        customer_id=customer_id,
    )
    with Session(engine) as session:
        scope.enter(session, context)
        rows.append(session, AuditEntry, held)
        session.commit()


def _encrypted(
    session: Session, context: Context, customer_id: UUID | None, kept: Mapping[str, str]
) -> dict[str, str] | None:
    if customer_id is None:
        raise ValueError("A value is kept under a customer's data key: name the customer")
    data_key = KEYRING["make"](session, customer_id)
    if data_key is None:
        return None
    return {
        name: keys.encrypt(value, data_key=data_key, tenant_id=context.tenant_id).hex() for name, value in kept.items()
    }


def opened(session: Session, *, entry: Any) -> dict[str, str | None]:
    """The kept values of an entry by name; None for one whose key was destroyed."""
    if not entry.kept:
        return {}
    data_key = KEYRING["find"](session, entry.customer_id)
    return {
        name: None
        if data_key is None
        else keys.decrypt(bytes.fromhex(sealed), data_key=data_key, tenant_id=entry.tenant_id)
        for name, sealed in entry.kept.items()
    }
