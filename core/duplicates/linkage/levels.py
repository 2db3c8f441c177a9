"""How much two values agree: a level from 0 (the same) to the last (different), or None where either is missing.

Texts come normalised (`core.fields.normalise`). A value may be several texts, such as all telephone numbers of a customer: the
best pair of them counts. Jaro-Winkler and Damerau-Levenshtein (optimal string alignment) are rapidfuzz's.

Chinese names are two to four characters, where one differing character is a third of the name. So they are close only with the
same surname and one character changed, missing or in another place; what sounds alike is asked as a level of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from core.duplicates.linkage.sounds import initials, is_han

Value = str | tuple[str, ...] | None
Compare = Callable[[str, str], int | None]

PUNCTUATION = re.compile(r"[\W_]+")
ADMINISTRATIVE = re.compile("(?<=[\u4e00-\u9fff]{2})(?:特别行政区|自治区|省|市)")


def level(compare: Compare, left: Value, right: Value) -> int | None:
    """The best level of any pair of values; None where one side has none."""
    if not left or not right:
        return None
    if isinstance(left, str) and isinstance(right, str):
        return 0 if left == right else compare(left, right)
    ours = (left,) if isinstance(left, str) else left
    theirs = (right,) if isinstance(right, str) else right
    if not set(ours).isdisjoint(theirs):
        return 0
    found = [each for one in ours for other in theirs if (each := compare(one, other)) is not None]
    return min(found, default=None)


def exact(left: str, right: str) -> int:
    """Same, different."""
    return 0 if left == right else 1


def word(left: str, right: str) -> int:
    """Same, close (a typing error), alike, different."""
    if left == right:
        return 0
    alike = JaroWinkler.similarity(left, right)
    if alike >= 0.92 or (len(left) > 3 and len(right) > 3 and OSA.distance(left, right, score_cutoff=1) == 1):
        return 1
    return 2 if alike >= 0.8 else 3


def name(left: str, right: str) -> int:
    """Same (also with the words in another order), close, alike, different."""
    if left == right:
        return 0
    if is_han(left) and is_han(right):
        return _han_name(left, right)
    if is_han(left) != is_han(right):
        return 3
    one, other = sorted(PUNCTUATION.split(left)), sorted(PUNCTUATION.split(right))
    if one == other:
        return 0
    return min(word(" ".join(one), " ".join(other)), word(left, right))


def _han_name(left: str, right: str) -> int:
    if left[0] != right[0]:
        return 3
    if len(left) == len(right) and initials(left) == initials(right):
        return 1
    longest = max(len(left), len(right))
    if longest >= 3 and OSA.distance(left, right) == 1:
        return 1 if longest >= 4 else 2
    return 3


def day(left: str, right: str) -> int:
    """Same, close (one digit, or two in each other's place, or day and month exchanged), same year, different."""
    one, other = _digits(left), _digits(right)
    if one == other:
        return 0
    if OSA.distance(one, other, score_cutoff=1) == 1:
        return 1
    if len(one) == len(other) == 8 and one[:4] == other[:4]:
        return 1 if one[4:6] == other[6:] and one[6:] == other[4:6] else 2
    return 3


def number(left: str, right: str) -> int:
    """Same, close (one typing error in six characters or more), different."""
    if left == right:
        return 0
    if min(len(left), len(right)) >= 6 and OSA.distance(left, right, score_cutoff=1) == 1:
        return 1
    return 2


def document(left: str, right: str) -> int | None:
    """Same, different; two of different schemes (`document:ric:...`) say nothing."""
    if left == right:
        return 0
    return 1 if left.rpartition(":")[0] == right.rpartition(":")[0] else None


def address(left: str, right: str) -> int:
    """Same, close, alike, different: without marks, and without the words for province and city that people leave out."""
    one, other = plain_address(left), plain_address(right)
    if one == other:
        return 0
    alike = Indel.normalized_similarity(one, other)
    if (
        is_han(one)
        and one
        and other
        and (one.endswith(other) or other.endswith(one))
        and min(len(one), len(other)) >= 6
    ):
        return 1
    if alike >= 0.9:
        return 1
    return 2 if alike >= 0.7 else 3


@lru_cache(maxsize=20_000)
def plain_address(value: str) -> str:
    """Without marks, spaces and the words for province and city."""
    return ADMINISTRATIVE.sub("", PUNCTUATION.sub("", value))


@lru_cache(maxsize=20_000)
def _digits(value: str) -> str:
    return "".join(each for each in value if each.isdigit())


LEVELS: dict[str, tuple[Compare, tuple[str, ...]]] = {
    "exact": (exact, ("same", "different")),
    "word": (word, ("same", "close", "alike", "different")),
    "name": (name, ("same", "close", "alike", "different")),
    "day": (day, ("same", "close", "alike", "different")),
    "number": (number, ("same", "close", "different")),
    "document": (document, ("same", "different")),
    "address": (address, ("same", "close", "alike", "different")),
}
"""Kinds of comparison, and what their levels are called."""
