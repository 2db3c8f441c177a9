"""vCards (2.1, RFC 2426, RFC 6350) as rows of text: one card a line, the columns that occur, named so that they map themselves.

Lines are unfolded, parameters read, values decoded (quoted-printable and other character sets of 2.1 too) and unescaped. What has
no column here (pictures, keys, sounds) is passed over unread.
"""

from __future__ import annotations

import csv
import io
import quopri
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.errors import N_, Invalid

COLUMNS = (
    "External ID", "Name", "Kind", "Phone", "Phone 2", "Phone 3", "Email", "Email 2", "Email 3", "Address", "Address 2",
    "City", "Country", "Date of birth", "Organisation", "Title", "Note",
)  # fmt: skip
MANY = {"Phone": 3, "Email": 3, "Address": 2}
LONGEST = 20_000
"""Characters of a line, unfolded; a longer one holds a picture."""
MOST = 200_000
NO_CARD = N_("The file holds no vCard that is complete (BEGIN:VCARD ... END:VCARD).")
NOT_CLOSED = N_("A vCard that begins on line %(line)d has no end.")
DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
LINE = re.compile(r"(?:[\w-]+\.)?([A-Za-z-]+)((?:;(?:[^\":;]|\"[^\"]*\")*)*):(.*)", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
SPLIT = re.compile(r"(?<!\\);")

Card = dict[str, str]


def as_csv(path: Path, *, encoding: str) -> Iterator[bytes]:
    """Raises Invalid where there is no card, or one has no end."""
    used: dict[str, None] = {}
    everyone_named = True
    count = 0
    for card in cards(path, encoding=encoding):
        used.update(dict.fromkeys(card))
        everyone_named = everyone_named and "External ID" in card
        count += 1
    if not count or count > MOST:
        raise Invalid(NO_CARD, field="file")
    columns = [each for each in COLUMNS if each in used and (everyone_named or each != "External ID")]
    yield _line(columns)
    for card in cards(path, encoding=encoding):
        yield _line([card.get(each, "") for each in columns])


def cards(path: Path, *, encoding: str) -> Iterator[Card]:
    """One dictionary a card: column to text."""
    card: Card | None = None
    began = 0
    with path.open("r", encoding=encoding, errors="replace", newline=None) as file:
        for number, line in _unfolded(file):
            found = LINE.match(line)
            if found is None:
                continue
            name, params, value = found[1].upper(), found[2].upper(), found[3]
            if name == "BEGIN" and value.strip().upper() == "VCARD":
                card, began = {}, number
            elif card is None:
                continue
            elif name == "END":
                yield _whole(card)
                card = None
            elif len(value) <= LONGEST:
                _take(card, name, params, _decoded(value, params))
    if card is not None:
        raise Invalid(NOT_CLOSED, field="file", line=began)


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Logical lines: a continuation begins with a space, or follows a `=` at the end of quoted-printable text."""
    held, began, soft = "", 1, False
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\n")
        if soft:
            held += line
        elif line[:1] in (" ", "\t"):
            held = held + line[1:] if len(held) <= LONGEST else held
        else:
            if held:
                yield began, held
            held, began = line, number
        soft = held.endswith("=") and "QUOTED-PRINTABLE" in held[:200].upper()
        held = held[:-1] if soft else held
    if held:
        yield began, held


def _decoded(value: str, params: str) -> str:
    if "QUOTED-PRINTABLE" not in params:
        return value
    charset = re.search(r"CHARSET=\"?([\w-]+)", params)
    raw = quopri.decodestring(value.encode("utf-8", errors="replace"))
    try:
        return raw.decode(charset[1] if charset else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return raw.decode("utf-8", errors="replace")


def _plain(text: str) -> str:
    text = ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], text)
    return " ".join(text.split())


def _take(card: Card, name: str, params: str, value: str) -> None:
    parts = [_plain(part) for part in SPLIT.split(value)]
    plain = _plain(value)
    if name == "FN" and plain:
        card["Name"] = plain
    elif name == "N":
        family, given = [*parts, ""][:2]
        asian = re.search("[\u3400-\u9fff\uac00-\ud7a3]", family + given)
        card.setdefault("Name", f"{family}{given}" if asian else f"{given} {family}".strip())
    elif name in ("TEL", "EMAIL"):
        column = "Phone" if name == "TEL" else "Email"
        _add(card, column, plain.removeprefix("tel:").removeprefix("mailto:"), first="PREF" in params)
    elif name == "ADR":
        _address(card, [*parts, *[""] * 7][:7])
    elif name == "BDAY" and (found := DATE.match(plain)):
        card["Date of birth"] = "-".join(found.groups())
    elif name == "UID" and plain:
        card["External ID"] = plain.removeprefix("urn:uuid:")[:200]
    elif name == "KIND":
        card["Kind"] = "organisation" if plain.lower() in ("org", "organization") else "person"
    elif name == "X-ABSHOWAS" and plain.upper() == "COMPANY":
        card["Kind"] = "organisation"
    elif (column := {"ORG": "Organisation", "TITLE": "Title", "NOTE": "Note"}.get(name, "")) and plain:
        card[column] = " ".join(part for part in parts if part) if name == "ORG" else plain


def _address(card: Card, parts: list[str]) -> None:
    """Post office box and extension, street, city, province, code, country: as it is written where it is."""
    city, country = parts[3], parts[6]
    chinese = re.search("[\u3400-\u9fff]", "".join(parts))
    order = (6, 4, 3, 2, 1, 0) if chinese else (0, 1, 2, 3, 4, 5, 6)
    text = ("" if chinese else ", ").join(parts[place] for place in order if parts[place])
    text = f"{text} {parts[5]}".strip() if chinese else text
    if text:
        _add(card, "Address", text)
        card.setdefault("City", city)
        if len(country) == 2 and country.isascii() and country.isalpha():
            card.setdefault("Country", country.upper())


def _add(card: Card, column: str, value: str, *, first: bool = False) -> None:
    """In the next free column of its kind; the preferred one in the first."""
    places = [column, *(f"{column} {number}" for number in range(2, MANY[column] + 1))]
    held = [card[place] for place in places if place in card]
    if value and value not in held:
        held = [value, *held] if first else [*held, value]
        card.update(zip(places, held, strict=False))


def _whole(card: Card) -> Card:
    if not card.get("Name") and card.get("Organisation"):
        card |= {"Name": card["Organisation"], "Kind": "organisation"}
    return {column: text for column, text in card.items() if text}


def _line(cells: list[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue().encode("utf-8", errors="replace")
