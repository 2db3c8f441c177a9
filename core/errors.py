"""What can go wrong in the domain, as one tree.

A service raises; the web and API edges translate the message and map the status in one place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract, translate later"
    """Mark a message for extraction without translating it now."""
    return message


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One wrong field. `field` is its qualified key, `message` an English msgid with %(name)s places."""

    field: str
    code: str
    message: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class DomainError(Exception):
    """A rule of the domain refused. `message` is a msgid a user can act on; `params` fill its places."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    default: ClassVar[str] = N_("This could not be done.")
    evidence: Callable[[Any], None] | None = None
    """What must be stored although the act is rolled back: it gets the session after the rollback, and is committed."""

    headers: Mapping[str, str] = {}
    """Headers of the answer, such as Retry-After."""
    members: Mapping[str, Any] = {}
    """Members of the problem document beside those that all have."""

    def __init__(
        self, message: str | None = None, *, field: str | None = None, errors: Sequence[FieldError] = (), **params: Any
    ) -> None:
        self.message = message or self.default
        self.params = params
        self.field = field
        self.errors = list(errors)
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


def keep_evidence(session: Any, error: DomainError) -> None:
    """Roll the act back and store the evidence of its refusal, if there is any, in a transaction of its own."""
    session.rollback()
    if error.evidence is not None:
        error.evidence(session)
        session.commit()


class NotFound(DomainError):
    """Absent or not yours: the same answer, so that existence is not told."""

    code = "not_found"
    status = 404
    default = N_("Not found.")


class Denied(DomainError):
    code = "denied"
    status = 403
    default = N_("You may not do this.")


class Conflict(DomainError):
    code = "conflict"
    status = 409
    default = N_("Somebody else was first.")


class Stale(DomainError):
    code = "stale"
    status = 412
    default = N_("This was changed since you opened it. Look at the new state and try again.")


class Invalid(DomainError):
    code = "invalid"
    status = 422
    default = N_("Some values need correction.")


class TooMany(DomainError):
    code = "too_many"
    status = 429
    default = N_("Too many attempts. Wait a moment and try again.")


class Unavailable(DomainError):
    code = "unavailable"
    status = 503
    default = N_("This is not available at the moment.")
