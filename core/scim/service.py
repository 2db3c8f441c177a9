"""What a directory may do: name people in proved domains, end and bring back their access, and put them into groups.

1. It touches its own memberships only: the account of an address is made if new and never changed, other tenants are out of
reach, and roles that people gave by hand stay. 2. Roles come from the directory's own list and from groups, and both are chosen
in Kehub. 3. The guards of `people` hold here too: no pair of duties meets, and the last administrator stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, FieldError, Invalid, NotFound
from core.identity import people
from core.identity.door import hashed
from core.identity.entering import email_key
from core.identity.models import Participant, RoleAssignment
from core.identity.people import Grant
from core.identity.service import create_user
from core.scim.models import ScimClient, ScimGroup, ScimMember, ScimUser
from core.sso import domains
from core.tenants import service as tenants

PREFIX = "kehub_scim_"
NAME, LONGEST_DAYS, MOST = 80, 730, 10
SEEN_EVERY = timedelta(minutes=1)
FOREIGN = N_("%(domain)s is not a proved domain of this organisation; userName is an e-mail address in one.")
TAKEN = N_("Somebody else has this userName.")


@dataclass(frozen=True, kw_only=True)
class Named:
    """A person as the directory names them. `data` is kept as it was sent, `shown_name` made of it."""

    user_name: str
    external_id: str | None
    active: bool
    shown_name: str
    data: Mapping[str, Any]


# -- the directory itself -----------------------------------------------------------------------------------------------


def clients(session: Session) -> Sequence[ScimClient]:
    return session.scalars(select(ScimClient).order_by(ScimClient.created_at.desc(), ScimClient.id)).all()


def add_client(
    session: Session, *, context: Context, name: str, roles: Sequence[str], days: int
) -> tuple[ScimClient, str]:
    """A directory and its token, which is shown once. Raises Invalid, Denied, Conflict."""
    wrong = []
    if not 0 < len(name.strip()) <= NAME:
        message = N_("1 to %(longest)s characters.")
        wrong.append(FieldError(field="name", code="length", message=message, params={"longest": NAME}))
    if not 0 < days <= LONGEST_DAYS:
        message = N_("From 1 to %(most)s days.")
        wrong.append(FieldError(field="days", code="range", message=message, params={"most": LONGEST_DAYS}))
    if wrong:
        raise Invalid(errors=wrong)
    if sum(each.revoked_at is None for each in clients(session)) >= MOST:
        raise Conflict(N_("There are %(most)s directories already."), most=MOST)
    _check_roles(session, context, roles)
    clear = PREFIX + secrets.token_urlsafe(32)
    row = ScimClient(
        name=name.strip(), token_hash=hashed(clear), roles=sorted(roles),
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, context, "scim_client.added", ("scim_client", row.id), roles=row.roles)
    return row, clear


def revoke_client(session: Session, *, context: Context, client_id: UUID) -> None:
    """The directory may not speak any more; the people it named stay. Raises NotFound."""
    row = session.scalar(select(ScimClient).where(ScimClient.id == client_id).with_for_update())
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = datetime.now(UTC)
        session.flush()
        _note(session, context, "scim_client.revoked", ("scim_client", row.id))


def opened(session: Session, *, token: str) -> tuple[Context, ScimClient] | None:
    """The tenant and directory of a token, the scope opened. None for a token that is none, expired or revoked."""
    if not token.startswith(PREFIX):
        return None
    found = session.execute(
        text("SELECT * FROM scim_of_token(:token)").execution_options(**scope.PLATFORM), {"token": hashed(token)}
    ).one_or_none()
    if found is None:
        return None
    context = tenants.system_context(session, workspace=found.workspace)
    scope.enter(session, context)
    client = session.scalar(select(ScimClient).where(ScimClient.id == found.client_id))
    if client is None:
        return None
    now = datetime.now(UTC)
    if client.used_at is None or now - client.used_at > SEEN_EVERY:
        client.used_at = now
    return context, client


def _check_roles(session: Session, context: Context, roles: Sequence[str]) -> None:
    if roles:
        grants = [people.usual(each, "client") for each in roles]
        people.check(session, context=context, party="client", grants=grants, new=grants)


def _note(session: Session, context: Context, action: str, subject: tuple[str, UUID], **details: Any) -> None:
    audit.append(session, context=context, action=action, subject=subject, details=details)


# -- people -------------------------------------------------------------------------------------------------------------


def create_person(session: Session, *, context: Context, client: ScimClient, named: Named) -> ScimUser:
    """A member whom the directory names. One who is here already is taken over, with the roles they have.

    Raises Invalid for a foreign domain, Conflict for a userName that is taken, or where roles may not be given.
    """
    key = _own_address(session, named.user_name)
    _refuse_taken(session, key, but=None)
    row = session.execute(_FIND, {"address": key}).one_or_none()
    if row is not None:
        person = session.scalar(select(Participant).where(Participant.id == row.participant_id))
        assert person is not None
        if session.scalar(select(ScimUser.id).where(ScimUser.participant_id == person.id)) is not None:
            raise Conflict(TAKEN, field="userName")
    else:
        user_id = create_user(session, address=named.user_name, name=named.shown_name, password=None)
        person = people.add_participant(session, user_id=user_id, shown_name=named.shown_name, roles=[], party="client")
        _note(session, context, "person.joined", ("participant", person.id), by="scim", client=str(client.id))
    made = ScimUser(client_id=client.id, participant_id=person.id, user_name_key=key, given=[])
    session.add(made)
    return _saved(session, context, client, made, person, named)


def change_person(session: Session, *, context: Context, client: ScimClient, row: ScimUser, named: Named) -> ScimUser:
    """The person as the directory has them now. Another userName means that somebody else's account is theirs from now on."""
    key = _own_address(session, named.user_name)
    person = session.scalar(select(Participant).where(Participant.id == row.participant_id))
    assert person is not None
    if key != row.user_name_key:
        _refuse_taken(session, key, but=row.id)
        other = session.execute(_FIND, {"address": key}).one_or_none()
        if other is not None and other.participant_id != person.id:
            raise Conflict(TAKEN, field="userName")
        person.user_id = create_user(session, address=named.user_name, name=named.shown_name, password=None)
        row.user_name_key = key
        _note(session, context, "person.changed", ("participant", person.id), by="scim", account="another")
    return _saved(session, context, client, row, person, named)


