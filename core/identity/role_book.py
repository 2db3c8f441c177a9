"""The roles of a workspace: the built-in ones and the tenant's own, and how the latter are made, changed, copied and archived.

A role of the tenant's own gives no more than its maker may give, and no pair of duties meets in it. Whoever holds it gains or loses
with each change, from their next request on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.identity import duties
from core.identity.models import CustomRole, Participant, RoleAssignment
from core.identity.permissions import PERMISSIONS, held_by
from core.identity.roles import ROLES, grantable, permissions_of
from core.plugin.types import Label

NAME = 60
ABOUT = 500
MOST = 100
LOCALES = ("zh-CN", "en")


@dataclass(frozen=True, kw_only=True)
class RoleRow:
    """A role as lists show it. `own` is the tenant's row, None for a built-in one; `people` counts who holds it now."""

    key: str
    label: Label
    about: str = ""
    permissions: frozenset[str]
    parties: frozenset[str]
    dated: bool = False
    people: int = 0
    own: CustomRole | None = None

    @property
    def archived(self) -> bool:
        return self.own is not None and self.own.archived_at is not None


@dataclass(frozen=True)
class RoleBook:
    """Every role by its key, the built-in ones first."""

    rows: Mapping[str, RoleRow]

    def permissions(self, roles: Iterable[str], *, party: str) -> frozenset[str]:
        """What these roles allow a person of a side together. An archived one allows nothing."""
        known = [self.rows[key] for key in roles if key in self.rows]
        custom = frozenset().union(*(row.permissions for row in known if row.own is not None and not row.archived))
        return permissions_of([row.key for row in known if row.own is None], custom, party=party)

    def given(self, key: str, *, party: str) -> bool:
        """Whether a role may be given on a side."""
        row = self.rows.get(key)
        return row is not None and not row.archived and party in row.parties

    def on(self, party: str) -> list[RoleRow]:
        """The roles that may be given on a side."""
        return [row for row in self.rows.values() if self.given(row.key, party=party)]

    def label(self, key: str) -> Label:
        row = self.rows.get(key)
        return row.label if row is not None else {"zh-CN": key, "en": key}


def role_book(session: Session, *, counted: bool = False) -> RoleBook:
    """The roles of the scope's tenant."""
    people = _holders(session) if counted else {}
    rows = [
        RoleRow(key=role.key, label=role.label, permissions=role.permissions, parties=role.parties, dated=role.dated,
                people=people.get(role.key, 0))
        for role in ROLES.values()
    ]  # fmt: skip
    own = session.scalars(select(CustomRole).order_by(CustomRole.archived_at.is_not(None), CustomRole.created_at)).all()
    rows += [
        RoleRow(key=row.key, label=row.label, about=row.about, permissions=frozenset(row.permissions),
                parties=frozenset(row.parties), people=people.get(row.key, 0), own=row)
        for row in own
    ]  # fmt: skip
    return RoleBook({row.key: row for row in rows})


def _holders(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(RoleAssignment.role, func.count(RoleAssignment.participant_id.distinct()).label("people"))
        .join(Participant, Participant.id == RoleAssignment.participant_id)
        .where(
            Participant.ended_at.is_(None),
            RoleAssignment.starts_at <= func.now(),
            or_(RoleAssignment.ends_at.is_(None), RoleAssignment.ends_at > func.now()),
        )
        .group_by(RoleAssignment.role)
    )
    return {row.role: row.people for row in rows}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a form or the API says of a role."""

    label: Mapping[str, str]
    permissions: Sequence[str]
    parties: Sequence[str]
    about: str = ""


def make_role(session: Session, *, context: Context, draft: Draft) -> CustomRole:
    """A new role of the tenant's own. Raises Invalid with every fault, Denied, Conflict."""
    if (session.scalar(select(func.count()).select_from(CustomRole)) or 0) >= MOST:
        raise Conflict(N_("A workspace has at most %(most)s roles of its own."), most=MOST)
    values = _checked(context, draft)
    row = CustomRole(key=f"own-{secrets.token_hex(4)}", **values)
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="role.created", subject=("role", row.id),
                 details={"permissions": row.permissions, "parties": row.parties})  # fmt: skip
    return row


