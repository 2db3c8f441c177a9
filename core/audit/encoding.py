"""The canonical bytes of an entry and of a batch's header, version 1. What is sealed is exactly these bytes.

Both are JSON (RFC 8259) in UTF-8: keys sorted by code point, no space, no escape that JSON does not demand, times in UTC with
six digits and `Z`, ids as lower-case text, digests as lower-case hexadecimal. `v` is the version: another encoding gets
another number and leaves this one as it is.

An entry's bytes hold every column but `updated_at` and `version`, which the frame of all tables brings and which never
change in a row that is only added. Digests are SHA-256 with a byte before that says of what (RFC 6962): 0 an entry, 1 a pair
in the tree (`merkle.py`), 2 a header.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

VERSION = 1
FIRST = bytes(32)
"""What the first batch of a tenant names as the batch before."""

ENTRY = (
    "tenant_id", "id", "sequence", "transaction_id", "occurred_at", "created_at", "created_by", "action", "outcome", "reason",
    "participant_id", "party", "engagement_id", "subject_type", "subject_id", "customer_id", "fields", "details", "kept",
    "seat_id", "seat", "request_id",
)  # fmt: skip
"""The columns of an entry, by which it is read wherever it is sealed, checked or handed out."""

HEADER = (
    "tenant_id", "number", "encoding", "entries", "first_at", "last_at", "highest_sequence", "floor_sequence",
    "from_transaction", "from_sequence", "until_transaction", "until_sequence", "previous_hash", "root", "sealed_at", "key_id",
)  # fmt: skip
"""The columns of a batch that its signature covers; `root` covers the entries."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    convert = _PLAIN.get(type(value))
    return value if convert is None else convert(value)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


_PLAIN: Mapping[type, Callable[[Any], str]] = {
    UUID: str,
    datetime: _moment,
    bytes: bytes.hex,
    memoryview: memoryview.hex,
}
_MOMENTS = ("occurred_at", "created_at")
_SAME = frozenset({str, int, bool, type(None)})
"""What orjson writes as the canonical form has it, nested in lists or not. Of a float it writes another text."""


def entry(row: Any) -> bytes:
    """The canonical bytes of an entry; `row` has the columns of `ENTRY` in their order.

    Nearly all are written by orjson, the same bytes in a tenth of the time: a trail is sealed and checked entry by entry.
    """
    values = dict(zip(ENTRY, row, strict=True))
    for name in _MOMENTS:
        values[name] = plain(values[name])
    values["v"] = VERSION
    if _simple(values["details"]) and _simple(values["kept"]):
        try:
            return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # a number beyond 64 bits
            pass
    return canonical({name: plain(value) for name, value in values.items()})


def canonical(values: Mapping[str, Any]) -> bytes:
    """The form itself: JSON with sorted keys, no blanks, and every sign as it is."""
    return _encode(values).encode()


def _simple(document: Mapping[str, Any] | None) -> bool:
    return document is None or all(
        type(value) in _SAME or (type(value) is list and all(type(each) in _SAME for each in value))
        for value in document.values()
    )


def leaf(row: Any) -> bytes:
    """The digest of an entry."""
    return hashlib.sha256(b"\x00" + entry(row)).digest()


def header(batch: Any) -> bytes:
    """The canonical bytes of a batch's header: of an AuditBatch, or of a mapping of its columns."""
    read = batch.__getitem__ if isinstance(batch, Mapping) else lambda name: getattr(batch, name)
    return canonical({"v": VERSION, **{name: plain(read(name)) for name in HEADER}})


def header_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x02" + data).digest()
