"""What duplicates tell: two customers became one, a merge was undone. Subject is the survivor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class CustomersMerged(Event):
    """`customer_id` leads to the subject from now on; `fields` are those of the subject that changed."""

    name: ClassVar[str] = "customers.merged"
    customer_id: UUID


@dataclass(frozen=True, kw_only=True)
class CustomersUnmerged(Event):
    """`customer_id` stands for itself again; `fields` are those of the subject that went back."""

    name: ClassVar[str] = "customers.unmerged"
    customer_id: UUID
