"""UN numbers of dangerous goods and UN/LOCODE places. Numbers of shipments are checked by the core."""

from __future__ import annotations

import re

from core.plugin import Wrong

_UN = re.compile(r"UN[0-9]{4}")
_PLACE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")


def un_number(value: str) -> str:
    """UN and four digits, written with or without UN."""
    code = "".join(value.split()).upper()
    code = code if code.startswith("UN") else f"UN{code}"
    if not _UN.fullmatch(code):
        raise Wrong("un_number.format", "A UN number is UN and four digits.")
    return code


def place(value: str) -> str:
    """A place as UN/LOCODE names it: a country of two letters, and three letters or digits from 2 to 9."""
    code = "".join(value.split()).upper()
    if not _PLACE.fullmatch(code):
        raise Wrong("place.format", "A place is five characters of UN/LOCODE, such as CNSHA.")
    return code
