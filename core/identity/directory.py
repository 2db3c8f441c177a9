"""Read the people of a workspace: who they are, what they hold and reach, who may do something, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, tuple_
from sqlalchemy.orm import Session, aliased

from core.audit.models import AuditEntry
from core.context import Context
from core.db import scope
from core.errors import N_, Invalid
from core.identity import reach
from core.identity.models import Invitation, Participant, RoleAssignment
from core.identity.roles import permissions_of, roles_with
from core.identity.units import below
from core.tenants.models import Unit

LIMIT = 100
HISTORY = 30

Show = Literal["active", "left", "any"]

_SEEN = text("SELECT * FROM people_seen(cast(:wanted AS uuid[]))").execution_options(**scope.RLS_ONLY)
"""A function that walls for itself: accounts and sessions belong to no tenant. It gives people of the scope's tenant only."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an administrator may know of an account: no more than when it was here and how well it is guarded."""

    email: str | None = None
    seen_at: datetime | None = None
    sessions: int = 0
    factors: Sequence[str] = ()
    disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """A person as lists and pages show them; `roles` are keys of those in force."""

    id: UUID
    shown_name: str
    party: str
    engagement_id: UUID | None
    user_id: UUID | None
    agent_no: str | None
    unit_id: UUID | None
    unit: str | None
    roles: Sequence[str]
    custom: Sequence[str]
    created_at: datetime
    ended_at: datetime | None
    version: int
    seen: Seen = Seen()

    @property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.roles, self.custom, party=self.party)


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """`next` names the first of what follows, by id: no name stands in an address."""

    rows: Sequence[PersonRow]
    next: UUID | None = None


def of_side(context: Context) -> ColumnElement[bool]:
    """People of the reader's side: the client's own, or those of the engagement."""
    if context.engagement_id is None:
        return and_(Participant.party == "client", Participant.engagement_id.is_(None))
    return Participant.engagement_id == context.engagement_id


def people_page(
    session: Session,
    *,
    context: Context,
    show: Show = "active",
    role: str | None = None,
    unit_id: UUID | None = None,
    named: str | None = None,
    engagement_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = LIMIT,
) -> PeoplePage:
    """People by name. `named` is part of a name; a client asks for its provider's people by `engagement_id`."""
    limit = max(1, min(limit, LIMIT))
    side = Participant.engagement_id == engagement_id if engagement_id is not None else of_side(context)
    wanted = _rows().where(side)
    if show != "any":
        wanted = wanted.where(Participant.ended_at.is_(None) if show == "active" else Participant.ended_at.is_not(None))
    if role:
        wanted = wanted.where(_holds([role]))
    if unit_id is not None:
        wanted = wanted.where(Participant.unit_id == unit_id)
    if named:
        wanted = wanted.where(Participant.shown_name.icontains(named, autoescape=True))
    if after is not None:
        before = aliased(Participant, name="reached_name")
        name = select(before.shown_name).where(before.id == after).scalar_subquery()
        if session.scalar(select(before.id).where(before.id == after)) is None:
            raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after")
        wanted = wanted.where(tuple_(Participant.shown_name, Participant.id) > tuple_(name, after))
    rows = session.execute(wanted.order_by(Participant.shown_name, Participant.id).limit(limit + 1)).all()
    found = [PersonRow(**row._mapping) for row in rows[:limit]]
    return PeoplePage(rows=with_seen(session, found), next=found[-1].id if len(rows) > limit else None)


def person(session: Session, *, context: Context, participant_id: UUID) -> PersonRow | None:
    """One person of the reader's side, or for a client one of its providers'. None if absent."""
    side = or_(of_side(context), Participant.party == "provider") if context.party == "client" else of_side(context)
    row = session.execute(_rows().where(Participant.id == participant_id, side)).one_or_none()
    return with_seen(session, [PersonRow(**row._mapping)])[0] if row is not None else None


def _rows() -> Any:
    return select(
        Participant.id, Participant.shown_name, Participant.party, Participant.engagement_id, Participant.user_id,
        Participant.agent_no, Participant.unit_id, Unit.name.label("unit"), Participant.roles, Participant.custom,
        Participant.created_at, Participant.ended_at, Participant.version,
    ).outerjoin(Unit, Unit.id == Participant.unit_id)  # fmt: skip


