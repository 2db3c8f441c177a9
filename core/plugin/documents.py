"""What people of a sector say and are judged by: call scripts, and the forms by which quality is rated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the customer may say to a step, and the step it leads to; None ends the script."""

    key: str
    label: Label
    then: str | None = None


@dataclass(frozen=True, kw_only=True)
class ScriptStep:
    """What is said. In `text`, `{name}` stands for a value as its reader may see it, masked where theirs is.

    Values: `customer.name`, `customer.number`, `agent.name`, `agent.no`, `client.name`, `provider.name`, the vertical's own
    fields of customers by bare key, and of a script for a case `case.number` and `case.<field>`.
    A `mandatory` step is said word for word, such as the notice that a call is recorded; `citation` is where that is written.
    Without `answers` the step `then` follows, else the next one.
    """

    key: str
    label: Label
    text: Label
    mandatory: bool = False
    citation: str = ""
    answers: Sequence[Answer] = ()
    then: str | None = None


@dataclass(frozen=True, kw_only=True)
class Script:
    """A call script. `workflow` is the kind of case it is for; without one it is for contacts for any of `purposes`.

    Empty `channels` mean all. It begins with its first step; every step can be reached.
    """

    key: str
    label: Label
    steps: Sequence[ScriptStep]
    version: int = 1
    workflow: str | None = None
    purposes: Sequence[str] = ()
    channels: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class QaItem:
    """One thing that is listened for. `weight` are its points of a hundred; a `fatal` one has none: missed, all are lost."""

    key: str
    label: Label
    weight: int = 0
    fatal: bool = False
    citation: str = ""
    help: Label | None = None


@dataclass(frozen=True, kw_only=True)
class QaForm:
    """A form for rating contacts, for any of `purposes`, on `channels` (empty: all). Its weights add up to a hundred."""

    key: str
    label: Label
    items: Sequence[QaItem]
    version: int = 1
    purposes: Sequence[str] = ()
    channels: Sequence[str] = ()