def change_role(
    session: Session, *, context: Context, key: str, draft: Draft, version: int | None = None
) -> CustomRole:
    """Change a role of the tenant's own for whoever holds it. Raises NotFound, Stale, Invalid, Denied, Conflict."""
    row = own_role(session, key=key, version=version)
    values = _checked(context, draft, before=frozenset(row.permissions))
    _refuse_meeting(session, row, frozenset(values["permissions"]))
    lost = sorted({*row.permissions} - {*values["permissions"]})
    gained = sorted({*values["permissions"]} - {*row.permissions})
    for name, value in values.items():
        setattr(row, name, value)
    row.archived_at = None
    session.flush()
    audit.append(session, context=context, action="role.changed", subject=("role", row.id),
                 fields=sorted(values), details={"gained": gained, "lost": lost})  # fmt: skip
    return row


def archive_role(session: Session, *, context: Context, key: str, version: int | None = None) -> CustomRole:
    """Give it to nobody any more. Raises NotFound, Stale, and Conflict while somebody holds it."""
    row = own_role(session, key=key, version=version)
    people = _holders(session).get(key, 0)
    if people:
        raise Conflict(N_("%(count)s people hold this role. Take it from them first."), count=people)
    if row.archived_at is None:
        row.archived_at = datetime.now(UTC)
        session.flush()
        audit.append(session, context=context, action="role.archived", subject=("role", row.id))
    return row


def own_role(session: Session, *, key: str, version: int | None = None) -> CustomRole:
    """A role of the tenant's own, locked. Raises NotFound, Stale."""
    row = session.scalar(select(CustomRole).where(CustomRole.key == key).with_for_update())
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def _checked(context: Context, draft: Draft, *, before: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The values of a role. `before` is what it gave already: that may stay, whoever changes the rest."""
    label = {locale: draft.label.get(locale, "").strip() for locale in LOCALES}
    label = {locale: text or next(filter(None, label.values()), "") for locale, text in label.items()}
    wanted, parties = frozenset(draft.permissions), sorted({*draft.parties} & {"client", "provider"})
    errors = []
    if not all(0 < len(text) <= NAME for text in label.values()):
        errors.append(FieldError(field="label", code="length", message=N_("A name has 1 to %(longest)s characters."),
                                 params={"longest": NAME}))  # fmt: skip
    if not wanted or wanted - PERMISSIONS.keys():
        errors.append(FieldError(field="permissions", code="choice", message=N_("Choose at least one permission.")))
    if not parties:
        errors.append(FieldError(field="parties", code="choice", message=N_("Say which side may hold it.")))
    if len(draft.about) > ABOUT:
        errors.append(FieldError(field="about", code="length", message=N_("At most %(longest)s characters."),
                                 params={"longest": ABOUT}))  # fmt: skip
    if errors:
        raise Invalid(errors=errors)
    may = frozenset().union(*(grantable(context, party=party) for party in parties))
    if wanted - before - may:
        raise Denied(N_("A role cannot give more than who makes it may give."))
    _refuse_duties(wanted, parties)
    return {"label": label, "permissions": sorted(wanted), "parties": parties, "about": draft.about.strip()}


def _refuse_duties(permissions: frozenset[str], parties: Iterable[str]) -> None:
    for party in parties:
        for duty in duties.broken(held_by(party, permissions)):
            raise Conflict(duty.refusal, field="permissions")


def _refuse_meeting(session: Session, row: CustomRole, permissions: frozenset[str]) -> None:
    """Who holds the role would hold, with their other roles, what one person may not. Raises Conflict."""
    rows = session.execute(
        select(Participant.id, Participant.party, Participant.roles, Participant.custom)
        .join(RoleAssignment, RoleAssignment.participant_id == Participant.id)
        .where(RoleAssignment.role == row.key, Participant.ended_at.is_(None))
    ).all()
    seen: set[UUID] = set()
    for person in rows:
        if person.id not in seen and row.key in person.roles:
            seen.add(person.id)
            after = permissions_of(person.roles, {*person.custom, *permissions}, party=person.party)
            for duty in duties.broken([*person.roles, *after]):
                raise Conflict(duty.refusal, field="permissions")
