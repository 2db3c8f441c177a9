"""What engagements tell: a list was lent, a list was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class CustomersLeased(Event):
    """`subject` is the engagement; one event for the whole list."""

    name: ClassVar[str] = "customers.leased"
    count: int


@dataclass(frozen=True, kw_only=True)
class LeasesEnded(Event):
    name: ClassVar[str] = "leases.ended"
    count: int
