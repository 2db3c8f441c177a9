"""Who somebody is to themselves: their account, factors, sessions, and what lately happened at their door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import N_, FieldError, Invalid, NotFound
from core.identity import door
from core.identity.door import Visit, call, hashed

CHANGED: list[Callable[[Session, UUID, str], None]] = []
"""Who tells a person by mail that something by which they sign in has changed. Filled by `app.py`: mails are a layer above."""
LANGUAGES = ("zh-CN", "en")
NAME = 80
EVENTS = 20


@dataclass(frozen=True, kw_only=True)
class Passkey:
    id: UUID
    name: str
    credential: bytes
    synced: bool
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person, as they may see themselves. Secrets in it are sealed or hashed."""

    user_id: UUID
    email: str
    name: str
    locale: str | None
    time_zone: str | None
    password_hash: str | None
    password_changed_at: datetime | None
    totp_secret: bytes | None
    totp_since: datetime | None
    codes_left: int
    codes_made: int
    passkeys: Sequence[Passkey]
    session_id: UUID | None
    methods: frozenset[str]
    stepped_at: datetime
    places: Sequence[str]
    """Names of the tenants they work for."""

    @property
    def has_totp(self) -> bool:
        return self.totp_since is not None

    @property
    def second_factor(self) -> bool:
        """Whether signing in asks for more than the password."""
        return self.has_totp or bool(self.passkeys)


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """A signed-in browser, as its person sees it."""

    id: UUID
    agent: str
    peer: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    methods: Sequence[str]
    here: bool


@dataclass(frozen=True, kw_only=True)
class DoorEvent:
    at: datetime
    kind: str
    outcome: str
    method: str | None
    reason: str | None
    peer: str | None
    agent: str


def account(session: Session, *, token: str) -> Account | None:
    """The person behind a session's secret; None for one that has ended."""
    return _account(session, token=hashed(token), who=None)


def account_of(session: Session, *, user_id: UUID) -> Account:
    """A person who is on their way in. Raises NotFound."""
    found = _account(session, token=None, who=user_id)
    if found is None:
        raise NotFound
    return found


def _account(session: Session, **by: Any) -> Account | None:
    row = call(session, "SELECT * FROM account_find(:token, :who)", **by).one_or_none()
    if row is None:
        return None
    return Account(
        user_id=row.user_id, email=row.email, name=row.name, locale=row.locale, time_zone=row.time_zone,
        password_hash=row.password_hash, password_changed_at=row.password_changed_at, totp_secret=row.totp_secret,
        totp_since=row.totp_confirmed_at, codes_left=row.codes_left, codes_made=row.codes_made,
        passkeys=[_passkey(each) for each in row.passkeys], session_id=row.session_id,
        methods=frozenset(each["method"] for each in row.met or ()),
        stepped_at=_proved_at(row.met or ()), places=row.places,
    )  # fmt: skip


def _proved_at(met: Sequence[dict[str, Any]]) -> datetime:
    """When they last proved who they are to us. An identity provider's word is for its tenant, not for their account."""
    own = (datetime.fromisoformat(each["at"]) for each in met if each["tenant"] is None)
    return max(own, default=datetime.min.replace(tzinfo=UTC))


def _passkey(each: dict[str, Any]) -> Passkey:
    return Passkey(
        id=UUID(each["id"]),
        name=each["name"],
        credential=bytes.fromhex(each["credential"]),
        synced=each["synced"],
        created_at=datetime.fromisoformat(each["created_at"]),
        used_at=datetime.fromisoformat(each["used_at"]) if each["used_at"] else None,
    )


def sessions(session: Session, *, token: str) -> list[SessionRow]:
    """The browsers a person is signed in with, this one first."""
    rows = call(session, "SELECT * FROM account_sessions(:token)", token=hashed(token))
    return [
        SessionRow(
            id=row.id, agent=row.user_agent or "", peer=row.peer or "", created_at=row.created_at, seen_at=row.seen_at,
            ends_at=row.ends_at, methods=row.methods or [], here=row.here,
        )
        for row in rows
    ]  # fmt: skip


def events(session: Session, *, token: str) -> list[DoorEvent]:
    """What lately happened at a person's door, the latest first."""
    rows = call(session, "SELECT * FROM account_events(:token, :most)", token=hashed(token), most=EVENTS)
    return [
        DoorEvent(
            at=row.at, kind=row.kind, outcome=row.outcome, method=row.method, reason=row.reason, peer=row.peer,
            agent=row.user_agent or "",
        )
        for row in rows
    ]  # fmt: skip


def save_profile(session: Session, *, who: Account, name: str, locale: str, zone: str, zones: Sequence[str]) -> None:
    """How a person is called and wishes to read; an empty language or zone is the workspace's. Raises Invalid."""
    wrong = []
    if not 0 < len(name.strip()) <= NAME:
        message = N_("A name has 1 to %(longest)s characters.")
        wrong.append(FieldError(field="name", code="length", message=message, params={"longest": NAME}))
    if locale and locale not in LANGUAGES:
        wrong.append(FieldError(field="locale", code="choice", message=N_("Choose one of the languages.")))
    if zone and zone not in zones:
        wrong.append(FieldError(field="time_zone", code="choice", message=N_("Choose one of the time zones.")))
    if wrong:
        raise Invalid(errors=wrong)
    call(
        session, "SELECT account_update(:who, :name, :locale, :zone)",
        who=who.user_id, name=name.strip(), locale=locale or None, zone=zone or None,
    )  # fmt: skip


def tell(session: Session, *, who: Account, change: str) -> None:
    """Have a person told at their own address, so that a change somebody else made does not stay unseen.

    `change`: `added`, `removed`, `codes` or `password`.
    """
    for each in CHANGED:
        each(session, who.user_id, change)


def end_session(session: Session, *, who: Account, session_id: UUID, visit: Visit) -> None:
    """End one of a person's sessions at once. Raises NotFound."""
    if not _end(session, who, which=session_id, keep=None):
        raise NotFound
    door.note(session, kind="session.revoked", visit=visit, user_id=who.user_id)


def end_other_sessions(session: Session, *, who: Account, token: str, visit: Visit) -> int:
    """End all of a person's sessions but this one. How many there were."""
    ended = _end(session, who, which=None, keep=hashed(token))
    door.note(session, kind="sessions.revoked", visit=visit, user_id=who.user_id)
    return ended


def _end(session: Session, who: Account, *, which: UUID | None, keep: bytes | None) -> int:
    return int(
        call(
            session, "SELECT session_end(:who, :which, :keep, 'revoked')", who=who.user_id, which=which, keep=keep
        ).scalar_one()
    )
