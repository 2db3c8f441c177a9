"""Sign in and out, and turn a credential into the Context of a workspace.

A session's secret is 32 random bytes in a cookie; the database keeps its SHA-256. Signing in always makes a new one and
ends the old. Failures are counted for fifteen minutes: after ten for an address, or 200 from one network peer (a whole call
centre may share it), the answer is "wait".
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.errors import N_, DomainError, FieldError, Invalid, NotFound, TooMany
from core.identity.models import ApiToken, Participant
from core.identity.roles import permissions_of

HASHER = PasswordHasher()
WINDOW = timedelta(minutes=15)
ATTEMPTS = 10
PEER_ATTEMPTS = 200
TOKEN_NAME = 80
TOKEN_DAYS = 365
TOKEN_PREFIX = "kehub_"  # noqa: S105 - a prefix that secret scanners can find, not a secret


class SignInRefused(DomainError):
    """The same answer for an unknown address and a wrong password."""

    code = "sign_in_refused"
    status = 422
    default = N_("The e-mail address or the password is not right.")


@dataclass(frozen=True)
class Workplace:
    """A workspace a person may open."""

    slug: str
    tenant_name: str
    engagement_name: str | None
    provider_name: str | None
    party: str
    person: str


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Where a sign-in comes from: the network peer, the session it had, its browser, and how many hours it shall last."""

    peer: str
    previous: str | None
    agent: str
    hours: int


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def email_key(address: str) -> str:
    return address.strip().casefold()


def _throttle_keys(address: str, peer: str) -> list[bytes]:
    parts = (f"address:{email_key(address)}", f"peer:{peer}")
    return [bytes.fromhex(keys.digest(part, tenant_id=None, purpose="throttle")) for part in parts]


def sign_in(session: Session, *, address: str, password: str, visit: Visit) -> str:
    """A new session's secret. Raises SignInRefused or TooMany; commits either way, since a failure must be counted."""
    throttle = _throttle_keys(address, visit.peer)
    found = session.execute(
        text("SELECT * FROM login_find(:wanted, :keys, :since)").execution_options(**scope.PLATFORM),
        {"wanted": email_key(address), "keys": throttle, "since": WINDOW},
    ).one()
    if found.failures[0] >= ATTEMPTS or found.failures[1] >= PEER_ATTEMPTS:
        session.rollback()
        raise TooMany(N_("Too many failed sign-ins. Wait %(minutes)s minutes and try again."), minutes=15)
    if not _matches(found.password_hash, password):
        session.execute(text("SELECT login_fail(:keys)").execution_options(**scope.PLATFORM), {"keys": throttle})
        session.commit()
        raise SignInRefused(field="password")
    token = _open_session(session, found.user_id, visit, throttle[:1])
    session.commit()
    return token


def _open_session(session: Session, user_id: UUID, visit: Visit, throttle: list[bytes]) -> str:
    token = secrets.token_urlsafe(32)
    session.execute(
        text("SELECT session_open(:who, :token, :previous, :expires, :agent, :keys)").execution_options(
            **scope.PLATFORM
        ),
        {
            "who": user_id,
            "token": hashed(token),
            "previous": hashed(visit.previous) if visit.previous else None,
            "expires": datetime.now(UTC) + timedelta(hours=visit.hours),
            "agent": visit.agent,
            "keys": throttle,
        },
    )
    return token


@cache
def _nobody() -> str:
    """A hash of nobody's password, made on first use: hashing is slow on purpose."""
    return HASHER.hash(secrets.token_hex(16))


def _matches(stored: str | None, password: str) -> bool:
    """Compare, taking the same time for an account that does not exist."""
    try:
        return HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def sign_out(session: Session, *, token: str) -> bool:
    """End a session. Whether there was one."""
    ended = session.scalar(
        text("SELECT session_close(:token)").execution_options(**scope.PLATFORM), {"token": hashed(token)}
    )
    session.commit()
    return bool(ended)


def workplaces(session: Session, *, token: str) -> list[Workplace]:
    """The workspaces of a signed-in person; empty for a session that has ended."""
    rows = session.execute(
        text("SELECT * FROM session_workspaces(:token)").execution_options(**scope.PLATFORM), {"token": hashed(token)}
    )
    return [Workplace(r.slug, r.tenant_name, r.engagement_name, r.provider_name, r.party, r.person) for r in rows]


