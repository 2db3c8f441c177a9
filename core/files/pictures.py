"""Pictures that others will see: PNG and JPEG, known by their bytes, of a bounded size, and rid of all but the image.

A picture is taken apart and put together from the parts that draw it: notes, places, previews and whatever was hidden behind
its end are left out. SVG is a document with scripts and is refused. Sizes come from the header, before anybody decodes it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import N_, Invalid

PNG = b"\x89PNG\r\n\x1a\n"
DRAWN = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
SIZES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""JPEG's frame headers, which carry width and height (ITU-T T.81, table B.1)."""

WRONG_KIND = N_("A picture is a PNG or a JPEG file. SVG and others are not taken.")
BROKEN = N_("The picture is damaged: it ends too early, or holds more than it says.")
TOO_LARGE = N_("The picture has %(width)s × %(height)s points, it may have %(most)s × %(most)s.")


@dataclass(frozen=True, kw_only=True)
class Picture:
    media_type: str
    width: int
    height: int
    body: bytes


def cleaned(raw: bytes, *, most: int) -> Picture:
    """The picture alone. `most` is the widest and highest it may be, in points. Raises Invalid."""
    try:
        if raw.startswith(PNG):
            return _png(raw, most)
        if raw.startswith(b"\xff\xd8\xff"):
            return _jpeg(raw, most)
    except (struct.error, IndexError, zlib.error):
        raise Invalid(BROKEN, field="logo") from None
    raise Invalid(WRONG_KIND, field="logo")


def _bounded(width: int, height: int, most: int) -> None:
    if not (0 < width <= most and 0 < height <= most):
        raise Invalid(TOO_LARGE, field="logo", width=width, height=height, most=most)


def _png(raw: bytes, most: int) -> Picture:
    parts, width, height, packed = [PNG], 0, 0, b""
    for kind, body in _chunks(raw):
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
            _bounded(width, height, most)
        if kind == b"IDAT":
            packed += body
        if kind in DRAWN:
            parts.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    if not width or not packed or len(parts) < 4:
        raise Invalid(BROKEN, field="logo")
    # Eight bytes a point and a filter byte a line are the most that PNG has; a stream that is longer is a bomb.
    reader = zlib.decompressobj()
    reader.decompress(packed, (width * 8 + 1) * height + 64 * most)
    if reader.unconsumed_tail or not reader.eof:
        raise Invalid(BROKEN, field="logo")
    return Picture(media_type="image/png", width=width, height=height, body=b"".join(parts))


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while True:
        (size,) = struct.unpack(">I", raw[at : at + 4])
        kind, body = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]
        (checksum,) = struct.unpack(">I", raw[at + 8 + size : at + 12 + size])
        if zlib.crc32(kind + body) != checksum:
            raise Invalid(BROKEN, field="logo")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + size


def _jpeg(raw: bytes, most: int) -> Picture:
    parts, width, height, at = [raw[:2]], 0, 0, 2
    while True:
        if raw[at] != 0xFF:
            raise Invalid(BROKEN, field="logo")
        marker = raw[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        (size,) = struct.unpack(">H", raw[at + 2 : at + 4])
        if marker in SIZES:
            height, width = struct.unpack(">HH", raw[at + 5 : at + 9])
            _bounded(width, height, most)
        notes = (0xE1 <= marker <= 0xEF and marker != 0xEE) or marker == 0xFE
        if not notes:
            parts.append(raw[at : at + 2 + size])
        at += 2 + size
        if marker == 0xDA:
            break
    end = raw.rfind(b"\xff\xd9")
    if not width or end < at:
        raise Invalid(BROKEN, field="logo")
    return Picture(media_type="image/jpeg", width=width, height=height, body=b"".join(parts) + raw[at : end + 2])
