"""Telephone numbers (ITU-T E.164, each country's plan) and e-mail addresses, with the keys under which they are equal."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from marshmallow import ValidationError
from marshmallow.validate import Email

from core.plugin.standards.checks import N_, folded
from core.plugin.types import Wrong

_is_email = Email()
_cn: Any = phonenumbers.PhoneMetadata.metadata_for_region("CN")
_CN_MOBILE = re.compile(_cn.mobile.national_number_pattern, re.ASCII)
"""The library's own plan of Chinese mobile numbers; asking it for one that is written plainly takes 50 times as long."""


_PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")
"""What stands before the @ in most addresses; whatever else may is looked at more slowly."""


def phone_key(value: str, *, region: str = "CN") -> str | None:
    """E.164 of a number that exists in its country's plan, else None. An extension is dropped."""
    if region == "CN" and _CN_MOBILE.fullmatch(value):
        return f"+86{value}"
    try:
        number = phonenumbers.parse(folded(value), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def email_key(value: str) -> str | None:
    """The address without regard to case, its domain in ASCII; None where it is no address."""
    text = value.strip().lower() if value.isascii() and value.isprintable() else folded(value).casefold()
    local, at, domain = text.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and _is_plain_domain(domain):
        return text
    try:
        domain = domain.encode("idna").decode("ascii")
        return str(_is_email(f"{local}{at}{domain}"))
    except (ValidationError, UnicodeError):
        return None


@lru_cache(maxsize=10_000)
def _is_plain_domain(domain: str) -> bool:
    """Whether it is the same in ASCII and an address may end in it: few domains have most of the addresses."""
    try:
        return domain.encode("idna").decode("ascii") == domain and bool(_is_email(f"a@{domain}"))
    except (ValidationError, UnicodeError):
        return False


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
