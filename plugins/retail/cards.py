"""Numbers on a shop's cards, and the cell of a customer in its analysis of recency, frequency and money."""

from __future__ import annotations

import re

from stdnum import ean

from core.plugin import Wrong
from core.plugin.standards import luhn

SEPARATORS = re.compile(r"[\s-]+")
GSRN_LENGTH = 18
CELL = re.compile(r"[1-5]{3}")


def member_card(value: str) -> str:
    """A card of a member: a GSRN (GS1 application identifier 8018) has 18 digits, any other number ends as Luhn says."""
    number = SEPARATORS.sub("", value).removeprefix("(8018)")
    if not (number.isascii() and number.isdigit() and 8 <= len(number) <= 20):
        raise Wrong("member_card.format", "A card number has 8 to 20 digits.")
    if len(number) != GSRN_LENGTH:
        return luhn(number)
    expected = ean.calc_check_digit(number[:-1])
    if number[-1] != expected:
        raise Wrong(
            "member_card.check_digit",
            "The check digit is %(found)s, it should be %(expected)s: a character is mistyped.",
            found=number[-1],
            expected=expected,
        )
    return number


def rfm_cell(value: str) -> str:
    """Three quintiles from 1 to 5: how recently, how often, how much. 555 is best."""
    if not CELL.fullmatch(value):
        raise Wrong("rfm.format", "An RFM cell is three digits from 1 to 5, such as 545.")
    return value
