"""What all standards share: one way to clean a number, to ask its length, and to say that a check digit is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from importlib import resources

from core.plugin.types import Wrong

INVISIBLE = str.maketrans("", "", "\0\u200b\u200c\u200d\u2060\ufeff")
SEPARATORS = re.compile(r"[\s\-‐‑–—./·•]+")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract, translate later"
    return message


def folded(value: str) -> str:
    """One width, nothing invisible, nothing around it."""
    return unicodedata.normalize("NFKC", value).translate(INVISIBLE).strip()


def compact(value: str) -> str:
    """Without the separators that people write, in capitals."""
    return SEPARATORS.sub("", folded(value)).upper()


def digits_of(value: str, code: str, lengths: Collection[int]) -> str:
    """The number without separators. Raises Wrong where it is not all digits or of no such length."""
    number = compact(value)
    if not (number.isascii() and number.isdigit()):
        raise Wrong(f"{code}.characters", N_("This number has digits only."))
    need_length(number, code, lengths)
    return number


def need_length(number: str, code: str, lengths: Collection[int]) -> None:
    if len(number) not in lengths:
        needed = " / ".join(str(each) for each in sorted(lengths))
        raise Wrong(
            f"{code}.length",
            N_("%(length)d characters, this number has %(needed)s."),
            length=len(number),
            needed=needed,
        )


def need_check(code: str, *, found: str, expected: str) -> None:
    """Raises Wrong with both digits: whoever reads it can tell a slip of the check digit from one elsewhere."""
    if found != expected:
        raise Wrong(
            f"{code}.check_digit",
            N_("The check digit is %(found)s, it should be %(expected)s: a character is mistyped."),
            found=found,
            expected=expected,
        )


@cache
def countries() -> frozenset[str]:
    """Codes of ISO 3166-1, as the time zone database lists them."""
    listed = resources.files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in listed.splitlines() if line and not line.startswith("#"))


def need_country(code: str, country: str) -> None:
    if country not in countries():
        raise Wrong(f"{code}.country", N_("%(country)s is no country (ISO 3166)."), country=country)
