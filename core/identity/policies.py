"""A tenant's sign-in policy: what it wants of everybody who comes into its workspaces, its own people and its providers'.

Whoever saves one must meet it with the session they save it in: nobody locks themselves out, and so one person is always in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, FieldError, Invalid, Stale
from core.identity.assurance import PRIMARY, networks_of, wanted, within
from core.identity.door_models import SignInPolicy
from core.identity.tokens import network_faults

FACTORS = ("none", "any", "passkey")
HOURS = (1, 168)
MINUTES = (5, 1440)
LOCKED_OUT = {
    "method": N_("You are signed in another way yourself: choose yours too, or sign in anew first."),
    "passkey": N_(
        "You have not shown a passkey in this session yourself: add one under your account and use it first."
    ),
    "second_factor": N_(
        "You have not shown a second factor in this session yourself: set one up under your account first."
    ),
    "again": N_("Your own sign-in is older than that. Prove who you are once more, then save."),
}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a tenant wants. `methods` are the ways to sign in that it takes; None for hours and minutes: the platform's own."""

    second_factor: str = "none"
    methods: Sequence[str] = PRIMARY
    session_hours: int | None = None
    idle_minutes: int | None = None
    networks: Sequence[str] = field(default_factory=tuple)
    version: int = 0


def policy_of(session: Session) -> Policy:
    """The policy of the scope's tenant; without one, nothing is wanted."""
    row = session.scalar(select(SignInPolicy))
    if row is None:
        return Policy()
    return Policy(
        second_factor=row.second_factor, methods=row.methods, session_hours=row.session_hours,
        idle_minutes=row.idle_minutes, networks=row.networks, version=row.version,
    )  # fmt: skip


def save_policy(
    session: Session,
    *,
    context: Context,
    peer: str,
    second_factor: str,
    methods: Sequence[str],
    session_hours: int | None,
    idle_minutes: int | None,
    networks: str,
    version: int,
) -> SignInPolicy:
    """Set the tenant's policy, from the next request of anybody on. Raises Invalid with every fault, and Stale."""
    good, bad = networks_of(networks)
    wrong = network_faults(good, bad)
    if second_factor not in FACTORS:
        wrong.append(FieldError(field="second_factor", code="choice", message=N_("Choose one.")))
    if not methods or not set(methods) <= set(PRIMARY):
        wrong.append(FieldError(field="methods", code="choice", message=N_("Choose at least one way to sign in.")))
    wrong += _range("session_hours", session_hours, HOURS) + _range("idle_minutes", idle_minutes, MINUTES)
    if not wrong and not within(peer, good):
        message = N_("You come from %(peer)s, which is in none of them: you would lock yourself out.")
        wrong.append(FieldError(field="networks", code="own", message=message, params={"peer": peer}))
    wrong = wrong or _own(context, second_factor, methods)
    if wrong:
        raise Invalid(errors=wrong)
    row = session.scalar(select(SignInPolicy).with_for_update())
    if (row.version if row else 0) != version:
        raise Stale
    if row is None:
        row = SignInPolicy(methods=[])
        session.add(row)
    before = {name: getattr(row, name) for name in NAMES}
    row.second_factor, row.methods, row.networks = second_factor, [each for each in PRIMARY if each in methods], good
    row.session_hours, row.idle_minutes = session_hours, idle_minutes
    session.flush()
    changed = [name for name in NAMES if before[name] != getattr(row, name)]
    audit.append(
        session, context=context, action="sign_in_policy.changed", subject=("sign_in_policy", row.id), fields=changed,
        details={"second_factor": second_factor, "methods": row.methods, "networks": len(good)},
    )  # fmt: skip
    return row


NAMES = ("second_factor", "methods", "session_hours", "idle_minutes", "networks")


def _range(name: str, value: int | None, bounds: tuple[int, int]) -> list[FieldError]:
    if value is None or bounds[0] <= value <= bounds[1]:
        return []
    message = N_("From %(least)s to %(most)s, or nothing.")
    return [FieldError(field=name, code="range", message=message, params={"least": bounds[0], "most": bounds[1]})]


def _own(context: Context, second_factor: str, methods: Sequence[str]) -> list[FieldError]:
    """What the policy would want of who saves it."""
    policy = {"second_factor": second_factor, "methods": list(methods), "hours": None, "idle": None}
    met = [{"method": each, "at": datetime.now(UTC).isoformat()} for each in context.assurance.methods]
    missing = wanted(policy, met, context.assurance.methods, None, datetime.now(UTC))
    where = {"method": "methods"}
    return [
        FieldError(field=where.get(each, "second_factor"), code="own", message=LOCKED_OUT[each]) for each in missing
    ]
