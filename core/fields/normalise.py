"""Keys under which equal things are equal: for look-up, for uniqueness, for finding doubles."""

from __future__ import annotations

import re

from core.plugin.standards.checks import SEPARATORS, folded
from core.plugin.standards.reach import email_key, phone_key

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
PLAIN_HAN = re.compile("[\u4e00-\u9fff]+")
"""Characters that no folding changes: most names."""
SPACE_BETWEEN_HAN = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")
DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・", "·"))
DOCUMENT_SCHEMES = frozenset(
    {
        "ric", "uscc", "passport", "card", "iban", "bic", "lei", "msisdn", "imei", "iccid", "imsi", "vin", "plate", "gtin",
        "gln", "sscc", "s10", "awb", "container", "imo",
    }
)  # fmt: skip
"""Schemes whose numbers are the same with or without separators, in capitals or not."""

__all__ = ["DOCUMENT_SCHEMES", "HAN", "email_key", "identifier_key", "name_key", "phone_key"]


def name_key(value: str) -> str:
    """One width, one case, single spaces; none between Chinese characters, where people only type them to align."""
    if PLAIN_HAN.fullmatch(value):
        return value
    text = " ".join(folded(folded(value).casefold()).translate(DOTS).split())
    return SPACE_BETWEEN_HAN.sub("", text)


def identifier_key(scheme: str, value: str) -> str | None:
    """Document numbers without separators, in capitals. Numbers of other systems keep theirs: `12-3` is not `1-23`."""
    text = value if value.isascii() and value.isalnum() else " ".join(folded(value).split())
    if scheme in DOCUMENT_SCHEMES:
        text = SEPARATORS.sub("", text).upper()
    return text or None
