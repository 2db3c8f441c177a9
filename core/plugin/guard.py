"""Call a vertical's function so that its mistake becomes a value, not a page that breaks.

The caller decides what a failure means: the gate holds the act, a form refuses the value, an event stays in the outbox.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.plugin.types import Field, Reason, Rule, Wrong

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A vertical's function did not do its work. `declared` is the qualified key, such as `funeral.mourning`.

    `error` names the exception only: its text may hold the customer's data, and goes nowhere but to the debug log.
    """

    declared: str
    error: str

    @property
    def vertical(self) -> str:
        return self.declared.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[T]):
    """Either a value, or `refused` (what a validator raised), or a failure."""

    value: T | None = None
    refused: Wrong | None = None
    failure: Failure | None = None

    @property
    def ok(self) -> bool:
        return self.refused is None and self.failure is None


_NOTHING: Outcome[Any] = Outcome()
"""Said by most rules that are asked, so that it is made once."""


def call(function: Callable[..., T], *args: Any, declared: str) -> Outcome[T]:
    """The outcome of any function of a vertical: a route's view, a subscriber's handler, a demo's generator."""
    try:
        value = function(*args)
    except Exception as error:
        return Outcome(failure=_failure(declared, error=error))
    return _NOTHING if value is None else Outcome(value=value)


def validate(field: Field, value: Any, *, declared: str) -> Outcome[Any]:
    """The value in the validator's canonical form. Wrong is its way to refuse; any other exception is a failure."""
    if field.validator is None or value is None:
        return Outcome(value=value)
    try:
        canonical = field.validator(value)
        return Outcome(value=value if canonical is None else canonical)
    except Wrong as wrong:
        return Outcome(refused=wrong)
    except Exception as error:
        return Outcome(failure=_failure(declared, error=error))


def decide(
    rule: Rule, subject: Mapping[str, Any], *, parameters: Mapping[str, Any], declared: str
) -> Outcome[Reason | None]:
    """What a rule's function says; None means that it does not apply. Rules with `when` are the conditions' work."""
    if rule.decide is None:
        raise TypeError(f"{declared} has a condition, not a function")
    outcome: Outcome[Any] = call(rule.decide, subject, parameters, declared=declared)
    if outcome.value is not None and not isinstance(outcome.value, Reason):
        return Outcome(failure=Failure(declared=declared, error=f"returned {type(outcome.value).__name__}, not Reason"))
    return outcome


def _failure(declared: str, *, error: Exception) -> Failure:
    name = type(error).__name__
    log.error("%s failed with %s", declared, name)
    log.debug("%s failed", declared, exc_info=error)
    return Failure(declared=declared, error=name)
