"""What attachments tell. Ids and kinds only, never the name of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class AttachmentAdded(Event):
    """`subject` is the attachment."""

    name: ClassVar[str] = "attachment.added"
    customer_id: UUID
    case_id: UUID | None
    media_type: str


@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(Event):
    name: ClassVar[str] = "attachment.removed"
    customer_id: UUID
    case_id: UUID | None
