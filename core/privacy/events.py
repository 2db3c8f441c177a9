"""What reveals tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class ValueRevealed(Event):
    """`subject` is the reveal; `fields` holds the name of the field, never what it holds."""

    name: ClassVar[str] = "value.revealed"
    customer_id: UUID
    record_id: UUID | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerErased(Event):
    """`subject` is the customer, of whom id and number are left; `counts` are rows by table."""

    name: ClassVar[str] = "customer.erased"
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class RightsRequestMoved(Event):
    """A person's request came, was answered or was taken back. `subject` is the request."""

    name: ClassVar[str] = "rights_request.moved"
    customer_id: UUID
    kind: str
    state: str