def session_context(session: Session, *, token: str, workspace: str) -> Context | None:
    """The Context of a signed-in person in a workspace, its scope opened; None where there is none."""
    return _context(scope.open_principal(session, credential=hashed(token), workspace=workspace))


def token_context(session: Session, *, token: str) -> Context | None:
    """The Context of an API token, its scope opened. The token's scopes narrow what its person may do."""
    if not token.startswith(TOKEN_PREFIX):
        return None
    row = scope.open_principal(session, credential=hashed(token), workspace=None)
    return _context(row, narrowed=row is not None)


def _context(row: Any, *, narrowed: bool = False) -> Context | None:
    if row is None:
        return None
    permissions = permissions_of(row.roles)
    if narrowed:
        permissions &= frozenset(row.scopes)
    return Context(
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        workspace=row.workspace,
        party=row.party,
        participant_id=row.participant_id,
        user_id=row.user_id,
        shown_name=row.shown_name,
        engagement_id=row.engagement_id,
        engagement_name=row.engagement_name,
        provider_name=row.provider_name,
        roles=frozenset(row.roles),
        permissions=permissions,
        enabled=frozenset(row.enabled),
        locale=row.locale,
        zone=row.zone,
        currency=row.currency,
        country=row.country,
        tailoring=row.tailoring,
        read_only=row.tenant_state in {"suspended", "closing"},
    )


def create_user(session: Session, *, address: str, name: str, password: str | None) -> UUID:
    """The account of an address, made if new. An existing account keeps its name and password."""
    found: UUID | None = session.scalar(
        text("SELECT user_create(:id, :address, :key, :name, :hash)").execution_options(**scope.PLATFORM),
        {
            "id": new_id(),
            "address": address.strip(),
            "key": email_key(address),
            "name": name,
            "hash": HASHER.hash(password) if password else None,
        },
    )
    assert found is not None
    return found


def add_participant(
    session: Session,
    *,
    user_id: UUID,
    shown_name: str,
    roles: Sequence[str],
    party: str,
    engagement_id: UUID | None = None,
) -> Participant:
    """Make a person a participant of the scope's tenant, on the client's side or of one engagement."""
    participant = Participant(
        user_id=user_id, shown_name=shown_name, roles=list(roles), party=party, engagement_id=engagement_id
    )
    session.add(participant)
    session.flush()
    return participant


def issue_token(
    session: Session, *, participant_id: UUID, name: str, scopes: Sequence[str], days: int = 90
) -> tuple[ApiToken, str]:
    """A new API token of a participant and its clear text, which is shown once and never stored."""
    clear = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        participant_id=participant_id,
        name=name,
        scopes=sorted(scopes),
        token_hash=hashed(clear),
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    return token, clear


def issue_own_token(
    session: Session, *, context: Context, name: str, scopes: Sequence[str], days: int
) -> tuple[ApiToken, str]:
    """A token that acts as the person who issues it, with no more than they may do. Raises Invalid with every fault."""
    name = name.strip()
    errors = []
    if not 0 < len(name) <= TOKEN_NAME:
        message = N_("A name has 1 to %(longest)s characters.")
        errors.append(FieldError(field="name", code="length", message=message, params={"longest": TOKEN_NAME}))
    if not scopes or not context.permissions.issuperset(scopes):
        errors.append(FieldError(field="scopes", code="choice", message=N_("Choose from what your role includes.")))
    if not 0 < days <= TOKEN_DAYS:
        message = N_("From 1 to %(most)s days.")
        errors.append(FieldError(field="days", code="range", message=message, params={"most": TOKEN_DAYS}))
    if errors or context.participant_id is None:
        raise Invalid(errors=errors)
    made = issue_token(session, participant_id=context.participant_id, name=name, scopes=scopes, days=days)
    _audit_token(session, context, made[0], "api_token.issued")
    return made


def revoke_token(session: Session, *, context: Context, token_id: UUID) -> ApiToken:
    """End a token of the tenant at once. Raises NotFound."""
    token = session.scalar(select(ApiToken).where(ApiToken.id == token_id))
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = datetime.now(UTC)
        session.flush()
        _audit_token(session, context, token, "api_token.revoked")
    return token


def _audit_token(session: Session, context: Context, token: ApiToken, action: str) -> None:
    details = {"scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
    audit.append(session, context=context, action=action, subject=("api_token", token.id), details=details)
