"""What happens at the door, before there is a tenant: notes of it, and ceremonies that one request begins and a later one ends.

A ceremony is named by a secret that the browser (a cookie) or a mail (a link) holds; the database keeps its SHA-256. It can be
taken once, for a few minutes, and some of them tried a few times.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db import scope
from core.db.base import new_id

Purpose = Literal["second_step", "challenge", "reset", "sso"]
LASTS: Mapping[Purpose, timedelta] = {
    "second_step": timedelta(minutes=10),
    "challenge": timedelta(minutes=5),
    "reset": timedelta(minutes=30),
    "sso": timedelta(minutes=10),
}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Where somebody comes from: the network peer, the session they had, their browser, and how long a session shall last."""

    peer: str
    previous: str | None
    agent: str
    hours: int
    idle_minutes: int = 60


@dataclass(frozen=True, kw_only=True)
class Ceremony:
    user_id: UUID | None
    data: Mapping[str, Any]


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def call(session: Session, statement: str, **values: Any) -> Any:
    """A statement that calls one of the sign-in functions."""
    return session.execute(text(statement).execution_options(**scope.PLATFORM), values)


def note(
    session: Session,
    *,
    kind: str,
    visit: Visit,
    user_id: UUID | None,
    method: str | None = None,
    denied: str | None = None,
) -> None:
    """Keep what happened for the person to see; `denied` is why it was refused. The caller commits."""
    call(
        session, "SELECT sign_in_note(:id, :who, :kind, :outcome, :method, :reason, :peer, :agent)",
        id=new_id(), who=user_id, kind=kind, outcome="denied" if denied else "done", method=method, reason=denied,
        peer=visit.peer, agent=visit.agent,
    )  # fmt: skip


def begin(
    session: Session, *, purpose: Purpose, user_id: UUID | None, data: Mapping[str, Any], secret: str | None = None
) -> str:
    """Begin a ceremony; returns its secret. One of the same purpose under the same secret ends."""
    secret = secret or secrets.token_urlsafe(32)
    call(
        session, "SELECT ceremony_open(:token, :purpose, :who, CAST(:data AS jsonb), :lasts)",
        token=hashed(secret), purpose=purpose, who=user_id, data=orjson.dumps(dict(data)).decode(),
        lasts=LASTS[purpose],
    )  # fmt: skip
    return secret


def look(session: Session, *, purpose: Purpose, secret: str | None, most: int | None = None) -> Ceremony | None:
    """What was begun under a secret; with `most` this counts as one of so many tries. None: nothing, or not any more."""
    return _one(session, "SELECT * FROM ceremony_find(:token, :purpose, :most)", secret, purpose=purpose, most=most)


def take(session: Session, *, purpose: Purpose, secret: str | None) -> Ceremony | None:
    """End what was begun under a secret. None: nothing, or not any more."""
    return _one(session, "SELECT * FROM ceremony_take(:token, :purpose)", secret, purpose=purpose)


def _one(session: Session, statement: str, secret: str | None, **values: Any) -> Ceremony | None:
    if not secret:
        return None
    row = call(session, statement, token=hashed(secret), **values).one_or_none()
    return Ceremony(user_id=row.user_id, data=row.data) if row else None
