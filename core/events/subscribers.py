"""Verticals hear of events: what they declare as `Subscriber` is called from here alone.

1. `install` puts one listener behind the core's own handlers of each event that a vertical listens to.
2. Only verticals that the acting tenant has on hear anything.
3. `inline` handlers are called at once, in the act's transaction: what one raises undoes the act and is told.
4. For `outbox` handlers the event is kept, with one job each, in the act's transaction (`core.events.jobs`).
"""

from __future__ import annotations

import secrets
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import N_, DomainError, Unavailable
from core.events import bus, outbox
from core.events.bus import Event
from core.plugin.types import Subscriber

LOG = structlog.get_logger(__name__)
BROKEN = N_("Nothing was changed: the vertical %(vertical)s failed while it followed this up. Reference %(reference)s.")

Fill = Callable[..., Context]
"""`fill(session, context=...)`: a job's context with the tenant's verticals and settings. Raises NotFound."""
Deliver = Callable[[Session, Event, str], None]
"""Enqueues the delivery of a kept event to the listener of that name."""


@dataclass(frozen=True)
class Listener:
    """One vertical's handler of one event. Its name outlives releases of the vertical that keep the handler's name."""

    vertical: str
    subscriber: Subscriber

    @property
    def name(self) -> str:
        handle = self.subscriber.handle
        named = handle if hasattr(handle, "__qualname__") else type(handle)
        return f"{self.vertical}:{self.subscriber.event}:{named.__module__}.{named.__qualname__}"


class Verticals:
    """The listeners of one event, as its handler on the bus."""

    def __init__(self, listeners: Sequence[Listener], deliver: Deliver) -> None:
        self._inline = [each for each in listeners if each.subscriber.mode == "inline"]
        self._outbox = [each for each in listeners if each.subscriber.mode == "outbox"]
        self._deliver = deliver

    def __call__(self, session: Session, event: Event) -> None:
        enabled = event.context.enabled
        for listener in self._inline:
            if listener.vertical in enabled:
                call(listener, session, event)
        later = [listener for listener in self._outbox if listener.vertical in enabled]
        if not later:
            return
        outbox.keep(session, event)
        for listener in later:
            self._deliver(session, event, listener.name)


def call(listener: Listener, session: Session, event: Event) -> None:
    """Call an inline handler. A mistake in it becomes an error that its reader can report; collisions stay what they are."""
    try:
        listener.subscriber.handle(session, event)
    except (DomainError, DBAPIError):
        raise
    except Exception as error:
        reference = secrets.token_hex(3).upper()
        trace = "".join(traceback.format_tb(error.__traceback__))
        LOG.error(
            "subscriber failed", listener=listener.name, reference=reference, error=type(error).__name__, trace=trace
        )
        raise Unavailable(BROKEN, vertical=listener.vertical, reference=reference) from None


_listeners: dict[str, Listener] = {}
_fill: list[Fill] = []


def install(declared: Iterable[tuple[str, Subscriber]], *, fill: Fill, deliver: Deliver) -> None:
    """Let the verticals hear; called once by `app.py`, after the core's own handlers."""
    _listeners.clear()
    _fill[:] = [fill]
    by_event: dict[str, list[Listener]] = defaultdict(list)
    for vertical, subscriber in declared:
        listener = Listener(vertical, subscriber)
        _listeners[listener.name] = listener
        by_event[subscriber.event].append(listener)
    kinds = bus.known()
    for name, listeners in by_event.items():
        bus.subscribe(kinds[name], Verticals(listeners, deliver))


def listeners() -> Mapping[str, Listener]:
    """By name."""
    return _listeners


def filled(session: Session, context: Context) -> Context:
    return _fill[0](session, context=context)
