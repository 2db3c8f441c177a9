"""What an attachment really is, by its content and never by its name; and what is refused, each with its reason.

1. The first bytes say the kind. Programs, archives, databases and the old binary documents, which hide macros, are refused.
2. A package (DOCX, XLSX, PPTX, ODT, ODS, ODP) is opened: it must be the document it says, unpack to a bounded size, hold no
   package inside a package, no macros, no embedded programs. Its directory is read, nothing is unpacked.
3. A PDF that starts scripts or programs, or carries files, is refused as far as its bytes show it: what lies in a compressed
   part is not seen.
4. Whatever is taken is served with the media type found here and the ending that belongs to it, for saving only.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import N_, Invalid
from core.files.sniff import kind_of

HEAD = 64 * 1024
MOST_UNPACKED = 300 * 1024 * 1024
MOST_PARTS = 5_000
MOST_RATIO = 150
"""Text packs to a fiftieth at most; a part that packs further and is large says nothing but zeros."""
SMALL = 2 * 1024 * 1024

BOMB = N_("The file unpacks to far more than it is: it may be made to fill the disk. It was not kept.")
MACROS = N_("The file holds macros, which can run programs. Save it without them, such as DOCX or XLSX, or as PDF.")
ARCHIVE = N_("Archives are not taken. Unpack it and attach what is inside.")
PROGRAM = N_("Programs and databases are not taken. Documents, pictures, sound and text are.")
OLD = N_("The old document formats hide macros. Save it as DOCX, XLSX or PPTX, or as PDF.")
BROKEN = N_("The file is damaged or not what it seems: it cannot be opened.")
ACTIVE = N_("The PDF starts scripts or carries other files. Print it to a plain PDF and attach that.")
EMPTY = N_("The file is empty.")


@dataclass(frozen=True, kw_only=True)
class Found:
    media_type: str
    ending: str


PICTURES = (
    (b"\x89PNG\r\n\x1a\n", Found(media_type="image/png", ending=".png")),
    (b"\xff\xd8\xff", Found(media_type="image/jpeg", ending=".jpg")),
    (b"GIF87a", Found(media_type="image/gif", ending=".gif")),
    (b"GIF89a", Found(media_type="image/gif", ending=".gif")),
)
SOUNDS = ((b"ID3", "audio/mpeg", ".mp3"), (b"\xff\xfb", "audio/mpeg", ".mp3"), (b"\xff\xf3", "audio/mpeg", ".mp3"))
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
OFFICE = {
    "word/": Found(media_type=_OFFICE + "wordprocessingml.document", ending=".docx"),
    "xl/": Found(media_type=_OFFICE + "spreadsheetml.sheet", ending=".xlsx"),
    "ppt/": Found(media_type=_OFFICE + "presentationml.presentation", ending=".pptx"),
}
OPEN = {
    f"{_OPEN}text": ".odt",
    f"{_OPEN}spreadsheet": ".ods",
    f"{_OPEN}presentation": ".odp",
}
MACRO_PARTS = re.compile(
    r"(?:^|/)(?:vbaproject\.bin|vbadata\.xml|macrosheets/|basic/|scripts/|activex/)", re.IGNORECASE
)
INSIDE = re.compile(
    r"(?:\.(?:zip|docm|xlsm|pptm|jar|exe|dll|js|vbs|bat|cmd|ps1|7z|rar)|oleobject\d*\.bin)$", re.IGNORECASE
)
ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
TEXTS = {".csv": Found(media_type="text/csv", ending=".csv")}
TEXT = Found(media_type="text/plain", ending=".txt")
KINDS = (*(found for _, found in PICTURES), *OFFICE.values(), *TEXTS.values(), TEXT)
ENDINGS = frozenset(
    {*(found.ending for found in KINDS), *(ending for *_, ending in SOUNDS), *OPEN.values(), ".webp", ".wav", ".pdf"}
)
"""Those that a kept file may have: what it is, never what somebody wrote."""


def recognised(path: Path, *, name: str) -> Found:
    """What the file is. Raises Invalid with the reason why it is not taken."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Invalid(EMPTY, field="file")
    for magic, picture in PICTURES:
        if head.startswith(magic):
            return picture
    for begins, media_type, ending in SOUNDS:
        if head.startswith(begins):
            return Found(media_type=media_type, ending=ending)
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return (
            Found(media_type="image/webp", ending=".webp")
            if head[8:12] == b"WEBP"
            else Found(media_type="audio/wav", ending=".wav")
        )
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(OLD, field="file")
    if head.startswith(b"PK"):
        return _package(path)
    return _plain(path, head, name)


def _plain(path: Path, head: bytes, name: str) -> Found:
    kind = kind_of(head)
    if kind == "pdf":
        if ACTIVE_PDF.search(path.read_bytes()):
            raise Invalid(ACTIVE, field="file")
        return Found(media_type="application/pdf", ending=".pdf")
    if kind == "archive":
        raise Invalid(ARCHIVE, field="file")
    if kind != "text":
        raise Invalid(PROGRAM, field="file")
    return TEXTS.get(Path(name).suffix.lower(), TEXT)


def _package(path: Path) -> Found:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _bounded(parts, size=path.stat().st_size)
            names = [part.filename for part in parts]
            if any(MACRO_PARTS.search(each) for each in names):
                raise Invalid(MACROS, field="file")
            found = _document(package, names)
            if found is None:
                raise Invalid(ARCHIVE, field="file")
            if any(INSIDE.search(each) for each in names):
                raise Invalid(MACROS, field="file")
            return found
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, KeyError, ValueError):
        raise Invalid(BROKEN, field="file") from None


def _bounded(parts: list[zipfile.ZipInfo], *, size: int) -> None:
    """By the directory; and overlapping parts, which say one piece of the file many times over, are counted as they are."""
    total = sum(part.file_size for part in parts)
    wide = any(part.file_size > SMALL and part.file_size > MOST_RATIO * max(part.compress_size, 1) for part in parts)
    overlapping = sum(part.compress_size for part in parts) > size
    if len(parts) > MOST_PARTS or total > MOST_UNPACKED or wide or overlapping:
        raise Invalid(BOMB, field="file")


def _document(package: zipfile.ZipFile, names: list[str]) -> Found | None:
    if "[Content_Types].xml" in names:
        types = (
            package.read("[Content_Types].xml") if package.getinfo("[Content_Types].xml").file_size <= SMALL else b""
        )
        if not types:
            raise Invalid(BROKEN, field="file")
        if b"macroenabled" in types.lower():
            raise Invalid(MACROS, field="file")
        return next((found for folder, found in OFFICE.items() if any(each.startswith(folder) for each in names)), None)
    if names and names[0] == "mimetype":
        media_type = package.read("mimetype")[:200].decode("ascii", "replace").strip()
        return Found(media_type=media_type, ending=OPEN[media_type]) if media_type in OPEN else None
    return None


def forced_name(name: str, *, ending: str) -> str:
    """The name it is kept and served under: no path, nothing that cannot be seen, and the ending of what it is."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(each for each in text if unicodedata.category(each)[0] not in "CZ" or each == " ")
    stem = re.sub(r'[<>:"|?*]', "", seen).strip(" .")
    known = {".jpeg": ".jpg", ".text": ".txt", ".log": ".txt"}
    had = Path(stem).suffix.lower()
    if known.get(had, had) == ending:
        stem = stem[: -len(had)]
    return (stem[:120].strip(" .") or "file") + ending
