"""Slot columns: typed, indexed homes for fields that a vertical or tenant declares `indexed`.

The names are fixed; which field lives in which slot is data (`field_slot`), so indexing a field is a backfill, never DDL.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

TEXT_SLOTS = tuple(f"s{number:02}" for number in range(1, 17))
NUMBER_SLOTS = tuple(f"n{number:02}" for number in range(1, 13))
TIME_SLOTS = tuple(f"t{number:02}" for number in range(1, 9))


class Slots:
    """Mixin giving a table its slot columns."""

    __abstract__ = True
    __annotations__ = {
        **dict.fromkeys(TEXT_SLOTS, Mapped[str | None]),
        **dict.fromkeys(NUMBER_SLOTS, Mapped[int | None]),
        **dict.fromkeys(TIME_SLOTS, Mapped[datetime | None]),
    }


def _column(kind: type[Text] | type[BigInteger] | DateTime) -> object:
    return mapped_column(kind, nullable=True, sort_order=120, deferred=True, deferred_group="slots")


for _names, _kind in ((TEXT_SLOTS, Text), (NUMBER_SLOTS, BigInteger), (TIME_SLOTS, DateTime(timezone=True))):
    for _name in _names:
        setattr(Slots, _name, _column(_kind))


def slot_indexes(table: str) -> Iterator[Index]:
    """One partial index per slot: `(tenant_id, slot, id) WHERE slot IS NOT NULL`."""
    for name in (*TEXT_SLOTS, *NUMBER_SLOTS, *TIME_SLOTS):
        yield Index(f"ix_{table}_{name}", "tenant_id", name, "id", postgresql_where=text(f"{name} IS NOT NULL"))
