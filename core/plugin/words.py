"""Short ways to write what declarations repeat: a label in both languages, a choice with its label."""

from __future__ import annotations

from core.plugin.types import Choice, Label, Tone


def label(zh: str, en: str) -> Label:
    return {"zh-CN": zh, "en": en}


def choice(key: str, zh: str, en: str, tone: Tone = "mute") -> Choice:
    return Choice(key=key, label=label(zh, en), tone=tone)
