"""Read records: those of a customer, with what they are known by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.context import Context
from core.engagements.queries import leased
from core.records.models import Record, RecordIdentifier

LIMIT = 200

_RECORD = (
    Record.id, Record.type, Record.number, Record.customer_id, Record.parent_id, Record.state, Record.exposure,
    Record.occurred_at, Record.ends_at, Record.amount_minor, Record.currency, Record.attributes, Record.version,
)  # fmt: skip


def records_of(session: Session, *, context: Context, customer_id: UUID, limit: int = 50) -> Sequence[Any]:
    """A customer's records by type and number, with `identifiers` as `{scheme: value}`. Mask both for a provider."""
    known_by = (
        select(func.jsonb_object_agg(RecordIdentifier.scheme, RecordIdentifier.value))
        .where(RecordIdentifier.record_id == Record.id)
        .scalar_subquery()
    )
    columns: list[Any] = [*_RECORD, known_by.label("identifiers")]
    visible = or_(Record.exposure == "shared", leased(Record.customer_id, context))
    return session.execute(
        select(*columns)
        .where(Record.customer_id == customer_id, visible)
        .order_by(Record.type, Record.number)
        .limit(min(limit, LIMIT))
    ).all()
