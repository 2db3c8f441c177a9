"""Read a tenant's people and API tokens. Never the token itself: only its digest is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.identity.models import ApiToken, Participant
from core.identity.roles import permissions_of, roles_with


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """A token as the list shows it; `person` is whose eyes it sees with."""

    id: UUID
    name: str
    person: str
    party: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @property
    def state(self) -> str:
        """live, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if self.expires_at > datetime.now(UTC) else "expired"


def token_rows(session: Session) -> list[TokenRow]:
    """All tokens of the tenant, the newest first."""
    rows = session.execute(
        select(
            ApiToken.id, ApiToken.name, Participant.shown_name.label("person"), Participant.party, ApiToken.scopes,
            ApiToken.created_at, ApiToken.expires_at, ApiToken.revoked_at,
        )
        .join(Participant, Participant.id == ApiToken.participant_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )  # fmt: skip
    return [TokenRow(**row._mapping) for row in rows]


def context_of(session: Session, *, context: Context, participant_id: UUID | None) -> Context | None:
    """What a person may do now, for an act in their name in this transaction. None where they have left.

    `context` knows the tenant; the scope of the transaction stays whose it is.
    """
    row = session.execute(
        select(Participant.party, Participant.engagement_id, Participant.shown_name, Participant.roles).where(
            Participant.id == participant_id, Participant.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None or participant_id is None:
        return None
    return replace(
        context,
        party=row.party,
        participant_id=participant_id,
        user_id=None,
        shown_name=row.shown_name,
        engagement_id=row.engagement_id,
        engagement_name=None,
        provider_name=None,
        roles=frozenset(row.roles),
        permissions=permissions_of(row.roles),
    )


def colleagues(session: Session, *, context: Context, permission: str) -> Sequence[Any]:
    """People of the reader's own side who may do something, by name: the client's own, or those of the engagement."""
    able = {role.key for role in roles_with(permission)}
    rows = session.execute(
        select(Participant.id, Participant.shown_name, Participant.roles)
        .where(
            Participant.party == context.party,
            Participant.engagement_id.is_(None)
            if context.engagement_id is None
            else Participant.engagement_id == context.engagement_id,
            Participant.ended_at.is_(None),
        )
        .order_by(Participant.shown_name, Participant.id)
    )
    return [row for row in rows if able & set(row.roles)]