def with_seen(session: Session, rows: Sequence[PersonRow]) -> list[PersonRow]:
    seen = {row.participant_id: row for row in session.execute(_SEEN, {"wanted": [row.id for row in rows]})}
    return [
        replace(row, seen=Seen(email=at.email, seen_at=at.seen_at, sessions=at.sessions, factors=at.factors,
                               disabled=at.disabled)) if (at := seen.get(row.id)) is not None else row
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AssignmentRow:
    """A role of a person, with the name of the unit it reaches (its own, else the person's)."""

    id: UUID
    role: str
    reach: str
    unit_id: UUID | None
    unit: str | None
    condition: dict[str, Any] | None
    starts_at: datetime
    ends_at: datetime | None
    given_by: str | None

    def state(self, now: datetime | None = None) -> str:
        """`live`, `planned` or `ended`."""
        at = now or datetime.now(UTC)
        if self.ends_at is not None and self.ends_at <= at:
            return "ended"
        return "planned" if self.starts_at > at else "live"


def assignments(session: Session, *, participant_id: UUID) -> Sequence[AssignmentRow]:
    """Every role that a person has, will have or had, the present ones first."""
    giver = aliased(Participant, name="giver")
    rows = session.execute(
        select(
            RoleAssignment.id, RoleAssignment.role, RoleAssignment.reach, RoleAssignment.unit_id, Unit.name.label("unit"),
            RoleAssignment.condition, RoleAssignment.starts_at, RoleAssignment.ends_at,
            giver.shown_name.label("given_by"),
        )
        .outerjoin(Unit, Unit.id == RoleAssignment.unit_id)
        .outerjoin(giver, giver.id == RoleAssignment.created_by)
        .where(RoleAssignment.participant_id == participant_id)
        .order_by(RoleAssignment.ends_at.is_not(None), RoleAssignment.starts_at.desc(), RoleAssignment.id.desc())
        .limit(200)
    )  # fmt: skip
    return [AssignmentRow(**row._mapping) for row in rows]


def history(session: Session, *, participant_id: UUID) -> Sequence[Any]:
    """What became of a person, from the trail, the latest first."""
    actor = aliased(Participant, name="actor")
    return session.execute(
        select(AuditEntry.occurred_at, AuditEntry.action, AuditEntry.outcome, AuditEntry.reason, AuditEntry.details,
               actor.shown_name, actor.party)
        .outerjoin(actor, actor.id == AuditEntry.participant_id)
        .where(AuditEntry.subject_type == "participant", AuditEntry.subject_id == participant_id)
        .order_by(AuditEntry.occurred_at.desc())
        .limit(HISTORY)
    ).all()  # fmt: skip


def invitations(session: Session, *, context: Context, open_only: bool = True) -> Sequence[Any]:
    """Invitations of the reader's side, the newest first."""
    inviter = aliased(Participant, name="inviter")
    wanted = (
        select(
            Invitation.id, Invitation.email, Invitation.shown_name, Invitation.grants, Invitation.unit_id,
            Invitation.round, Invitation.expires_at, Invitation.sent_at, Invitation.accepted_at,
            Invitation.withdrawn_at, Invitation.created_at, Invitation.version, Unit.name.label("unit"),
            inviter.shown_name.label("inviter"),
        )
        .outerjoin(Unit, Unit.id == Invitation.unit_id)
        .outerjoin(inviter, inviter.id == Invitation.created_by)
        .where(Invitation.engagement_id.is_not_distinct_from(context.engagement_id))
    )  # fmt: skip
    if open_only:
        wanted = wanted.where(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    return session.execute(wanted.order_by(Invitation.created_at.desc(), Invitation.id).limit(LIMIT)).all()


def _holds(roles: Iterable[str]) -> ColumnElement[bool]:
    """Has one of these roles in force now."""
    return exists().where(
        RoleAssignment.tenant_id == Participant.tenant_id,
        RoleAssignment.participant_id == Participant.id,
        RoleAssignment.role.in_(list(roles)),
        RoleAssignment.starts_at <= func.now(),
        or_(RoleAssignment.ends_at.is_(None), RoleAssignment.ends_at > func.now()),
    )


def may(permission: str) -> ColumnElement[bool]:
    """People who may do something now, by a built-in role or by one of the tenant's own."""
    return or_(_holds([role.key for role in roles_with(permission)]), Participant.custom.contains([permission]))


def has_role(role: str) -> ColumnElement[bool]:
    """People who hold a role now."""
    return _holds([role])


def colleagues(session: Session, *, context: Context, permission: str) -> Sequence[Any]:
    """People of the reader's own side who may do something, by name: the client's own, or those of the engagement."""
    rows = session.execute(
        select(Participant.id, Participant.shown_name, Participant.party, Participant.roles, Participant.custom)
        .where(of_side(context), Participant.ended_at.is_(None))
        .order_by(Participant.shown_name, Participant.id)
    )
    return [row for row in rows if permission in permissions_of(row.roles, row.custom, party=row.party)]


def context_of(session: Session, *, context: Context, participant_id: UUID | None) -> Context | None:
    """What a person may do now, for an act in their name in this transaction. None where they have left.

    `context` knows the tenant; the scope of the transaction stays whose it is.
    """
    row = session.execute(
        select(
            Participant.party, Participant.engagement_id, Participant.shown_name, Participant.unit_id,
            Participant.roles, Participant.custom,
        ).where(Participant.id == participant_id, Participant.ended_at.is_(None))
    ).one_or_none()  # fmt: skip
    if row is None or participant_id is None:
        return None
    return replace(
        context,
        party=row.party,
        participant_id=participant_id,
        user_id=None,
        shown_name=row.shown_name,
        engagement_id=row.engagement_id,
        engagement_name=None,
        provider_name=None,
        roles=frozenset(row.roles),
        custom=frozenset(row.custom),
        permissions=permissions_of(row.roles, row.custom, party=row.party),
        reach=_reach_of(session, participant_id=participant_id, unit_id=row.unit_id),
    )


def _reach_of(session: Session, *, participant_id: UUID, unit_id: UUID | None) -> Any:
    rows = session.scalars(
        select(RoleAssignment).where(
            RoleAssignment.participant_id == participant_id,
            RoleAssignment.starts_at <= func.now(),
            or_(RoleAssignment.ends_at.is_(None), RoleAssignment.ends_at > func.now()),
        )
    ).all()
    if any(row.reach in ("all", "leased") for row in rows):
        return None
    under = below(session) if any(row.reach == "unit_and_below" for row in rows) else {}
    return reach.of_assignments(rows, participant_id=participant_id, unit_id=unit_id, below=under)
