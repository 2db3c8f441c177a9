"""The counts of rate limits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Model


class RateCount(Model):
    """How much was spent under a key in one slot of its window. The key is a keyed digest of whom it counts.

    Unlogged: the table is written on every counted act and is worth nothing after a crash, when all windows begin anew.
    """

    __tablename__ = "rate_count"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    key: Mapped[bytes] = mapped_column(BYTEA, primary_key=True)
    slot: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(index=True)
