"""What somebody typed, as the searches compare it: words of names and texts, numbers in any written form, their last digits.

How a text becomes keys is said in migration 0026 (`search_keys`, `search_text`); here is the other side of it. Who sees masks finds
by what the masks show and by whole numbers: a search tells no more than a list does.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from core.audit import keys
from core.context import Context
from core.customers.identifiers import SEALED
from core.fields.masks import HIDDEN, mask, policy_for
from core.fields.normalise import DOCUMENT_SCHEMES, email_key, identifier_key, name_key, phone_key

LONGEST = 200
LONGEST_WORD = 40
MOST_WORDS = 8
TAIL = 4
"""Digits that are enough for the end of a telephone number; who sees masks types exactly these."""

HIGH = "\u2e80-\U0003ffff"
LOW = "\u0021-\u2e7f"
SEAMS = (re.compile(f"([{LOW}])(?=[{HIGH}])"), re.compile(f"([{HIGH}])(?=[{LOW}])"))
MARKS = re.compile(
    "[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)
APART = re.compile(r"[\s\-‐–—.()（）/+]+")
DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """None is what cannot be meant, or what this reader does not find by.

    `words` asks an index, `inside` must stand in the found text, `typed` ranks it, `initial` begins a name. `text_` are the same of
    texts. `number` is a running number, `values` are whole identifiers as they are kept, `tail` the last digits, turned round.
    """

    words: str | None = None
    inside: str | None = None
    typed: str | None = None
    initial: str | None = None
    text_words: str | None = None
    text_inside: str | None = None
    text_typed: str | None = None
    number: int | None = None
    phone: str | None = None
    email: str | None = None
    tail: str | None = None
    values: tuple[str, ...] = ()

    @property
    def names(self) -> bool:
        return any((self.words, self.initial, self.typed))


def asked(term: str, *, context: Context) -> Asked | None:
    """None where nothing was typed."""
    text = term.strip()[:LONGEST]
    key = name_key(text)
    if not key:
        return None
    digits = APART.sub("", unicodedata.normalize("NFKC", text))
    return Asked(
        **_of_name(key, context=context),
        **_of_text(text, context=context),
        number=_number(key),
        phone=phone_key(text, region=context.country) if DIGITS.search(digits) else None,
        email=email_key(text) if "@" in text else None,
        tail=_tail(digits, context=context),
        values=_identifiers(text, tenant_id=context.tenant_id),
    )


def _of_name(key: str, *, context: Context) -> dict[str, str | None]:
    policy = policy_for("personal", "name", name="name", sight=context.sight)
    if policy == "hidden":
        return {}
    if policy == "masked":
        shown = mask("name", key)
        initial = key[:1] if shown == HIDDEN else name_key(shown.rstrip("*"))
        return {"initial": initial} if initial and not initial.isdigit() else {}
    if len(key) == 1:
        return {"initial": key, "typed": key}
    return {"words": words(key, tenant_id=context.tenant_id), "inside": _together(key), "typed": key}


def _of_text(text: str, *, context: Context) -> dict[str, str | None]:
    """What people write is read with its numbers left out by who sees masks, so it is not found by them."""
    key = search_text(text)
    policy = "clear" if context.sight.clear else context.sight.fields.get("note", "masked")
    if policy == "hidden" or len(key) < 2 or (policy == "masked" and (DIGITS.search(key) or "@" in text)):
        return {}
    return {"text_words": words(key, tenant_id=context.tenant_id), "text_inside": _together(key), "text_typed": key}


def search_text(text: str) -> str:
    """As the database's `search_text`."""
    return MARKS.sub(" ", unicodedata.normalize("NFKC", text[:4000]).lower()).strip()


def words(key: str, *, tenant_id: UUID) -> str | None:
    """A `tsquery` that every text meets in which these words begin words, and these Chinese characters stand side by side."""
    for seam in SEAMS:
        key = seam.sub(r"\1 ", key)
    mine = tenant_id.hex[-6:]
    found: dict[str, None] = {}
    for word in key.split(" ")[:MOST_WORDS]:
        if not word:
            continue
        if ord(word[0]) < 0x2E80:
            found[_lexeme(mine + word[:LONGEST_WORD]) + ":*"] = None
        else:  # one Chinese character alone is in no key that it may end
            found.update((_lexeme(mine + word[at : at + 2]), None) for at in range(len(word) - 1))
    return " & ".join(found) or None


def _lexeme(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _together(key: str) -> str | None:
    """Of three characters with Chinese ones each pair is found for itself: whether they follow each other is looked at."""
    return key if len(key) > 2 and " " not in key and any(ord(each) >= 0x2E80 for each in key) else None


def _number(key: str) -> int | None:
    digits = key.removeprefix("#")
    return int(digits) if DIGITS.fullmatch(digits) and len(digits) <= 18 else None


def _tail(digits: str, *, context: Context) -> str | None:
    policy = policy_for("personal", "phone", name="phone", sight=context.sight)
    if policy == "hidden" or not DIGITS.fullmatch(digits) or not TAIL <= len(digits) <= 15:
        return None
    return digits[::-1] if policy == "clear" or len(digits) == TAIL else None


def _identifiers(text: str, *, tenant_id: UUID) -> tuple[str, ...]:
    """As other systems write numbers, and as documents and cards are kept. No number is Chinese from end to end."""
    if not any(each.isascii() and each.isalnum() for each in text):
        return ()
    forms = {identifier_key("", text), identifier_key("", text.upper())}
    forms |= {identifier_key(scheme, text) for scheme in DOCUMENT_SCHEMES}
    written = sorted(form for form in forms if form is not None)
    return (*written, *(keys.digest(form, tenant_id=tenant_id) for form in written)) if SEALED else tuple(written)
