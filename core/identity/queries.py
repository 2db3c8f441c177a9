"""Read a tenant's API tokens. Never the token itself: only its digest is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.identity.models import ApiToken, Participant


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
