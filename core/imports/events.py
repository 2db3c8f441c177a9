"""What an import tells: once, at its end, with what was done. Single customers are not told one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from core.events.bus import Event


@dataclass(frozen=True, kw_only=True)
class CustomersImported(Event):
    """`subject` is the run; `counts` has created, updated, unchanged, rejected and warned."""

    name: ClassVar[str] = "customers.imported"
    counts: Mapping[str, int] = field(default_factory=dict)
