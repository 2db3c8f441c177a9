"""Authenticator apps: time-based one-time passwords (RFC 6238), six digits each half minute.

1. Enrolling makes a secret, sealed in the database and shown once as a QR code; it counts when its first code was typed.
2. A code of the step before or after is taken too, for clocks that differ. 3. The step of a code that was taken is remembered:
neither it nor an earlier one is taken again (RFC 6238, section 5.2).
"""

from __future__ import annotations

import base64
import io
import re
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Literal
from uuid import UUID

import pyotp
import segno
from sqlalchemy.orm import Session

from core.audit import keys
from core.identity.accounts import Account
from core.identity.door import call

ISSUER = "Kehub"
PERIOD = 30
DRIFT = 1

Verdict = Literal["good", "wrong", "replayed"]


def enrol(session: Session, *, who: Account) -> None:
    """A new secret that waits for its first code. One that waited before is gone; one in use is left alone."""
    if not who.has_totp:
        secret = pyotp.random_base32()
        call(session, "SELECT totp_set(:who, :sealed)", who=who.user_id, sealed=_sealed(secret, who.user_id))


def remove(session: Session, *, who: Account) -> None:
    call(session, "SELECT totp_set(:who, NULL)", who=who.user_id)


def secret_of(who: Account) -> str | None:
    """The secret of an enrolment, in clear. None where there is none."""
    return keys.unseal(who.totp_secret, purpose=_purpose(who.user_id)) if who.totp_secret else None


def check(session: Session, *, who: Account, code: str, at: datetime | None = None) -> Verdict:
    """Take a code, if it is right and new. The caller commits."""
    secret, digits = secret_of(who), re.sub(r"\s", "", code)
    if secret is None or not re.fullmatch(r"[0-9]{6}", digits):
        return "wrong"
    now = int((at or datetime.now(UTC)).timestamp()) // PERIOD
    clock = pyotp.TOTP(secret, interval=PERIOD)
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if compare_digest(clock.at(step * PERIOD), digits)]
    if not steps:
        return "wrong"
    taken = call(session, "SELECT totp_use(:who, :step)", who=who.user_id, step=steps[-1]).scalar_one()
    return "good" if taken else "replayed"


def picture(secret: str, *, email: str) -> str:
    """The enrolment as a QR code: an SVG as a data address, dark on light whatever the theme, for cameras."""
    address = pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=email, issuer_name=ISSUER)
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=5, border=3, light="#fff", dark="#000")
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def spaced(secret: str) -> str:
    """A secret as people type it: groups of four."""
    return " ".join(re.findall(".{1,4}", secret))


def _sealed(secret: str, user_id: UUID) -> bytes:
    return keys.seal(secret, purpose=_purpose(user_id))


def _purpose(user_id: UUID) -> str:
    """A key of each person's own: a secret moved to another row opens nothing there."""
    return f"totp:{user_id}"
