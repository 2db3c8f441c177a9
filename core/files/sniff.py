"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

from typing import Literal

Kind = Literal["text", "workbook", "pdf", "image", "archive", "binary"]

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "archive"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"SQLite format 3", "binary"),
    (b"\x7fELF", "binary"),
    (b"MZ\x90", "binary"),
)
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(range(9)) + bytes(range(14, 32))
MOST_CONTROLS = 0.01


def kind_of(head: bytes) -> Kind:
    """The kind of a file whose first kilobytes these are. A text may hold single control characters."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return "workbook" if kind == "archive" and b"xl/" in head else kind
    if head.startswith(_BYTE_ORDER_MARKS):
        return "text"
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "binary" if controls > MOST_CONTROLS * len(head) + 1 else "text"