def _saved(
    session: Session, context: Context, client: ScimClient, row: ScimUser, person: Participant, named: Named
) -> ScimUser:
    row.external_id, row.active, row.data = named.external_id, named.active, dict(named.data)
    if person.shown_name != named.shown_name:
        person.shown_name = named.shown_name
    session.flush()
    apply_roles(session, context=context, client=client, rows=[row])
    return row


def remove_person(session: Session, *, context: Context, row: ScimUser) -> None:
    """End the membership; who they were stays in the history. Raises Conflict for the last administrator."""
    _ended(session, context, row)
    session.delete(row)
    session.flush()


_FIND = text("SELECT * FROM participant_by_address(:address)").execution_options(**scope.PLATFORM)


def _own_address(session: Session, user_name: str) -> str:
    domain = domains.domain_of(user_name)
    if "@" not in user_name or domain not in domains.verified(session):
        raise Invalid(FOREIGN, field="userName", domain=domain or user_name)
    return email_key(user_name)


def _refuse_taken(session: Session, key: str, *, but: UUID | None) -> None:
    found = session.scalar(select(ScimUser.id).where(ScimUser.user_name_key == key))
    if found is not None and found != but:
        raise Conflict(TAKEN, field="userName")


# -- roles --------------------------------------------------------------------------------------------------------------


def apply_roles(session: Session, *, context: Context, client: ScimClient, rows: Iterable[ScimUser]) -> None:
    """Give and take what the directory's list and its groups say. Raises Conflict, Invalid."""
    for row in rows:
        if row.active:
            _give(session, context, row, wanted={*client.roles, *_of_groups(session, row)})
        else:
            _ended(session, context, row)
            row.given = []
    session.flush()


def _of_groups(session: Session, row: ScimUser) -> set[str]:
    found = session.scalars(
        select(ScimGroup.roles)
        .join(ScimMember, ScimMember.group_id == ScimGroup.id)
        .where(ScimMember.scim_user_id == row.id)
    )
    return {role for roles in found for role in roles}


def _give(session: Session, context: Context, row: ScimUser, *, wanted: set[str]) -> None:
    person = session.scalar(select(Participant).where(Participant.id == row.participant_id))
    assert person is not None
    held = people.in_force(session, participant_id=person.id)
    kept = [each for each in held if each.role not in set(row.given) - wanted]
    fresh = sorted(wanted - {each.role for each in held})
    grants = [*(_as_given(each) for each in kept), *(people.usual(each, person.party) for each in fresh)]
    row.given = sorted((set(row.given) & wanted) | set(fresh))
    if person.ended_at is not None and not grants:
        person.ended_at = None
        _note(session, context, "person.returned", ("participant", person.id), by="scim")
    elif person.ended_at is not None:
        people.bring_back(session, context=context, participant_id=person.id, grants=grants)
    elif fresh or len(kept) < len(held):
        _set(session, context, person, held, grants)


