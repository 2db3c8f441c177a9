"""A field of one place, in a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.plugin import Field, label

CURRENCY = "CNY"
KILOMETRES = label("公里", "km")


def on(target: str) -> Callable[..., Field]:
    """`on("case")("reply", "答复内容", "Reply", "long_text")`: a maker of the fields of that place."""

    def made(key: str, zh: str, en: str, kind: Any = "text", **more: Any) -> Field:
        return Field(key=key, on=target, label=label(zh, en), kind=kind, **more)

    return made
