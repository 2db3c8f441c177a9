"""Tell a happening on a customer's timeline, in the transaction of the act.

`message` is an English msgid (marked with `N_`) with %(name)s places that `values` fill when somebody reads. A value is
a text, a number, a Label, or tagged so that the reader's language, zone and masks apply: see `core.timeline.words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.db.append import append
from core.timeline.models import TimelineEntry


def tell(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    kind: str,
    message: str,
    values: Mapping[str, Any] | None = None,
    note: str | None = None,
    tone: str = "info",
    icon: str = "info",
    visibility: Literal["shared", "client"] = "shared",
    subject: tuple[str, UUID] | None = None,
    occurred_at: datetime | None = None,
    channel: str | None = None,
) -> None:
    """Add one entry. `kind` is `<noun>.<past participle>`; its noun is what the page filters by, as it does by `channel`.

    What a provider's people tell is always shared: the client sees everything that is done on its customers.
    """
    row = {
        "customer_id": customer_id,
        "occurred_at": occurred_at or datetime.now(UTC),
        "kind": kind,
        "message": message,
        "values": dict(values or {}),
        "note": note,
        "tone": tone,
        "icon": icon,
        "party": context.party,
        "participant_id": context.participant_id,
        "shown_name": context.shown_name,
        "engagement_id": context.engagement_id,
        "visibility": "shared" if context.party == "provider" else visibility,
        "subject_type": subject[0] if subject else None,
        "subject_id": subject[1] if subject else None,
        "channel": channel,
    }
    append(session, TimelineEntry, row)
