"""What customers tell: one was made, one was changed, one got an identifier. Changed fields by name, never by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(Event):
    name: ClassVar[str] = "customer.created"


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Event):
    """`fields` holds core fields bare (`phone`) and those of verticals qualified."""

    name: ClassVar[str] = "customer.updated"


@dataclass(frozen=True, kw_only=True)
class CustomerIdentified(Event):
    """`scheme` says by which kind of number the customer can be found from now on."""

    name: ClassVar[str] = "customer.identified"
    scheme: str


@dataclass(frozen=True, kw_only=True)
class CustomersChanged(Event):
    """Many customers at once; `subject` is the bulk run, `act` what was done."""

    name: ClassVar[str] = "customers.changed"
    act: str
    counts: Mapping[str, int]
