"""Sign in and out: a password or a passkey, then a second factor for whoever has one, then a session.

A session's secret is 32 random bytes in a cookie; the database keeps its SHA-256. Signing in always makes a new one and
ends the old; proving oneself again renews it. Failures are counted for fifteen minutes: after ten for an address, or 200 from one
network peer (a whole call centre may share it), the answer is "wait". Each commits, since a failure must be counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from core.audit import keys
from core.errors import N_, DomainError, TooMany
from core.identity import door, hashing, passkeys, passwords, recovery, totp
from core.identity.accounts import Account, account_of
from core.identity.door import Visit, call, hashed
from core.identity.passkeys import Site

WINDOW = timedelta(minutes=15)
ATTEMPTS = 10
PEER_ATTEMPTS = 200
STEP_TRIES = 5

Method = Literal["password", "totp", "passkey", "recovery", "sso"]


class SignInRefused(DomainError):
    """The same answer for an unknown address and a wrong password."""

    code = "sign_in_refused"
    status = 422
    default = N_("The e-mail address or the password is not right.")


class FactorRefused(DomainError):
    """A second factor that is wrong or was used before."""

    code = "factor_refused"
    status = 422
    default = N_("This code is not right. Codes change every 30 seconds; take the one that is shown now.")


REPLAYED = N_("This code was used already. Wait for the next one; if you did not use it, change your password.")
SPENT = N_("This is none of your recovery codes, or it was used already.")
LATE = N_("This took too long, or was tried too often. Sign in again.")


class SecondFactorNeeded(DomainError):
    """The password was right and the person has a second factor. `secret` names the sign-in that waits for it."""

    code = "second_factor_needed"
    status = 401
    default = N_("Show your second factor to sign in.")

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret


def email_key(address: str) -> str:
    return address.strip().casefold()


def _throttle_keys(address: str, peer: str) -> list[bytes]:
    parts = (f"address:{email_key(address)}", f"peer:{peer}")
    return [bytes.fromhex(keys.digest(part, tenant_id=None, purpose="throttle")) for part in parts]


def sign_in(session: Session, *, address: str, password: str, visit: Visit) -> str:
    """A new session's secret. Raises SecondFactorNeeded, SignInRefused, TooMany or Unavailable; commits either way."""
    throttle = _throttle_keys(address, visit.peer)
    found = call(
        session, "SELECT * FROM login_find(:wanted, :keys, :since)",
        wanted=email_key(address), keys=throttle, since=WINDOW,
    ).one()  # fmt: skip
    _refuse_guessing(session, found.failures)
    if not passwords.correct(found.password_hash, password):
        _count_failure(session, throttle)
        if found.user_id is not None:
            door.note(
                session, kind="sign_in", visit=visit, user_id=found.user_id, method="password", denied="wrong_password"
            )
        session.commit()
        raise SignInRefused(field="password")
    if found.second_factor:
        data = {"met": ["password"], "address": email_key(address)}
        waiting = door.begin(session, purpose="second_step", user_id=found.user_id, data=data)
        session.commit()
        raise SecondFactorNeeded(waiting)
    token = open_session(session, user_id=found.user_id, methods=["password"], visit=visit, throttle=throttle[:1])
    session.commit()
    return token


def _refuse_guessing(session: Session, failures: Sequence[int]) -> None:
    if failures[0] >= ATTEMPTS or failures[1] >= PEER_ATTEMPTS:
        session.rollback()
        raise TooMany(N_("Too many failed sign-ins. Wait %(minutes)s minutes and try again."), minutes=15)


def _count_failure(session: Session, throttle: Sequence[bytes]) -> None:
    call(session, "SELECT login_fail(:keys)", keys=list(throttle))


def open_session(
    session: Session,
    *,
    user_id: UUID,
    methods: Sequence[Method],
    visit: Visit,
    tenant_id: UUID | None = None,
    throttle: Sequence[bytes] = (),
) -> str:
    """A session of somebody who proved who they are; returns its secret. `tenant_id`: whose identity provider said so."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    met = [_proof(method, tenant_id if method == "sso" else None) | {"at": now.isoformat()} for method in methods]
    call(
        session,
        "SELECT session_open(:who, :token, :previous, :ends, :idle, :agent, :peer, CAST(:met AS jsonb), :keys)",
        who=user_id, token=hashed(token), previous=hashed(visit.previous) if visit.previous else None,
        ends=now + timedelta(hours=visit.hours), idle=visit.idle_minutes * 60, agent=visit.agent, peer=visit.peer,
        met=orjson.dumps(met).decode(), keys=list(throttle),
    )  # fmt: skip
    door.note(session, kind="sign_in", visit=visit, user_id=user_id, method="+".join(methods))
    return token


def _proof(method: str, tenant_id: UUID | None) -> dict[str, Any]:
    return {"method": method, "tenant": str(tenant_id) if tenant_id else None}


# -- the second step ----------------------------------------------------------------------------------------------------


def waiting_account(session: Session, *, secret: str | None) -> Account | None:
    """Who is half signed in. None: nobody any more."""
    found = door.look(session, purpose="second_step", secret=secret)
    return account_of(session, user_id=found.user_id) if found and found.user_id else None


def second_step(session: Session, *, secret: str | None, code: str, recovering: bool, visit: Visit) -> str:
    """A session's secret for whoever shows a code as well. Raises FactorRefused, TooMany; commits either way."""
    found = door.look(session, purpose="second_step", secret=secret, most=STEP_TRIES)
    if found is None or found.user_id is None:
        session.rollback()
        raise FactorRefused(LATE)
    throttle = _throttle_keys(found.data["address"], visit.peer)
    failures = call(session, "SELECT failures FROM login_find('', :keys, :since)", keys=throttle, since=WINDOW)
    _refuse_guessing(session, failures.scalar_one())
    who = account_of(session, user_id=found.user_id)
    try:
        method = take_code(session, who=who, code=code, recovering=recovering, visit=visit, kind="second_step")
    except FactorRefused:
        _count_failure(session, throttle)
        session.commit()
        raise
    door.take(session, purpose="second_step", secret=secret)
    token = open_session(
        session, user_id=who.user_id, methods=[*found.data["met"], method], visit=visit, throttle=throttle[:1]
    )
    session.commit()
    return token


