"""Form controls as values: what a field shows, what is wrong with it, how it is labelled.

A view (or a schema of declared fields) makes `Control`s; the macro `ui.field(control)` draws one with its label, help,
error and ARIA wiring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from flask import request
from flask_babel import gettext

from core.errors import DomainError

ControlKind = Literal[
    "text", "textarea", "select", "checkbox", "checks", "radio", "date", "datetime", "time", "number", "money",
    "email", "tel", "password", "search", "file", "hidden",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Option:
    value: str
    label: Any
    disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Control:
    """One field of a form. `label` and `help` may be lazy texts or Label mappings; `value` is what the person sees.

    `checks` is a group of checkboxes and has a list as value. `reason` says why the control is read-only. `shown_when` is a
    condition over other controls of the form as JSON (see kehub.js); without scripts the control is simply there.
    """

    name: str
    label: Any
    kind: ControlKind = "text"
    value: Any = None
    help: Any = None
    error: str | None = None
    required: bool = False
    options: Sequence[Option] = ()
    unit: Any = None
    currency: str | None = None
    minimum: Any = None
    maximum: Any = None
    step: Any = None
    rows: int = 4
    maxlength: int | None = None
    autocomplete: str | None = None
    placeholder: str | None = None
    accept: str | None = None
    readonly: bool = False
    reason: Any = None
    autofocus: bool = False
    shown_when: str | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-").replace(":", "-")

    @property
    def described_by(self) -> str:
        """Ids of the hint and the error, as `aria-describedby` wants them."""
        parts = []
        if self.help:
            parts.append(f"{self.id}-help")
        if self.reason:
            parts.append(f"{self.id}-why")
        if self.error:
            parts.append(f"{self.id}-error")
        return " ".join(parts)

    def has(self, value: str) -> bool:
        """Whether an option is the chosen one (or one of them)."""
        if isinstance(self.value, (list, tuple, set, frozenset)):
            return value in {str(each) for each in self.value}
        return str("" if self.value is None else self.value) == value


def control(name: str, label: Any, **rest: Any) -> Control:
    """A Control as templates write it: `control("email", _("Work email"), kind="email", required=true)`."""
    rest["options"] = [_option(each) for each in rest.get("options", ())]
    return Control(name=name, label=label, **rest)


def _option(each: Any) -> Option:
    if isinstance(each, Option):
        return each
    if isinstance(each, (tuple, list)):
        return Option(value=str(each[0]), label=each[1])
    return Option(value=str(each), label=each)


def filled(
    controls: Iterable[Control], *, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> list[Control]:
    """The controls again with what the person typed and what is wrong with it: nothing typed is lost."""
    wrong = errors or {}
    return [
        replace(each, value=values.get(each.name, each.value), error=wrong.get(each.name, each.error))
        for each in controls
    ]


def errors_of(error: DomainError) -> dict[str, str]:
    """Translated messages of a domain error by field; the empty key holds what belongs to no field."""
    found = {each.field: gettext(each.message, **each.params) for each in error.errors}
    if not found:
        found[error.field or ""] = gettext(error.message, **error.params)
    return found


def form_number(name: str) -> int:
    """A whole number that our own form sent along, such as the `version` that was seen; 0, which no row has, for any other text."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def as_id(text: str) -> UUID | None:
    """The id that a form of ours sent; None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None
