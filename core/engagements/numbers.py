"""Read a list of customer numbers as people write them: `1001-1050, 1077` or one a line."""

from __future__ import annotations

import re

from core.errors import N_, Invalid

LIMIT = 100_000
PART = re.compile(r"(\d{1,12})(?:\s*[-–]\s*(\d{1,12}))?")


def read_numbers(text: str) -> list[int]:
    """The numbers, each once, in order. Raises Invalid naming the part that cannot be read or a list that is too long."""
    found: dict[int, None] = {}
    for part in re.split(r"[,，;；\s]+(?!\s*[-–])", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        if not part:
            continue
        match = PART.fullmatch(part)
        if match is None:
            raise Invalid(
                N_("“%(part)s” is not a customer number or a range like 1001-1050."), field="numbers", part=part[:40]
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise Invalid(N_("The range %(part)s runs backwards."), field="numbers", part=part)
        if last - first + len(found) >= LIMIT:
            raise Invalid(N_("At most %(limit)s customers at once."), field="numbers", limit=LIMIT)
        found.update(dict.fromkeys(range(first, last + 1)))
    if not found:
        raise Invalid(N_("Say which customers: numbers or ranges."), field="numbers")
    return list(found)
