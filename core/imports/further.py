"""What a row says beside the customer itself: further numbers and addresses, consents, do-not-contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.contacts.service import canonical_point
from core.fields.readers import NO, YES, folded
from core.plugin.types import Field

GIVEN_AT_FIELD = Field(key="given_at", label={"zh-CN": "同意的时间", "en": "When consents were given"}, kind="datetime")

GRANTED = YES | {"granted", "agreed", "opt-in", "同意", "已同意"}
REFUSED = NO | {"refused", "opt-out", "拒绝", "不同意"}
WITHDRAWN = frozenset({"withdrawn", "撤回", "已撤回"})

point = canonical_point
"""Value and key of a number or address. Raises Invalid."""


@dataclass(slots=True)
class Further:
    """`points` are kind, value and key; `consents` purpose, channel and status; `silences` purpose and channel."""

    points: list[tuple[str, str, str]] = field(default_factory=list)
    consents: list[tuple[str, str, str]] = field(default_factory=list)
    silences: list[tuple[str, str]] = field(default_factory=list)
    given_at: datetime | None = None
    evidence: str | None = None

    def say(self, target: str, text: str) -> bool:
        """Take what a column of consents says. Whether it could be read."""
        what, purpose, channel = target.split(":")
        word = folded(text).casefold()
        status = (
            "granted"
            if word in GRANTED
            else "refused"
            if word in REFUSED
            else "withdrawn"
            if word in WITHDRAWN
            else None
        )
        if what == "consent" and status is not None:
            self.consents.append((purpose, channel, status))
        elif what == "do_not_contact" and status in ("granted", "refused"):
            self.silences += [(purpose, channel)] if status == "granted" else []
        else:
            return False
        return True
