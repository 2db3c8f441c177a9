"""Passwords by NIST SP 800-63B-4: long, not known to guessers, no rules of composition, never expiring by themselves.

A password has 15 to 128 characters (section 3.1.1.2 asks for 15 where a password may be all that is asked; with a second factor
it allows fewer, but a factor can be taken off later, so the length stays). Instead of a list of breached passwords, hardly any
of which is so long, zxcvbn estimates how soon a guesser who knows such lists, keyboards, dates, repetitions and the names of this
person and place would find it (`LEAST_GUESSES`). A change ends every other session; so does a reset by a link that came by mail.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import N_, FieldError, Invalid
from core.identity import door, hashing
from core.identity.accounts import Account, account_of
from core.identity.door import Visit, call, hashed

SHORTEST, LONGEST = 15, 128
LEAST_GUESSES = 10**10
PART = 4
"""A name shorter than this says nothing: it is inside many words."""

LENGTH = N_(
    "A password has %(shortest)s to %(longest)s characters; this one has %(given)s. Several words in a row are good."
)
PERSONAL = N_("It must not hold a name, an e-mail address or a company that belongs to you.")
GUESSABLE = N_(
    "This is among the first that guessers try: common words, rows of keys, repetitions, dates. Choose another."
)
WRONG = N_("This is not your present password.")
SAME = N_("This is your present password. Choose another.")


def normal(password: str) -> str:
    """One form of every way to type the same characters (NFKC), as section 3.1.1.2 asks."""
    return unicodedata.normalize("NFKC", password)


def faults(password: str, *, personal: Iterable[str], field: str = "password") -> list[FieldError]:
    """What is wrong with a new password; `personal` are names of the person, their address and their tenants."""
    password = normal(password)
    if not SHORTEST <= len(password) <= LONGEST:
        given = {"shortest": SHORTEST, "longest": LONGEST, "given": len(password)}
        return [FieldError(field=field, code="length", message=LENGTH, params=given)]
    names = _parts(personal)
    flat = _flat(password)
    if any(name in flat for name in names):
        return [FieldError(field=field, code="personal", message=PERSONAL)]
    if guesses(password, names=names) < LEAST_GUESSES:
        return [FieldError(field=field, code="guessable", message=GUESSABLE)]
    return []


def guesses(password: str, *, names: Iterable[str] = ()) -> int:
    """How many guesses zxcvbn thinks the password stands."""
    from zxcvbn import zxcvbn  # its word lists take memory that only a process needs in which somebody sets a password

    return int(zxcvbn(password[:72], user_inputs=list(names))["guesses"])


def _parts(personal: Iterable[str]) -> list[str]:
    """The words of names and addresses that a password must not hold: `alice@harbour.example` gives alice, harbour and more."""
    found = set()
    for each in personal:
        whole = _flat(each)
        words = {_flat(word) for word in re.split(r"[\s@.,;:_/()+-]+", each)}
        found |= {word for word in {whole, *words} if len(word) >= PART or (len(word) >= 2 and not word.isascii())}
    return sorted(found - {"example", "mail", "gmail", "outlook", "qq.com", "163.com"})


def _flat(words: str) -> str:
    return "".join(normal(words).casefold().split())


def set_password(session: Session, *, who: Account, password: str, keep: str | None) -> int:
    """Store a password that was found good. Every session but `keep` ends; how many there were. Raises Unavailable."""
    hash_ = hashing.hashed_password(normal(password))
    return int(
        call(
            session, "SELECT password_set(:who, :hash, :keep)",
            who=who.user_id, hash=hash_, keep=hashed(keep) if keep else None,
        ).scalar_one()
    )  # fmt: skip


def change(session: Session, *, who: Account, present: str, password: str, token: str, visit: Visit) -> int:
    """A person's own change: asks for the present password where there is one. How many other sessions ended. Raises Invalid."""
    if who.password_hash is not None and not correct(who.password_hash, present):
        door.note(session, kind="password.changed", visit=visit, user_id=who.user_id, denied="wrong_password")
        raise Invalid(errors=[FieldError(field="present", code="wrong", message=WRONG)])
    wrong = faults(password, personal=[who.name, who.email, *who.places])
    if not wrong and who.password_hash is not None and normal(present) == normal(password):
        wrong = [FieldError(field="password", code="same", message=SAME)]
    if wrong:
        raise Invalid(errors=wrong)
    ended = set_password(session, who=who, password=password, keep=token)
    door.note(session, kind="password.changed", visit=visit, user_id=who.user_id)
    return ended


def correct(stored: str | None, given: str) -> bool:
    """Whether a password is the one of a hash. Those set before this rule was there were not normalised. Raises Unavailable."""
    return hashing.matches(stored, normal(given))


# -- by a link ----------------------------------------------------------------------------------------------------------


def begin_reset(session: Session, *, user_id: UUID) -> str:
    """The secret of a link that sets a new password; the link before it is dead."""
    return door.begin(session, purpose="reset", user_id=user_id, data={})


def reset_account(session: Session, *, secret: str) -> Account | None:
    """Whose password a link may set; None where it is spent or too old."""
    found = door.look(session, purpose="reset", secret=secret)
    return account_of(session, user_id=found.user_id) if found and found.user_id else None


def reset(session: Session, *, secret: str, password: str, visit: Visit) -> Account | None:
    """Set a new password by a link, once; every session ends. None where the link is dead. Raises Invalid, and the link lives."""
    who = reset_account(session, secret=secret)
    if who is None:
        return None
    wrong = faults(password, personal=[who.name, who.email, *who.places])
    if wrong:
        raise Invalid(errors=wrong)
    if door.take(session, purpose="reset", secret=secret) is None:
        return None
    set_password(session, who=who, password=password, keep=None)
    door.note(session, kind="password.reset", visit=visit, user_id=who.user_id)
    return who


ASKED: list[Callable[[Session, UUID | None], None]] = []
"""Who sends the link, wired at boot: gets the account, or None for an address that has none, and takes the same time for both."""


def ask_reset(session: Session, *, key: str) -> None:
    """Somebody forgot the password of an address."""
    found = call(
        session, "SELECT user_id FROM login_find(:key, CAST('{}' AS bytea[]), interval '1 minute')", key=key
    ).scalar_one()
    for send in ASKED:
        send(session, found)
