"""Keys under which equal things are equal: for look-up, for uniqueness, for finding doubles."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import phonenumbers
from marshmallow import ValidationError
from marshmallow.validate import Email

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
SPACE_BETWEEN_HAN = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")
DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・", "·"))
INVISIBLE = str.maketrans("", "", "\0\u200b\u200c\u200d\u2060\ufeff")
SEPARATORS = re.compile(r"[\s\-‐‑–—./·]+")
DOCUMENT_SCHEMES = frozenset({"ric", "uscc", "passport", "vin", "imei", "iccid", "imsi", "msisdn", "iban", "card"})
"""Schemes whose numbers are the same with or without separators, in capitals or not."""

_is_email = Email()
_cn: Any = phonenumbers.PhoneMetadata.metadata_for_region("CN")
_CN_MOBILE = re.compile(_cn.mobile.national_number_pattern, re.ASCII)
"""The library's own plan of Chinese mobile numbers. One that is written plainly needs no parsing, most of an import's time."""


def phone_key(value: str, *, region: str = "CN") -> str | None:
    """E.164 of a number that exists in its country's plan, else None. An extension is dropped."""
    if region == "CN" and _CN_MOBILE.fullmatch(value):
        return f"+86{value}"
    try:
        number = phonenumbers.parse(_folded(value), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def email_key(value: str) -> str | None:
    """The address without regard to case, its domain in ASCII; None where it is no address."""
    text = _folded(value).casefold()
    local, at, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
        return str(_is_email(f"{local}{at}{domain}"))
    except (ValidationError, UnicodeError):
        return None


def name_key(value: str) -> str:
    """One width, one case, single spaces; none between Chinese characters, where people only type them to align."""
    text = " ".join(_folded(_folded(value).casefold()).translate(DOTS).split())
    return SPACE_BETWEEN_HAN.sub("", text)


def identifier_key(scheme: str, value: str) -> str | None:
    """Document numbers without separators, in capitals. Numbers of other systems keep theirs: `12-3` is not `1-23`."""
    text = " ".join(_folded(value).split())
    if scheme in DOCUMENT_SCHEMES:
        text = SEPARATORS.sub("", text).upper()
    return text or None


def _folded(value: str) -> str:
    return unicodedata.normalize("NFKC", value).translate(INVISIBLE).strip()
