"""What only the API refuses: no credential, no precondition, a key used twice for different things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from core.errors import N_, DomainError


class Unauthorized(DomainError):
    """The same answer for a token that is missing, unknown, revoked or expired."""

    code: ClassVar[str] = "unauthorized"
    status: ClassVar[int] = 401
    default: ClassVar[str] = N_("A valid token is needed: send `Authorization: Bearer` with a token of this workspace.")


class AssuranceWanted(DomainError):
    """The token is good, and the workspace's sign-in policy, or the token's own list, wants it to come from elsewhere."""

    code: ClassVar[str] = "assurance_wanted"
    status: ClassVar[int] = 403
    default: ClassVar[str] = N_("This network is not among those that the workspace or the token takes requests from.")

    def __init__(self, wants: Sequence[str]) -> None:
        super().__init__()
        self.members = {"wants": list(wants)}


class PreconditionRequired(DomainError):
    """A change without `If-Match` could overwrite what somebody else just wrote (RFC 6585)."""

    code: ClassVar[str] = "precondition_required"
    status: ClassVar[int] = 428
    default: ClassVar[str] = N_("Send If-Match with the ETag of what you read, so that nobody's change is overwritten.")


class KeyReused(DomainError):
    code: ClassVar[str] = "idempotency_key_reused"
    status: ClassVar[int] = 422
    default: ClassVar[str] = N_("This Idempotency-Key was used for a different request. Use a new key.")


class StillRunning(DomainError):
    code: ClassVar[str] = "still_running"
    status: ClassVar[int] = 409
    default: ClassVar[str] = N_("A request with this Idempotency-Key is being worked on. Try again in a moment.")
