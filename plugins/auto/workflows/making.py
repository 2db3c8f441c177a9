"""States and steps in a line each."""

from __future__ import annotations

from typing import Any

from core.plugin import State, Transition, label


def state(key: str, zh: str, en: str, kind: Any = "open") -> State:
    return State(key=key, label=label(zh, en), kind=kind)


def step(key: str, zh: str, en: str, source: str, target: str, **more: Any) -> Transition:
    return Transition(key=key, label=label(zh, en), source=source, target=target, **more)
