"""Numbers that name an account. A card's number is not one of them: it is never kept whole (PCI DSS 3.4)."""

from __future__ import annotations

import re

from stdnum import luhn

from core.plugin import Wrong

SEPARATORS = re.compile(r"[\s-]+")
ACCOUNT = re.compile(r"[0-9A-Z]{8,28}")
CARD = re.compile(r"(62|4|5[1-5]|35|3[47])[0-9]{11,17}")


def account_number(value: str) -> str:
    """A bank's own number of an account: 8 to 28 digits or capitals, and not the number of a card."""
    number = SEPARATORS.sub("", value).upper()
    if not ACCOUNT.fullmatch(number):
        raise Wrong("account.format", "An account number has 8 to 28 digits or letters.")
    if 13 <= len(number) <= 19 and CARD.fullmatch(number) and luhn.is_valid(number):
        raise Wrong("account.card", "This is the number of a card. Enter the number of the account behind it.")
    return number
