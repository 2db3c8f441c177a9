"""Who takes part: join, get and lose roles, leave and come back.

1. A person holds several roles, each from a moment until another and with what it reaches (`RoleAssignment`). 2. Giving is
checked here, whoever asks (page, API, invitation, SCIM): the role is of the person's side, the giver holds as much, no pair of
duties meets in one person (`duties`), and one administrator remains. 3. Every request asks the database anew, so a change holds
from the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, Denied, DomainError, Invalid, NotFound, Stale
from core.events import bus
from core.identity import duties, reach
from core.identity.events import PersonJoined, PersonLeft
from core.identity.models import Participant, RoleAssignment
from core.identity.role_book import RoleBook, role_book
from core.identity.roles import LEADS, ROLES, grantable, permissions_of
from core.tenants.models import Unit
from core.tenants.service import next_numbers

CALLS = "interaction.record"
"""Who has it says an agent's number at the start of a call."""

MOST_ROLES = 12
NAME = 120
LAST = N_("At least one administrator of each side keeps that role for good. Make somebody else one first.")


class DutiesMeet(Conflict):
    """Two duties that one person may not have would meet; the message is the pair's own."""

    code = "duties_meet"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A role as it is given. `condition` is as `reach.kept` makes it."""

    role: str
    reach: str = "all"
    unit_id: UUID | None = None
    condition: dict[str, Any] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def same(self, row: RoleAssignment) -> bool:
        """Whether an assignment says the same already."""
        return (row.role, row.reach, row.unit_id, row.condition, row.ends_at) == (
            self.role, self.reach, self.unit_id, self.condition, self.ends_at,
        )  # fmt: skip


def usual(role: str, party: str) -> Grant:
    """A role with the widest reach of the side, for good."""
    return Grant(role=role, reach=reach.BY_PARTY[party][0])


def add_participant(
    session: Session,
    *,
    user_id: UUID,
    shown_name: str,
    roles: Sequence[str] | Sequence[Grant],
    party: str,
    engagement_id: UUID | None = None,
    unit_id: UUID | None = None,
    agent_no: str | None = None,
) -> Participant:
    """Make a person a participant of the scope's tenant, on the client's side or of one engagement.

    Nothing is checked: for set-up, and for acts that have checked (`invitations`). Who records contacts gets an agent's number.
    """
    participant = Participant(
        user_id=user_id, shown_name=shown_name, party=party, engagement_id=engagement_id, unit_id=unit_id,
        agent_no=agent_no,
    )  # fmt: skip
    session.add(participant)
    session.flush()
    give(
        session, person=participant, grants=[each if isinstance(each, Grant) else usual(each, party) for each in roles]
    )
    return participant


def give(session: Session, *, person: Participant, grants: Sequence[Grant]) -> None:
    """Add roles, unchecked. Who records contacts gets an agent's number."""
    for each in grants:
        _assign(session, person, each)
    session.flush()
    _number(session, person)


def _assign(session: Session, person: Participant, grant: Grant) -> RoleAssignment:
    row = RoleAssignment(
        participant_id=person.id,
        engagement_id=person.engagement_id,
        role=grant.role,
        reach=grant.reach,
        unit_id=grant.unit_id,
        condition=grant.condition,
        starts_at=grant.starts_at or func.now(),
        ends_at=grant.ends_at,
    )
    session.add(row)
    return row


def _number(session: Session, person: Participant) -> None:
    if person.agent_no is None:
        rows = in_force(session, participant_id=person.id)
        if CALLS in role_book(session).permissions([row.role for row in rows], party=person.party):
            person.agent_no = str(next_numbers(session, kind="agent")[0])
            session.flush()


def in_force(session: Session, *, participant_id: UUID) -> Sequence[RoleAssignment]:
    """The roles a person holds now, or will: those that have not ended."""
    return session.scalars(
        select(RoleAssignment)
        .where(
            RoleAssignment.participant_id == participant_id,
            or_(RoleAssignment.ends_at.is_(None), RoleAssignment.ends_at > func.now()),
        )
        .order_by(RoleAssignment.starts_at, RoleAssignment.id)
    ).all()


