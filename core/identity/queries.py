"""Read a tenant's API tokens, and who came in last. Never the token itself: only its digest is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.identity.models import ApiToken, Participant
from core.identity.tokens import WARN_DAYS


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
    networks: list[str]
    used_at: datetime | None

    @property
    def ends_soon(self) -> bool:
        return self.state == "live" and self.expires_at < datetime.now(UTC) + timedelta(days=WARN_DAYS)

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
            ApiToken.networks, ApiToken.used_at,
        )
        .join(Participant, Participant.id == ApiToken.participant_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )  # fmt: skip
    return [TokenRow(**row._mapping) for row in rows]


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """Somebody came into the tenant's workspaces for the first time in a session."""

    person: str
    party: str
    at: datetime


def sign_ins(session: Session, *, most: int = 10) -> list[EntryRow]:
    """Who came in last."""
    rows = session.execute(
        select(Participant.shown_name.label("person"), Participant.party, AuditEntry.occurred_at.label("at"))
        .join(Participant, Participant.id == AuditEntry.participant_id)
        .where(AuditEntry.subject_type == "participant", AuditEntry.action == "session.entered")
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id)
        .limit(most)
    )
    return [EntryRow(**row._mapping) for row in rows]
