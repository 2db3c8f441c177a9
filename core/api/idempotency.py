"""Answer the same POST twice with one act.

1. A lock on the key, for the length of the transaction: a second request meanwhile gets 409. 2. A kept answer is sent again
if the request is the same, else 422. 3. The answer of an act that succeeded is kept in the act's own transaction, for a day.
What failed is not kept: nothing was done, so it may be tried again with the same key.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.api.errors import KeyReused, StillRunning
from core.api.models import IdempotencyKey
from core.db import scope
from core.errors import N_, Invalid

KEPT = timedelta(hours=24)
LONGEST = 255
HEADERS = ("Content-Type", "ETag", "Location")
"""Headers that are part of the answer; the others are made anew for each response."""

_NONCE = 12


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request under a key. `token` is the clear credential; only its digests leave this module."""

    token: str
    key: str
    request_hash: bytes

    @classmethod
    def of(cls, *, token: str, key: str, method: str, path: str, body: bytes) -> Attempt:
        """Raises Invalid for a key that is none."""
        if not 0 < len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
            raise Invalid(
                N_("An Idempotency-Key has 1 to %(longest)s printable ASCII characters."),
                longest=LONGEST,
            )
        wanted = hashlib.sha256(f"{method} {path}\n".encode() + body).digest()
        return cls(token=token, key=key, request_hash=wanted)

    @property
    def token_hash(self) -> bytes:
        return hashlib.sha256(self.token.encode()).digest()

    @property
    def lock(self) -> int:
        digest = hashlib.sha256(self.token_hash + self.key.encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    @property
    def cipher(self) -> AESGCM:
        """Not derivable from anything that is stored."""
        return AESGCM(hashlib.sha256(b"idempotency answer\0" + self.token.encode()).digest())


def earlier_answer(session: Session, *, attempt: Attempt) -> Answer | None:
    """What was answered to this request before. Raises StillRunning or KeyReused. Holds the key until the commit."""
    taken = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(:lock)").execution_options(**scope.PLATFORM), {"lock": attempt.lock}
    )
    if not taken:
        raise StillRunning
    kept = session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.token_hash == attempt.token_hash, IdempotencyKey.key == attempt.key)
    )
    if kept is None:
        return None
    if kept.expires_at <= datetime.now(UTC):
        session.delete(kept)
        session.flush()
        return None
    if kept.request_hash != attempt.request_hash:
        raise KeyReused
    body = attempt.cipher.decrypt(kept.answer[:_NONCE], kept.answer[_NONCE:], kept.request_hash)
    return Answer(status=kept.status, headers=dict(kept.headers), body=body)


def keep_answer(session: Session, *, attempt: Attempt, answer: Answer, engagement_id: UUID | None) -> None:
    """Keep the answer; it is committed with the act."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + attempt.cipher.encrypt(nonce, answer.body, attempt.request_hash)
    session.add(
        IdempotencyKey(
            token_hash=attempt.token_hash,
            key=attempt.key,
            request_hash=attempt.request_hash,
            status=answer.status,
            headers=answer.headers,
            answer=sealed,
            engagement_id=engagement_id,
            expires_at=datetime.now(UTC) + KEPT,
        )
    )
    session.flush()


def forget_answers(session: Session, *, mentioning: UUID) -> int:
    """Forget what was answered about somebody who is being erased: by the address in it. The bodies nobody but the token reads."""
    about = IdempotencyKey.headers["Location"].astext.contains(str(mentioning))
    rows = session.scalars(select(IdempotencyKey).where(about)).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)
