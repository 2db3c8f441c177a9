"""Turn a credential into the Context of a workspace, and make accounts. How people sign in is in `entering`, tokens in `tokens`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.context import Context, Reach
from core.db import scope
from core.db.base import new_id
from core.identity import access, hashing
from core.identity.assurance import assured
from core.identity.door import Visit, hashed
from core.identity.entering import ATTEMPTS, SignInRefused, email_key, sign_in, sign_out
from core.identity.roles import permissions_of
from core.identity.tokens import TOKEN_PREFIX, issue_own_token, issue_token, revoke_token
from core.tenants.life import brand_of, life_of

__all__ = [
    "ATTEMPTS", "SignInRefused", "Visit", "Workplace", "create_user", "email_key", "hashed", "issue_own_token", "issue_token",
    "revoke_token", "session_context", "sign_in", "sign_out", "token_context", "workplaces",
]  # fmt: skip


@dataclass(frozen=True)
class Workplace:
    """A workspace a person may open."""

    slug: str
    tenant_name: str
    engagement_name: str | None
    provider_name: str | None
    party: str
    person: str


def workplaces(session: Session, *, token: str) -> list[Workplace]:
    """The workspaces of a signed-in person; empty for a session that has ended."""
    rows = session.execute(
        text("SELECT * FROM session_workspaces(:token)").execution_options(**scope.PLATFORM), {"token": hashed(token)}
    )
    return [Workplace(r.slug, r.tenant_name, r.engagement_name, r.provider_name, r.party, r.person) for r in rows]


def session_context(
    session: Session, *, token: str, workspace: str, place: str = "{}", peer: str = ""
) -> Context | None:
    """The Context of a signed-in person in a workspace, its scope opened; None where there is none."""
    return _context(
        scope.open_principal(session, credential=hashed(token), workspace=workspace, place=place), peer=peer
    )


def token_context(session: Session, *, token: str, place: str = "{}", peer: str = "") -> Context | None:
    """The Context of an API token, its scope opened. The token's scopes narrow what its person may do."""
    if not token.startswith(TOKEN_PREFIX):
        return None
    row = scope.open_principal(session, credential=hashed(token), workspace=None, place=place)
    return _context(row, narrowed=row is not None, peer=peer)


def _context(row: Any, *, peer: str, narrowed: bool = False) -> Context | None:
    if row is None:
        return None
    custom: frozenset[str] = frozenset().union(*(row.more["custom"] or ()))
    permissions = _allowed(tuple(row.roles), custom, row.party, tuple(row.scopes) if narrowed else None)
    granted = access.said(row.more)
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
        permissions=access.left(permissions, granted.get("withheld")),
        custom=custom,
        reach=Reach.read(row.more["reach"]),
        enabled=frozenset(row.enabled),
        locale=row.locale,
        zone=row.zone,
        currency=row.currency,
        country=row.country,
        tailoring=row.tailoring,
        life=life_of(row.more),
        hears=frozenset(row.more["hears"]),
        brand=brand_of(row.more),
        assurance=assured(row.more, tenant_id=row.tenant_id, peer=peer),
        **granted,
    )


@lru_cache(maxsize=1024)
def _allowed(
    roles: tuple[str, ...], custom: frozenset[str], party: str, scopes: tuple[str, ...] | None
) -> frozenset[str]:
    """What roles allow; a token's scopes narrow it. Asked with every request, and answered the same for most."""
    allowed = permissions_of(roles, custom, party=party)
    return allowed if scopes is None else allowed & frozenset(scopes)


def create_user(session: Session, *, address: str, name: str, password: str | None) -> UUID:
    """The account of an address, made if new. An existing account keeps its name and password."""
    found: UUID | None = session.scalar(
        text("SELECT user_create(:id, :address, :key, :name, :hash)").execution_options(**scope.PLATFORM),
        {
            "id": new_id(),
            "address": address.strip(),
            "key": email_key(address),
            "name": name,
            "hash": hashing.hashed_password(password) if password else None,
        },
    )
    assert found is not None
    return found
