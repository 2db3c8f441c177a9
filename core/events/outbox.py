"""Keep an event for those who hear of it after the act: once, however many they are."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.events import payload
from core.events.bus import Event

_KEPT = "events kept"


def keep(session: Session, event: Event) -> None:
    """In the act's transaction. The event's id is new with each event, so what a rollback took is not asked for again."""
    kept = session.info.setdefault(_KEPT, set())
    if event.id not in kept:
        session.add(payload.kept(event))
        session.flush()
        kept.add(event.id)
