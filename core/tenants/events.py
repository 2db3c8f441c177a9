"""What tenants tell: the organisation has moved to another state of its life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class TenantMoved(Event):
    """`event` is the step's key (`suspend`, `close`...), `source` and `target` are states."""

    name: ClassVar[str] = "tenant.moved"
    event: str
    source: str
    target: str
