"""Numbers on a shop's cards, coupons and invoices, and the cell of a customer by recency, frequency and money."""

from __future__ import annotations

import re

from stdnum import ean

from core.plugin import Wrong
from core.plugin.standards import luhn

SEPARATORS = re.compile(r"[\s-]+")
GSRN_LENGTH = 18
INVOICE = re.compile(r"[0-9]{20}")
COUPON_BODY = 13
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


def digital_invoice(value: str) -> str:
    """The number of a fully digital invoice (数电票): twenty digits, none of which checks the others."""
    number = SEPARATORS.sub("", value)
    if not INVOICE.fullmatch(number):
        raise Wrong("invoice.format", "The number of a digital invoice has 20 digits.")
    return number


def coupon(value: str) -> str:
    """A global coupon number (GS1 application identifier 255): thirteen digits, the last of which checks, and a serial."""
    number = SEPARATORS.sub("", value).removeprefix("(255)")
    body = number[:COUPON_BODY]
    if not (number.isascii() and number.isdigit() and COUPON_BODY <= len(number) <= 25):
        raise Wrong("coupon.format", "A coupon number has 13 to 25 digits.")
    expected = ean.calc_check_digit(body[:-1])
    if body[-1] != expected:
        raise Wrong(
            "coupon.check_digit",
            "The check digit is %(found)s, it should be %(expected)s: a character is mistyped.",
            found=body[-1],
            expected=expected,
        )
    return number
