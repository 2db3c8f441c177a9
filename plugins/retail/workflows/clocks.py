"""What the clocks of a shop have in common: Chinese working days, and whom they tell when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.plugin import Escalation, Timer, label

WARN_THEN_TELL = (
    Escalation(percent=60, role="provider_manager"),
    Escalation(percent=100, role="client_manager"),
)
TELL_THE_HEAD = (Escalation(percent=80, role="client_manager"), Escalation(percent=100, role="client_admin"))


def clock(
    key: str,
    zh: str,
    en: str,
    parameter: str,
    start: str,
    stops: Sequence[str],
    *,
    escalations: Sequence[Escalation] = WARN_THEN_TELL,
    **more: Any,
) -> Timer:
    return Timer(
        key=key, label=label(zh, en), parameter=parameter, start=start, stops=tuple(stops), calendar="CN",
        escalations=tuple(escalations), **more,
    )  # fmt: skip
