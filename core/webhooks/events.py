"""The event of this feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class WebhookTested(Event):
    """Somebody wants to see whether an address hears us. `subject` is the endpoint; sent to it alone."""

    name: ClassVar[str] = "webhook.tested"