def _set(
    session: Session, context: Context, person: Participant, held: Sequence[RoleAssignment], grants: Sequence[Grant]
) -> None:
    if grants:
        people.set_roles(session, context=context, participant_id=person.id, grants=grants)
        return
    people.guard_last(session, person=person, losing=[each.role for each in held])
    for each in held:
        each.ends_at = func.now()
    session.flush()
    taken = sorted({each.role for each in held})
    _note(session, context, "person.roles_changed", ("participant", person.id), by="scim", given=[], taken=taken)


def _as_given(row: RoleAssignment) -> Grant:
    return Grant(
        role=row.role, reach=row.reach, unit_id=row.unit_id, condition=row.condition, starts_at=row.starts_at,
        ends_at=row.ends_at,
    )  # fmt: skip


def _ended(session: Session, context: Context, row: ScimUser) -> None:
    person = session.scalar(select(Participant).where(Participant.id == row.participant_id))
    if person is not None and person.ended_at is None:
        people.end_access(session, context=context, participant_id=person.id, reason="SCIM")


# -- groups -------------------------------------------------------------------------------------------------------------


def groups(session: Session) -> Sequence[tuple[ScimGroup, int]]:
    """All groups with how many people they have, by name."""
    counted = select(func.count()).select_from(ScimMember).where(ScimMember.group_id == ScimGroup.id).scalar_subquery()
    rows = session.execute(select(ScimGroup, counted).order_by(ScimGroup.name, ScimGroup.id))
    return [(row[0], row[1]) for row in rows]


def set_group_roles(session: Session, *, context: Context, group_id: UUID, roles: Sequence[str]) -> None:
    """What the members of a group may do, from now on. Raises NotFound, Invalid, Denied, Conflict."""
    group = session.scalar(select(ScimGroup).where(ScimGroup.id == group_id).with_for_update())
    if group is None:
        raise NotFound
    _check_roles(session, context, roles)
    if sorted(roles) == group.roles:
        return
    group.roles = sorted(roles)
    session.flush()
    _note(session, context, "scim_group.roles_changed", ("scim_group", group.id), roles=group.roles)
    acting = itself(context)
    client = session.scalar(select(ScimClient).where(ScimClient.id == group.client_id))
    assert client is not None
    apply_roles(session, context=acting, client=client, rows=members(session, group_id=group.id))


def itself(context: Context) -> Context:
    """The same tenant acting by itself: what the groups say is its own rule by then, not one person's gift."""
    return replace(context, party="system", participant_id=None, user_id=None)


def members(session: Session, *, group_id: UUID) -> Sequence[ScimUser]:
    return session.scalars(
        select(ScimUser).join(ScimMember, ScimMember.scim_user_id == ScimUser.id).where(ScimMember.group_id == group_id)
    ).all()


def save_group(
    session: Session,
    *,
    context: Context,
    client: ScimClient,
    group: ScimGroup | None,
    name: str,
    external_id: str | None,
    member_ids: Sequence[UUID],
) -> ScimGroup:
    """A group as the directory has it now. Raises Invalid for a member that is none of its people."""
    known = session.scalars(
        select(ScimUser).where(ScimUser.client_id == client.id, ScimUser.id.in_(member_ids or [UUID(int=0)]))
    ).all()
    if len(known) < len(set(member_ids)):
        raise Invalid(N_("A member is none of the people this directory has named."), field="members")
    if group is None:
        group = ScimGroup(client_id=client.id, name=name, external_id=external_id, roles=[])
        session.add(group)
        session.flush()
    before = {row.id: row for row in members(session, group_id=group.id)}
    group.name, group.external_id, group.updated_at = name, external_id, datetime.now(UTC)
    wanted = {row.id: row for row in known}
    gone = [before[each] for each in before.keys() - wanted.keys()]
    if gone:
        session.execute(
            delete(ScimMember).where(
                ScimMember.group_id == group.id, or_(*(ScimMember.scim_user_id == row.id for row in gone))
            )
        )
    fresh = [wanted[each] for each in wanted.keys() - before.keys()]
    session.add_all(ScimMember(group_id=group.id, scim_user_id=row.id) for row in fresh)
    session.flush()
    if group.roles:
        apply_roles(session, context=context, client=client, rows=[*gone, *fresh])
    return group


def remove_group(session: Session, *, context: Context, client: ScimClient, group: ScimGroup) -> None:
    """Forget a group; its people lose the roles it gave."""
    rows = members(session, group_id=group.id) if group.roles else []
    session.delete(group)
    session.flush()
    apply_roles(session, context=context, client=client, rows=rows)
