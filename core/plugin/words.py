"""Short ways to write what declarations repeat: a label in both languages, and a choice, field, state or step with its label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from core.plugin.processes import State, Transition
from core.plugin.specs import hookimpl
from core.plugin.types import Choice, Condition, Field, FieldKind, Label, Tone

D = TypeVar("D")


def declares(what: D) -> Callable[[], D]:
    """A hook that returns what is there already, in one line: `fields = declares(FIELDS)`."""

    @hookimpl
    def hook() -> D:
        return what

    return hook


def label(zh: str, en: str) -> Label:
    return {"zh-CN": zh, "en": en}


def choice(key: str, zh: str, en: str, tone: Tone = "mute") -> Choice:
    return Choice(key=key, label=label(zh, en), tone=tone)


def fields_on(target: str) -> Callable[..., Field]:
    """A maker of the fields of one place: `fields_on("case")("reply", "答复", "Reply", "long_text")`."""

    def made(key: str, zh: str, en: str, kind: FieldKind = "text", **more: Any) -> Field:
        return Field(key=key, on=target, label=label(zh, en), kind=kind, **more)

    return made


def state(key: str, zh: str, en: str, kind: Literal["initial", "open", "done", "failed"] = "open") -> State:
    return State(key=key, label=label(zh, en), kind=kind)


def step(key: str, zh: str, en: str, source: str, target: str, **more: Any) -> Transition:
    return Transition(key=key, label=label(zh, en), source=source, target=target, **more)


def both(*conditions: Condition) -> Condition:
    return {"op": "and", "of": list(conditions)}


def eq(field: str, value: Any) -> Condition:
    return {"op": "eq", "field": field, "value": value}


def one_of(field: str, *values: str) -> Condition:
    return {"op": "in", "field": field, "value": list(values)}


def known(field: str) -> Condition:
    return {"op": "is_set", "field": field}


def unlike(condition: Condition) -> Condition:
    return {"op": "not", "of": condition}
