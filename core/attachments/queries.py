"""Read what is attached to a customer or a case. A provider sees what is shared with it, by the wall and by the lease."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from core.attachments.content import ENDINGS
from core.attachments.models import Attachment
from core.attachments.service import kind_word
from core.context import Context
from core.db.keyset import Page, newest_first
from core.engagements.queries import leased
from core.fields.masks import written
from core.web.i18n import label

COLUMNS: tuple[Any, ...] = (
    Attachment.id, Attachment.customer_id, Attachment.case_id, Attachment.name, Attachment.note, Attachment.media_type,
    Attachment.size, Attachment.sha256, Attachment.party, Attachment.shown_name, Attachment.engagement_id,
    Attachment.visibility, Attachment.created_at, Attachment.updated_at, Attachment.version,
)  # fmt: skip


def attached(
    session: Session,
    *,
    context: Context,
    customer_id: UUID | None = None,
    case_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """A page of what is there, the newest first."""
    a = Attachment
    wanted: list[ColumnElement[bool]] = [a.removed_at.is_(None)]
    wanted.append(a.case_id == case_id if case_id is not None else a.customer_id == customer_id)
    if context.party == "provider":
        wanted.append(leased(a.customer_id, context))
    return newest_first(
        session, select(*COLUMNS).where(*wanted), moment=a.created_at, key=a.id, after=after, limit=limit
    )


def shown_name(row: Row[Any] | Attachment, *, context: Context) -> str:
    """A file's name often holds the customer's: who sees masks is told what it is instead; of their own files, without numbers."""
    if context.sight.clear:
        return str(row.name)
    if row.engagement_id is not None and row.engagement_id == context.engagement_id:
        return str(written(row.name, sight=context.sight))
    ending = Path(row.name).suffix
    return f"{label(kind_word(row.media_type))} {row.id.hex[-6:]}{ending if ending in ENDINGS else ''}"