def take_code(session: Session, *, who: Account, code: str, recovering: bool, visit: Visit, kind: str) -> Method:
    """Take a code of the app or a recovery code. Raises FactorRefused, having noted why; the caller commits."""
    method: Method = "recovery" if recovering else "totp"
    if recovering:
        verdict = "good" if recovery.use(session, who=who, code=code) else "wrong"
    else:
        verdict = totp.check(session, who=who, code=code)
    if verdict == "good":
        return method
    reason = "code_replayed" if verdict == "replayed" else "wrong_code"
    door.note(session, kind=kind, visit=visit, user_id=who.user_id, method=method, denied=reason)
    raise FactorRefused(REPLAYED if verdict == "replayed" else SPENT if recovering else None, field="code")


def sign_in_with_passkey(session: Session, *, secret: str | None, answer: str, site: Site, visit: Visit) -> str:
    """A session for whoever's passkey answered. Raises Invalid."""
    user_id = passkeys.prove(session, who=None, secret=secret, answer=answer, site=site)
    token = open_session(session, user_id=user_id, methods=["passkey"], visit=visit)
    session.commit()
    return token


def second_step_with_passkey(
    session: Session, *, waiting: str | None, secret: str | None, answer: str, site: Site, visit: Visit
) -> str:
    """A session for whoever typed a password and whose own passkey answered. Raises FactorRefused, Invalid."""
    found = door.look(session, purpose="second_step", secret=waiting)
    if found is None or found.user_id is None:
        raise FactorRefused(LATE)
    user_id = passkeys.prove(session, who=found.user_id, secret=secret, answer=answer, site=site)
    door.take(session, purpose="second_step", secret=waiting)
    token = open_session(session, user_id=user_id, methods=[*found.data["met"], "passkey"], visit=visit)
    session.commit()
    return token


# -- proving oneself again ----------------------------------------------------------------------------------------------


def prove_again(
    session: Session,
    *,
    who: Account,
    token: str,
    visit: Visit,
    password: str = "",
    code: str = "",
    recovery_code: str = "",
    passkey: tuple[str | None, str, Site] | None = None,
) -> str:
    """Step up: the session's new secret. Whoever has a second factor shows it; a password alone is for who has none.

    Raises SignInRefused, FactorRefused, Invalid; commits either way. `passkey` is the challenge's secret, the answer, the site.
    """
    try:
        method = _method_shown(session, who, visit, password, code, recovery_code, passkey)
    except DomainError:
        session.commit()
        raise
    fresh = renew(session, token=token, method=method)
    door.note(session, kind="step_up", visit=visit, user_id=who.user_id, method=method)
    session.commit()
    return fresh


def _method_shown(
    session: Session,
    who: Account,
    visit: Visit,
    password: str,
    code: str,
    recovery_code: str,
    passkey: tuple[str | None, str, Site] | None,
) -> Method:
    if passkey is not None:
        secret, answer, site = passkey
        passkeys.prove(session, who=who.user_id, secret=secret, answer=answer, site=site)
        return "passkey"
    if code or recovery_code:
        return take_code(session, who=who, code=code or recovery_code, recovering=not code, visit=visit, kind="step_up")
    if who.second_factor:
        raise FactorRefused(N_("Show your second factor: the password alone is not enough."), field="code")
    if who.password_hash is None or not hashing.matches(who.password_hash, passwords.normal(password)):
        door.note(session, kind="step_up", visit=visit, user_id=who.user_id, method="password", denied="wrong_password")
        raise SignInRefused(N_("The password is not right."), field="password")
    return "password"


def renew(session: Session, *, token: str, method: Method, tenant_id: UUID | None = None) -> str:
    """Note what a session has met, and give it a new secret. Raises SignInRefused where it has ended."""
    fresh = secrets.token_urlsafe(32)
    done = call(
        session, "SELECT session_step(:token, :fresh, CAST(:proof AS jsonb))",
        token=hashed(token), fresh=hashed(fresh), proof=orjson.dumps(_proof(method, tenant_id)).decode(),
    ).scalar_one()  # fmt: skip
    if not done:
        raise SignInRefused(LATE)
    return fresh


def sign_out(session: Session, *, token: str) -> bool:
    """End a session. Whether there was one."""
    ended = call(session, "SELECT session_close(:token)", token=hashed(token)).scalar_one()
    session.commit()
    return bool(ended)


def ended_session(session: Session, *, token: str) -> tuple[UUID | None, str | None]:
    """Whose session a secret is, and why it opens nothing: `password_changed`, `revoked`, `idle`, ...; `unknown` for a made-up one.

    No reason for a session that runs.
    """
    row = call(session, "SELECT * FROM session_ended(:token)", token=hashed(token)).one_or_none()
    return (row.user_id, row.reason) if row else (None, "unknown")
