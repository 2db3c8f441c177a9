"""Numbers of accounts, banks and cards, and currencies: ISO 13616, ISO 9362, ISO 17442, ISO/IEC 7812, ISO 4217.

A card's number is never kept whole: a field keeps `card_token` of the payment service and `card_last4`.
"""

from __future__ import annotations

import re

from babel.numbers import is_currency
from stdnum import bic as bic_standard
from stdnum import iban as iban_standard
from stdnum import luhn as luhn_standard
from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.iso7064 import mod_97_10

from core.plugin.standards.checks import N_, compact, digits_of, folded, need_check, need_country, need_length
from core.plugin.types import Wrong

CARD_LENGTHS = range(12, 20)
CARD_RUN = re.compile(r"(?<!\d)\d(?:[ \-]?\d){11,18}(?!\d)")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{4,30}")
LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")


def iban(value: str) -> str:
    number = compact(value)
    if not IBAN.fullmatch(number):
        raise Wrong("iban.format", N_("An IBAN begins with two letters and two digits and has no other marks."))
    need_country("iban", number[:2])
    need_check("iban", found=number[2:4], expected=str(mod_97_10.calc_check_digits(number[4:] + number[:2])))
    try:
        return str(iban_standard.validate(number))
    except InvalidComponent:
        raise Wrong("iban.country", N_("%(country)s has no IBAN."), country=number[:2]) from None
    except ValidationError:
        raise Wrong(
            "iban.structure", N_("An IBAN of %(country)s is built otherwise; count its characters."), country=number[:2]
        ) from None


def bic(value: str) -> str:
    """Bank identifier code; it has no check digit."""
    number = compact(value)
    need_length(number, "bic", (8, 11))
    try:
        return str(bic_standard.validate(number))
    except InvalidComponent:
        raise Wrong("bic.country", N_("%(country)s is no country (ISO 3166)."), country=number[4:6]) from None
    except ValidationError:
        raise Wrong(
            "bic.format", N_("A BIC is four characters of the bank, two letters of the country and a place.")
        ) from None


def currency(value: str) -> str:
    """The three letters of a currency, in capitals."""
    code = value.strip().upper()
    if not is_currency(code):
        raise Wrong("currency.unknown", N_("This is no currency such as CNY (ISO 4217)."))
    return code


def lei(value: str) -> str:
    """Legal entity identifier."""
    number = compact(value)
    need_length(number, "lei", (20,))
    if not LEI.fullmatch(number):
        raise Wrong("lei.format", N_("An LEI is 18 letters or digits and two check digits."))
    need_check("lei", found=number[-2:], expected=str(mod_97_10.calc_check_digits(number[:-2])))
    return number


def luhn(value: str) -> str:
    """Any number whose last digit is its Luhn check digit."""
    number = digits_of(value, "luhn", range(2, 65))
    need_check("luhn", found=number[-1], expected=str(luhn_standard.calc_check_digit(number[:-1])))
    return number


def pan(value: str) -> str:
    """The number of a payment card, checked. For asking only; no field keeps one (see `card_last4`)."""
    number = digits_of(value, "pan", CARD_LENGTHS)
    need_check("pan", found=number[-1], expected=str(luhn_standard.calc_check_digit(number[:-1])))
    return number


def card_last4(value: str) -> str:
    """The last four digits of a card. A whole number that somebody pastes is checked, and only its end is given back."""
    number = compact(value)
    return number if re.fullmatch("[0-9]{4}", number) else pan(value)[-4:]


def card_token(value: str) -> str:
    """What a payment service calls a card. Raises Wrong where it holds the number of a card."""
    text = folded(value)
    if any(luhn_standard.is_valid(re.sub(r"\D", "", found)) for found in CARD_RUN.findall(text)):
        raise Wrong("card_token.pan", N_("This holds the number of a card. Only the payment service's token is kept."))
    if not text or len(text.split()) != 1:
        raise Wrong("card_token.format", N_("A token is one word without spaces."))
    return text
