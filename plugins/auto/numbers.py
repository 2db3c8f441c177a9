"""The code of a traction battery pack. Identification numbers and plates are checked by the core."""

from __future__ import annotations

import re

from core.plugin import Wrong

LENGTH = 24
_CODE = re.compile(r"[0-9A-HJ-NP-Z]{24}")


def battery_pack(value: str) -> str:
    """24 digits and capital letters, without I and O (GB/T 34014-2017, from memory and not verified)."""
    code = "".join(value.split()).upper()
    if len(code) != LENGTH:
        raise Wrong("battery_pack.length", "A battery pack code has %(length)s characters.", length=LENGTH)
    if not _CODE.fullmatch(code):
        raise Wrong("battery_pack.characters", "A battery pack code has digits and letters only, without I and O.")
    return code
