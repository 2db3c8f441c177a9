"""Recovery codes: ten ways back in for who lost their phone, each good once, shown when they are made and never again."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import keys
from core.identity.accounts import Account
from core.identity.door import call

NUMBER = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that look like others."""


def make(session: Session, *, who: Account) -> list[str]:
    """Ten new codes like `k7mf2-9qwxt`, 49 bits each; all earlier ones are dead."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(NUMBER)]
    call(
        session, "SELECT recovery_set(:who, :digests)",
        who=who.user_id, digests=[_digest(code, who.user_id) for code in codes],
    )  # fmt: skip
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def clear(session: Session, *, who: Account) -> None:
    call(session, "SELECT recovery_set(:who, CAST('{}' AS bytea[]))", who=who.user_id)


def use(session: Session, *, who: Account, code: str) -> bool:
    """Spend a code. Whether it was one, and unspent."""
    plain = re.sub(r"[\s-]", "", code).lower()
    if not re.fullmatch(f"[{LETTERS}]{{10}}", plain):
        return False
    return bool(
        call(
            session, "SELECT recovery_use(:who, :digest)", who=who.user_id, digest=_digest(plain, who.user_id)
        ).scalar_one()
    )


def _digest(code: str, user_id: UUID) -> bytes:
    return bytes.fromhex(keys.digest(f"{user_id}:{code}", tenant_id=None, purpose="recovery"))
