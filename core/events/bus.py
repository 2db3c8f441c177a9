"""The bus: `emit` calls the handlers of an event's type at once, in the transaction of the act.

An event carries ids and changed field *names*, never values. `app.py` alone subscribes, so that the wiring is read in one place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.db.base import new_id


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. `name` is `<noun>.<past participle>`; `subject` the id of the noun."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    context: Context
    subject: UUID
    fields: Sequence[str] = ()
    id: UUID = field(default_factory=new_id)
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))


Handler = Callable[[Session, Any], None]
_handlers: dict[type[Event], list[Handler]] = defaultdict(list)


def reset() -> None:
    """Forget every subscription (an app is being made)."""
    _handlers.clear()


def subscribe(event: type[Event], handler: Handler) -> None:
    _handlers[event].append(handler)


def known() -> Mapping[str, type[Event]]:
    """Every event of the core by name, once the features' modules are loaded."""
    return {kind.name: kind for kind in _below(Event) if kind.__module__.startswith("core.") and "name" in vars(kind)}


def _below(kind: type[Event]) -> Iterator[type[Event]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def emit(session: Session, event: Event) -> None:
    """Tell an event to its handlers, in order of subscription. What one raises undoes the act."""
    for handler in _handlers[type(event)]:
        handler(session, event)
