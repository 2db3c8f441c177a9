"""API tokens: a scoped, expiring credential of one workspace that acts as the person who issued it.

Only its SHA-256 is kept. What it may do is asked at each request: its scopes, as far as its person's roles still include them,
from the networks it may come from. A scope that a role has lost is refused from the next request on.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, FieldError, Invalid, NotFound
from core.identity.assurance import networks_of
from core.identity.door import call, hashed
from core.identity.models import ApiToken

TOKEN_NAME = 80
TOKEN_DAYS = 365
TOKEN_PREFIX = "kehub_"  # noqa: S105 - a prefix that secret scanners can find, not a secret
NETWORKS = 50
WARN_DAYS = 7


def issue_token(
    session: Session,
    *,
    participant_id: UUID,
    name: str,
    scopes: Sequence[str],
    days: int = 90,
    networks: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """A new API token of a participant and its clear text, which is shown once and never stored."""
    clear = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        participant_id=participant_id,
        name=name,
        scopes=sorted(scopes),
        token_hash=hashed(clear),
        expires_at=datetime.now(UTC) + timedelta(days=days),
        networks=list(networks),
    )
    session.add(token)
    session.flush()
    return token, clear


def issue_own_token(
    session: Session, *, context: Context, name: str, scopes: Sequence[str], days: int, networks: str = ""
) -> tuple[ApiToken, str]:
    """A token that acts as the person who issues it, with no more than they may do. Raises Invalid with every fault."""
    name = name.strip()
    places, wrong = networks_of(networks)
    errors = []
    if not 0 < len(name) <= TOKEN_NAME:
        message = N_("A name has 1 to %(longest)s characters.")
        errors.append(FieldError(field="name", code="length", message=message, params={"longest": TOKEN_NAME}))
    if not scopes or not context.permissions.issuperset(scopes):
        errors.append(FieldError(field="scopes", code="choice", message=N_("Choose from what your role includes.")))
    if not 0 < days <= TOKEN_DAYS:
        message = N_("From 1 to %(most)s days.")
        errors.append(FieldError(field="days", code="range", message=message, params={"most": TOKEN_DAYS}))
    errors += network_faults(places, wrong)
    if errors or context.participant_id is None:
        raise Invalid(errors=errors)
    made = issue_token(
        session, participant_id=context.participant_id, name=name, scopes=scopes, days=days, networks=places
    )
    _audit(session, context, made[0], "api_token.issued")
    return made


def network_faults(good: Sequence[str], bad: Sequence[str]) -> list[FieldError]:
    """What is wrong with networks that were typed into the field `networks`."""
    if bad:
        message = N_("%(network)s is no network. Write 203.0.113.0/24 or 2001:db8::/32.")
        return [FieldError(field="networks", code="network", message=message, params={"network": bad[0][:60]})]
    if len(good) > NETWORKS:
        message = N_("At most %(most)s networks.")
        return [FieldError(field="networks", code="length", message=message, params={"most": NETWORKS})]
    return []


def revoke_token(session: Session, *, context: Context, token_id: UUID) -> ApiToken:
    """End a token of the tenant at once. Raises NotFound."""
    token = session.scalar(select(ApiToken).where(ApiToken.id == token_id))
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = datetime.now(UTC)
        session.flush()
        _audit(session, context, token, "api_token.revoked")
    return token


def take_expiring(session: Session) -> list[tuple[UUID, UUID]]:
    """Tenant and id of each token that ends within a week and was not warned of; it counts as warned of from here on."""
    rows = call(session, "SELECT * FROM tokens_expiring(:days)", days=WARN_DAYS)
    return [(row.tenant_id, row.token_id) for row in rows]


def _audit(session: Session, context: Context, token: ApiToken, action: str) -> None:
    details = {"scopes": token.scopes, "expires_at": token.expires_at.isoformat(), "networks": len(token.networks)}
    audit.append(session, context=context, action=action, subject=("api_token", token.id), details=details)
