"""What is wrong with the verticals, gathered so that one refusal of the boot names everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing to change: in which vertical, where in it, what is wrong and what to do where `problem` says it not."""

    vertical: str
    where: str
    problem: str
    fix: str = ""

    def __str__(self) -> str:
        advice = f" To do: {self.fix}." if self.fix else ""
        return f"{self.vertical}: {self.where}: {self.problem}.{advice}"


class BootError(Exception):
    """The verticals cannot be loaded as they are; the message names every fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        lines = "".join(f"\n  - {fault}" for fault in self.faults)
        super().__init__(f"Kehub does not start: {count} in the verticals.{lines}")
