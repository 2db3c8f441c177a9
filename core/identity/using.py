"""What is noted while credentials are in use: when they were last seen, into which tenants they came, and what was refused to them.

Nothing is written on every request: a session or token is seen once a minute, a first entry into a tenant is audited once a
session, the same refusal of a token once an hour. Each in a transaction of its own: the request's may end in a rollback.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.identity import door, entering
from core.identity.door import Visit, call, hashed
from core.limits import service as limits
from core.web.state import Refusal, SignedOut

SEEN = timedelta(seconds=60)


def note_session(engine: Engine, *, context: Context, token: str) -> None:
    """A session is in use in a workspace that lets it in."""
    known = context.assurance
    if known.wants or (known.entered and not _long_ago(known.seen_at)):
        return
    with Session(engine) as session:
        call(session, "SELECT session_touch(:token)", token=hashed(token))
        if not known.entered and _entered(session, context, token):
            scope.enter(session, context)
            audit.append(
                session, context=context, action="session.entered", subject=("participant", context.participant_id),
                details={"methods": sorted(known.methods)},
            )  # fmt: skip
        session.commit()


def _entered(session: Session, context: Context, token: str) -> bool:
    return bool(
        call(
            session, "SELECT session_enter(:token, :tenant)", token=hashed(token), tenant=context.tenant_id
        ).scalar_one()
    )


def note_token(engine: Engine, *, context: Context, token: str) -> None:
    """An API token is in use."""
    if _long_ago(context.assurance.seen_at):
        with Session(engine) as session:
            call(session, "SELECT token_touch(:token)", token=hashed(token))
            session.commit()


def _long_ago(at: datetime | None) -> bool:
    return at is None or datetime.now(UTC) - at > SEEN


def refuse_ended(session: Session, *, token: str, visit: Visit) -> None:
    """Raises SignedOut, which says why, for a session that has ended or never was. It is noted for its person once an hour."""
    user_id, why = entering.ended_session(session, token=token)
    if why is None:
        return
    if why != "signed_out" and limits.allowed(session.get_bind(), budget="refusal", whom=_whom(token, why, visit)):  # type: ignore[arg-type]
        door.note(session, kind="session", visit=visit, user_id=user_id, denied=why)
        session.commit()
    raise SignedOut(why if why != "unknown" else None)


def _whom(token: str, why: str, visit: Visit) -> str:
    """Made-up secrets are without number: those of one peer are one."""
    return f"session:{visit.peer}" if why == "unknown" else f"session:{hashed(token).hex()}"


def worth_noting(engine: Engine, refusal: Refusal) -> bool:
    """Whether a refusal goes into the trail: a person's always, a program's once an hour, however often it asks."""
    assert refusal.context is not None
    token_id = refusal.context.assurance.token_id
    if token_id is None:
        return True
    return limits.allowed(engine, budget="refusal", whom=f"{token_id}:{refusal.permission or refusal.endpoint}")
