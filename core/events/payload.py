"""An event as the outbox keeps it, and back: what its class adds to every event, as JSON. Ids and names, never values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args, get_type_hints
from uuid import UUID

import orjson

from core.context import Context
from core.events.bus import Event
from core.events.models import OutboxEvent

BASE = frozenset(field.name for field in dataclasses.fields(Event)) - {"fields"}


def kept(event: Event) -> OutboxEvent:
    """The row of an event that somebody hears of later."""
    context = event.context
    told = {field.name: getattr(event, field.name) for field in dataclasses.fields(event) if field.name not in BASE}
    return OutboxEvent(
        id=event.id, name=event.name, event_version=event.version, occurred_at=event.occurred_at, party=context.party,
        participant_id=context.participant_id, engagement_id=context.engagement_id, subject_id=event.subject,
        payload=orjson.loads(orjson.dumps(told, default=list)),
    )  # fmt: skip


def restored(row: OutboxEvent, *, kind: type[Event], context: Context) -> Event:
    """The event again, in the context of whoever hears of it now."""
    hints = get_type_hints(kind)
    names = {field.name for field in dataclasses.fields(kind)}
    told = {name: _typed(value, hints[name]) for name, value in row.payload.items() if name in names}
    return kind(id=row.id, occurred_at=row.occurred_at, subject=row.subject_id, context=context, **told)


def _typed(value: Any, hint: Any) -> Any:
    wanted = {hint, *get_args(hint)}
    if isinstance(value, str) and UUID in wanted:
        return UUID(value)
    if isinstance(value, str) and datetime in wanted:
        return datetime.fromisoformat(value)
    if isinstance(value, Mapping):
        return dict(value)
    return tuple(value) if isinstance(value, list) else value
