"""Read a list of customer numbers as people write them: `1001-1050, 1077` or one a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from core.errors import N_, Invalid

LIMIT = 250_000
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


def read_file(data: bytes) -> list[int]:
    """The numbers in the first column of a CSV file, each once; a heading is passed over. Raises Invalid naming the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(N_("The file is no UTF-8 text. Save it as CSV UTF-8."), field="file") from None
    found: dict[int, None] = {}
    for line, row in enumerate(csv.reader(text.splitlines()), start=1):
        cell = row[0].strip() if row else ""
        if not cell or (line == 1 and not cell.isdecimal()):
            continue
        if not (cell.isascii() and cell.isdecimal() and len(cell) <= 12):
            raise Invalid(N_("Line %(line)s has no customer number in its first column."), field="file", line=line)
        found[int(cell)] = None
        if len(found) > LIMIT:
            raise Invalid(N_("At most %(limit)s customers at once."), field="file", limit=LIMIT)
    if not found:
        raise Invalid(N_("The file has no customer numbers in its first column."), field="file")
    return list(found)


def written(numbers: Iterable[int]) -> str:
    """The same numbers as ranges, sorted: what `read_numbers` reads back."""
    parts: list[str] = []
    first = last = None
    for number in [*sorted(numbers), None]:
        if first is not None and last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            parts.append(str(first) if first == last else f"{first}-{last}")
        first = last = number
    return ", ".join(parts)
