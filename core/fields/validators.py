"""Validators that any vertical may name in a field. Each gives the canonical form or raises Wrong.

A message says what to do next, with the figures, and never repeats the number.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache

import phonenumbers
from stdnum import luhn as luhn_standard
from stdnum.cn import ric as ric_standard
from stdnum.cn import uscc as uscc_standard
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from core.errors import N_
from core.fields.normalise import email_key, identifier_key, phone_key
from core.plugin.types import Wrong

MISTYPED = N_("The check digit does not fit: a character is mistyped.")


def phone(region: str = "CN") -> Callable[[str], str]:
    """A validator for telephone numbers, E.164 out; numbers without a country code are read as of `region`."""

    def validate(value: str) -> str:
        key = phone_key(value, region=region)
        if key is None:
            raise _wrong_phone(value, region=region)
        return key

    return validate


def _wrong_phone(value: str, *, region: str) -> Wrong:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return Wrong("phone.format", N_("This is not a telephone number."))
    national = str(number.national_number)
    country = phonenumbers.region_code_for_number(number) or region
    mobile = _mobile_example(country)
    if mobile and national[0] == mobile[0] and len(national) != len(mobile):
        return Wrong(
            "phone.length",
            N_("%(digits)d digits, it needs %(needed)d."),
            digits=len(national),
            needed=len(mobile),
        )
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return Wrong("phone.too_long", N_("%(digits)d digits are too many."), digits=len(national))
    if reason in (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return Wrong(
            "phone.too_short", N_("%(digits)d digits are too few; is the area code missing?"), digits=len(national)
        )
    return Wrong("phone.unassigned", N_("No operator hands out such a number; compare the first digits."))


@cache
def _mobile_example(country: str) -> str:
    found = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    return str(found.national_number) if found else ""


def email(value: str) -> str:
    key = email_key(value)
    if key is None:
        raise Wrong("email.format", N_("This is not an e-mail address such as name@example.com."))
    return key


def ric(value: str) -> str:
    """Resident identity card, GB 11643-1999: 18 characters, region, birth date and check character."""
    number = identifier_key("ric", value) or ""
    if len(number) != 18:
        raise Wrong("ric.length", N_("%(length)d characters, an identity card number has 18."), length=len(number))
    try:
        return str(ric_standard.validate(number))
    except InvalidChecksum:
        raise Wrong("ric.checksum", MISTYPED) from None
    except (ValidationError, KeyError):  # the library looks up some regions without asking whether they are there
        raise Wrong("ric.component", N_("There is no such region or birth date; compare digits 1 to 14.")) from None


def uscc(value: str) -> str:
    """Unified social credit code, GB 32100-2015."""
    number = identifier_key("uscc", value) or ""
    if len(number) != 18:
        raise Wrong("uscc.length", N_("%(length)d characters, a credit code has 18."), length=len(number))
    try:
        return str(uscc_standard.validate(number))
    except ValidationError:
        raise Wrong("uscc.format", N_("This is not a unified social credit code; compare the licence.")) from None


def luhn(value: str) -> str:
    """Any number whose last digit is its Luhn check digit (ISO/IEC 7812)."""
    number = identifier_key("card", value) or ""
    if not number.isascii() or not number.isdigit() or not luhn_standard.is_valid(number):
        raise Wrong("luhn.check_digit", MISTYPED)
    return number


def standard(module: str) -> Callable[[str], str]:
    """A validator from python-stdnum by the name of its module: `iban`, `ean`, `imo`, `iso6346`, `us.ssn`."""
    rules = importlib.import_module(f"stdnum.{module}")

    def validate(value: str) -> str:
        try:
            return str(rules.validate(value))
        except InvalidLength:
            raise Wrong("number.length", N_("This number has too many or too few characters.")) from None
        except InvalidChecksum:
            raise Wrong("number.checksum", MISTYPED) from None
        except ValidationError:
            raise Wrong("number.format", N_("This number is not built as its standard asks.")) from None

    return validate