def found(session: Session, *, context: Context, participant_id: UUID, version: int | None = None) -> Participant:
    """A person that the reader may change, locked: one of their own side. Raises NotFound, Stale."""
    row = session.scalar(
        select(Participant)
        .where(Participant.id == participant_id, Participant.party != "system")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or not _of_side(context, row):
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def _of_side(context: Context, row: Participant) -> bool:
    return context.party == "system" or row.engagement_id == context.engagement_id


def set_roles(
    session: Session,
    *,
    context: Context,
    participant_id: UUID,
    grants: Sequence[Grant],
    version: int | None = None,
) -> Participant:
    """Give a person these roles and no others. Raises NotFound, Stale, Invalid, Denied, DutiesMeet, and Conflict for the last
    administrator."""
    person = found(session, context=context, participant_id=participant_id, version=version)
    if person.ended_at is not None:
        raise Conflict(N_("This person's access has ended. Bring them back first."))
    held = in_force(session, participant_id=person.id)
    new = [each for each in grants if not any(each.same(row) for row in held)]
    gone = [row for row in held if not any(each.same(row) for each in grants)]
    check(session, context=context, party=person.party, grants=grants, new=new, person=person)
    if context.participant_id == person.id and any(row.role in LEADS for row in gone):
        raise Denied(N_("Nobody takes their own administration away: somebody else does."))
    kept_on = {each.role for each in grants if each.ends_at is None}
    guard_last(session, person=person, losing=[row.role for row in gone if row.role not in kept_on])
    _end(session, gone)
    person.updated_at = datetime.now(UTC)
    give(session, person=person, grants=new)
    if new or gone:
        details = {"given": sorted({each.role for each in new}), "taken": sorted({row.role for row in gone})}
        audit.append(session, context=context, action="person.roles_changed", subject=("participant", person.id),
                     fields=["roles"], details=details)  # fmt: skip
    return person


def _end(session: Session, rows: Sequence[RoleAssignment]) -> None:
    """At this moment; what had not begun never does."""
    for row in rows:
        row.ends_at = func.now()
    session.flush()


def check(
    session: Session,
    *,
    context: Context,
    party: str,
    grants: Sequence[Grant],
    new: Sequence[Grant],
    person: Participant | None = None,
) -> None:
    """Whether these roles may be given together, `new` of them by this person. Raises Invalid, Denied, DutiesMeet."""
    book = role_book(session)
    if not grants or len(grants) > MOST_ROLES:
        raise Invalid(N_("A person has 1 to %(most)s roles."), field="roles", most=MOST_ROLES)
    for each in grants:
        _possible(session, book, each, party=party)
    for each in new:
        if not book.permissions([each.role], party=party) <= grantable(context, party=party):
            raise _refused(Denied(N_("You cannot give a role that allows more than you may give.")), context, person,
                           "person.roles_changed", "more than held")  # fmt: skip
        reach.refuse_wider(context, reach=each.reach, unit_id=each.unit_id)
    held = [each.role for each in grants]
    for duty in duties.broken([*held, *book.permissions(held, party=party)]):
        error = DutiesMeet(duty.refusal)
        raise _refused(error, context, person, "person.roles_changed", f"duties: {duty.key}")


def _possible(session: Session, book: RoleBook, grant: Grant, *, party: str) -> None:
    if not book.given(grant.role, party=party):
        raise Invalid(N_("There is no such role on this side."), field="roles")
    if grant.reach not in reach.BY_PARTY[party]:
        raise Invalid(N_("This reach is not for this side."), field="reach")
    if (grant.reach == "condition") != (grant.condition is not None):
        raise Invalid(N_("A reach by condition needs the condition."), field="condition")
    if grant.ends_at is not None and grant.ends_at <= (grant.starts_at or datetime.now(UTC)):
        raise Invalid(N_("The last day lies before the first, or in the past."), field="until")
    if grant.ends_at is None and grant.role in ROLES and ROLES[grant.role].dated:
        raise Invalid(N_("This role is given until a day. Say the last one."), field="until")
    if grant.unit_id is not None:
        unit = session.scalar(select(Unit.id).where(Unit.id == grant.unit_id, Unit.archived_at.is_(None)))
        if unit is None:
            raise Invalid(N_("There is no such unit."), field="unit")


def _refused(error: DomainError, context: Context, person: Participant | None, action: str, reason: str) -> DomainError:
    """A refusal that is evidence: it is noted after the rollback."""
    subject = ("participant", person.id if person is not None else None)

    def note(session: Session) -> None:
        audit.refusal(session.get_bind().engine, context=context, action=action, reason=reason, subject=subject)

    error.evidence = note
    return error


def set_condition(
    session: Session, *, context: Context, participant_id: UUID, assignment_id: UUID, condition: dict[str, Any]
) -> Participant:
    """Let one role of a person reach what meets a condition. Raises as `set_roles` does."""
    held = in_force(session, participant_id=participant_id)
    grants = [
        Grant(role=row.role, reach="condition", condition=condition, ends_at=row.ends_at)
        if row.id == assignment_id
        else Grant(role=row.role, reach=row.reach, unit_id=row.unit_id, condition=row.condition, ends_at=row.ends_at)
        for row in held
    ]
    return set_roles(session, context=context, participant_id=participant_id, grants=grants)


def guard_last(session: Session, *, person: Participant, losing: Sequence[str]) -> None:
    """One administrator of each side remains, with the role for good. Raises Conflict. Whoever changes roles asks it, SCIM too.

    The tenant's administrators are locked, so that two do not remove each other.
    """
    for role in sorted(set(losing) & LEADS):
        others = session.scalars(
            select(RoleAssignment.participant_id)
            .join(Participant, Participant.id == RoleAssignment.participant_id)
            .where(
                RoleAssignment.role == role,
                Participant.engagement_id.is_(None)
                if person.engagement_id is None
                else Participant.engagement_id == person.engagement_id,
                RoleAssignment.starts_at <= func.now(),
                RoleAssignment.ends_at.is_(None),
                Participant.ended_at.is_(None),
            )
            .order_by(RoleAssignment.id)
            .with_for_update(of=RoleAssignment)
        ).all()
        if person.id in others and set(others) == {person.id}:
            raise Conflict(LAST)


def end_access(
    session: Session, *, context: Context, participant_id: UUID, reason: str, version: int | None = None
) -> Participant:
    """Nothing of the workspace is shown to them from now on, and their tokens are revoked. Raises NotFound, Stale, Invalid, Denied,
    Conflict. A client also ends the access of its provider's people, the last of them too."""
    person = _leaving(session, context=context, participant_id=participant_id, version=version)
    if not reason.strip():
        raise Invalid(N_("Say why. It is kept with the person's history."), field="reason")
    if person.id == context.participant_id:
        raise Denied(N_("Nobody ends their own access: somebody else does."))
    held = in_force(session, participant_id=person.id)
    if _of_side(context, person):
        guard_last(session, person=person, losing=[row.role for row in held])
    _end(session, held)
    person.ended_at = datetime.now(UTC)
    session.flush()
    session.execute(text("SELECT tokens_revoke(:person)").execution_options(**scope.PLATFORM), {"person": person.id})
    audit.append(session, context=context, action="person.left", subject=("participant", person.id),
                 details={"reason": reason.strip()[:500], "roles": sorted({row.role for row in held})})  # fmt: skip
    event = PersonLeft(context=context, subject=person.id, party=person.party, engagement_id=person.engagement_id)
    bus.emit(session, event)
    return person


def _leaving(session: Session, *, context: Context, participant_id: UUID, version: int | None) -> Participant:
    theirs = replace(context, party="system") if context.party == "client" else context
    person = found(session, context=theirs, participant_id=participant_id, version=version)
    if person.ended_at is not None:
        raise Conflict(N_("This person's access has ended already."))
    return person


def bring_back(
    session: Session, *, context: Context, participant_id: UUID, grants: Sequence[Grant], version: int | None = None
) -> Participant:
    """Let a person in again, with roles given anew. Raises as `set_roles` does."""
    person = found(session, context=context, participant_id=participant_id, version=version)
    if person.ended_at is None:
        raise Conflict(N_("This person has access."))
    check(session, context=context, party=person.party, grants=grants, new=grants, person=person)
    person.ended_at = None
    give(session, person=person, grants=grants)
    audit.append(session, context=context, action="person.returned", subject=("participant", person.id),
                 details={"given": sorted({each.role for each in grants})})  # fmt: skip
    joined(session, context=context, person=person)
    return person


def joined(session: Session, *, context: Context, person: Participant) -> None:
    event = PersonJoined(context=context, subject=person.id, party=person.party, engagement_id=person.engagement_id)
    bus.emit(session, event)


def change_profile(
    session: Session,
    *,
    context: Context,
    participant_id: UUID,
    shown_name: str,
    unit_id: UUID | None,
    version: int | None = None,
) -> Participant:
    """The name others see, and the unit. Raises NotFound, Stale, Invalid."""
    person = found(session, context=context, participant_id=participant_id, version=version)
    shown_name = shown_name.strip()
    if not 0 < len(shown_name) <= NAME:
        raise Invalid(N_("A name has 1 to %(longest)s characters."), field="shown_name", longest=NAME)
    if (
        unit_id is not None
        and session.scalar(select(Unit.id).where(Unit.id == unit_id, Unit.archived_at.is_(None))) is None
    ):
        raise Invalid(N_("There is no such unit."), field="unit_id")
    changed = [
        name for name, value in (("shown_name", shown_name), ("unit_id", unit_id)) if getattr(person, name) != value
    ]
    person.shown_name, person.unit_id = shown_name, unit_id
    session.flush()
    if changed:
        audit.append(session, context=context, action="person.changed", subject=("participant", person.id),
                     fields=changed)  # fmt: skip
    return person


def allowed(session: Session, *, participant_id: UUID, party: str) -> frozenset[str]:
    """What a person may do now."""
    rows = session.scalar(select(Participant.roles).where(Participant.id == participant_id)) or []
    custom = session.scalar(select(Participant.custom).where(Participant.id == participant_id)) or []
    return permissions_of(rows, custom, party=party)
