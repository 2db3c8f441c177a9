"""What sounds alike: Soundex of Latin words, and the first letter of the pinyin of Chinese characters.

GB 2312 orders its 3,755 common characters by pinyin, so the place of a character gives its first letter without a dictionary.
A rarer one stands for itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from core.fields.normalise import HAN

_HAN = re.compile(f"[{HAN}]")
_FIRST = (
    ("a", 0xB0A1), ("b", 0xB0C5), ("c", 0xB2C1), ("d", 0xB4EE), ("e", 0xB6EA), ("f", 0xB7A2), ("g", 0xB8C1), ("h", 0xB9FE),
    ("j", 0xBBF7), ("k", 0xBFA6), ("l", 0xC0AC), ("m", 0xC2E8), ("n", 0xC4C3), ("o", 0xC5B6), ("p", 0xC5BE), ("q", 0xC6DA),
    ("r", 0xC8BB), ("s", 0xC8F6), ("t", 0xCBFA), ("w", 0xCDDA), ("x", 0xCEF4), ("y", 0xD1B9), ("z", 0xD4D1),
)  # fmt: skip
_PLACES = [place for _letter, place in _FIRST]
_END = 0xD7F9
_SOUNDEX = {
    letter: digit for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}


def is_han(text: str) -> bool:
    """Whether a text is written with Chinese characters."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=20_000)
def initials(text: str) -> str:
    """The first letters of the pinyin of Chinese characters: `王小明` is `wxm`. Others stay."""
    return "".join(_initial(each) for each in text)


def _initial(character: str) -> str:
    try:
        first, second = character.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return character
    place = first << 8 | second
    return _FIRST[bisect_right(_PLACES, place) - 1][0] if _PLACES[0] <= place <= _END else character


@lru_cache(maxsize=20_000)
def soundex(text: str) -> str:
    """American Soundex: a letter and up to three digits; empty where there is no Latin letter."""
    letters = [each for each in text.casefold() if "a" <= each <= "z"]
    if not letters:
        return ""
    code, last = letters[0], _SOUNDEX.get(letters[0])
    for each in letters[1:]:
        digit = _SOUNDEX.get(each)
        if digit is not None and digit != last:
            code += str(digit)
        if each not in "hw":
            last = digit
    return (code + "000")[:4]


def sound(text: str) -> str:
    """One key for a name in either script: pinyin initials, else the Soundex of each word, in order of the alphabet."""
    if is_han(text):
        return initials(text)
    return " ".join(sorted(code for each in text.split() if (code := soundex(each))))
