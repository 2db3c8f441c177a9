"""The file table. The bytes lie in the store under the id; the client's file name is only ever shown, never used as a path."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel
from core.db.walls import Walls


class StoredFile(TenantModel):
    """A file in the store: uploaded or made. `purpose` says what for, `expires_at` until when it is needed."""

    __tablename__ = "stored_file"
    __walls__: ClassVar[Walls] = Walls()

    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    purpose: Mapped[str]
    expires_at: Mapped[datetime | None]
