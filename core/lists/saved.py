"""Saved views of a list: what its address asks, under a name, for oneself or for roles of one's own side.

Nothing personal stands in the address of a list, so nothing personal is saved. A view that was removed can be brought back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.identity.roles import ROLES
from core.lists.models import DefaultView, SavedView
from core.lists.policy import SHARE

LONGEST_NAME = 60
LONGEST_VALUE = 4000
MOST_ARGUMENTS = 60
MOST_VIEWS = 100
LEFT_OUT = frozenset({"after", "view"})
"""Where one is in a list is no part of a view."""


@dataclass(frozen=True, kw_only=True)
class View:
    """A view as its list offers it. `default`: the list opens with it for the reader."""

    id: UUID
    name: str
    args: Sequence[tuple[str, str]]
    own: bool
    roles: Sequence[str]
    default: bool
    version: int


def views(session: Session, *, context: Context, target: str) -> list[View]:
    """Those of the reader, then those shared with a role of theirs, each by name."""
    mine = and_(DefaultView.view_id == SavedView.id, DefaultView.participant_id == context.participant_id)
    rows = session.execute(
        select(
            SavedView.id, SavedView.name, SavedView.query, SavedView.owner_id, SavedView.roles, SavedView.version,
            DefaultView.id.label("chosen"),
        )
        .outerjoin(DefaultView, mine)
        .where(SavedView.target == target, SavedView.removed_at.is_(None), _side(context))
        .order_by(SavedView.name, SavedView.id)
        .limit(1000)
    ).all()  # fmt: skip
    found = [
        View(
            id=row.id, name=row.name, args=[(name, value) for name, value in row.query.get("args", ())],
            own=row.owner_id == context.participant_id, roles=row.roles, default=row.chosen is not None,
            version=row.version,
        )
        for row in rows
        if row.owner_id == context.participant_id or context.roles & set(row.roles)
    ]  # fmt: skip
    return sorted(found, key=lambda each: not each.own)[:MOST_VIEWS]


def view(session: Session, *, context: Context, target: str, view_id: UUID) -> View:
    """Raises NotFound, also for a view that is not the reader's to see."""
    found = next((each for each in views(session, context=context, target=target) if each.id == view_id), None)
    if found is None:
        raise NotFound
    return found


def seen(session: Session, *, context: Context, view_id: UUID) -> tuple[str, View]:
    """A view and the list it is of. Raises NotFound, also for a view that is not the reader's to see."""
    wanted = select(SavedView.target).where(SavedView.id == view_id, SavedView.removed_at.is_(None), _side(context))
    target = session.scalar(wanted)
    if target is None:
        raise NotFound
    return target, view(session, context=context, target=target, view_id=view_id)


def default_of(session: Session, *, context: Context, target: str) -> UUID | None:
    found = views(session, context=context, target=target)
    return next((each.id for each in found if each.default), None)


def save(
    session: Session, *, context: Context, target: str, name: str, args: Iterable[tuple[str, str]],
    roles: Sequence[str] = (), view_id: UUID | None = None,
) -> SavedView:  # fmt: skip
    """A new view, or an own one with another name, other arguments and roles. Raises Denied, NotFound, Invalid."""
    title = name.strip()
    if not 0 < len(title) <= LONGEST_NAME:
        raise Invalid(N_("Give the view a name of at most 60 characters."), field="name")
    kept = [[key, value] for key, value in args if key not in LEFT_OUT and value]
    if len(kept) > MOST_ARGUMENTS or any(len(key) + len(value) > LONGEST_VALUE for key, value in kept):
        raise Invalid(N_("This view asks too much to be kept."))
    shared = _roles(context, roles)
    if context.participant_id is None:
        raise Denied(N_("Views belong to people."))
    if view_id is None:
        if len(views(session, context=context, target=target)) >= MOST_VIEWS:
            raise Conflict(N_("There are 100 views already. Remove one first."))
        row = SavedView(
            target=target, owner_id=context.participant_id, engagement_id=context.engagement_id, name=title, roles=shared,
            query={"args": kept},
        )  # fmt: skip
        session.add(row)
    else:
        row = own(session, context=context, view_id=view_id)
        row.name, row.roles, row.query = title, shared, {"args": kept}
    session.flush()
    audit.append(
        session, context=context, action="view.saved", subject=("saved_view", row.id),
        details={"target": target, "roles": shared},
    )  # fmt: skip
    return row


def rename(session: Session, *, context: Context, view_id: UUID, name: str, roles: Sequence[str]) -> SavedView:
    row = own(session, context=context, view_id=view_id)
    args = [(key, value) for key, value in row.query.get("args", ())]
    return save(session, context=context, target=row.target, name=name, args=args, roles=roles, view_id=view_id)


def remove(session: Session, *, context: Context, view_id: UUID, back: bool = False) -> SavedView:
    """Take it away, or bring it back. Raises NotFound."""
    row = own(session, context=context, view_id=view_id)
    row.removed_at = None if back else datetime.now(UTC)
    session.flush()
    action = "view.restored" if back else "view.removed"
    audit.append(
        session, context=context, action=action, subject=("saved_view", row.id), details={"target": row.target}
    )
    return row


def set_default(session: Session, *, context: Context, target: str, view_id: UUID | None) -> None:
    """With which view the list opens for the reader; None: with none. Raises NotFound."""
    if view_id is not None:
        view(session, context=context, target=target, view_id=view_id)
    mine = (DefaultView.participant_id == context.participant_id, DefaultView.target == target)
    session.execute(delete(DefaultView).where(*mine), execution_options={"synchronize_session": False})
    if view_id is not None and context.participant_id is not None:
        row = DefaultView(
            participant_id=context.participant_id, engagement_id=context.engagement_id, target=target, view_id=view_id
        )
        session.add(row)
    session.flush()


def own(session: Session, *, context: Context, view_id: UUID) -> SavedView:
    """Raises NotFound for another person's."""
    row = session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.owner_id == context.participant_id, _side(context))
    )
    if row is None:
        raise NotFound
    return row


def _side(context: Context) -> ColumnElement[bool]:
    """A client's people do not meet the views of a provider's."""
    if context.engagement_id is None:
        return SavedView.engagement_id.is_(None)
    return SavedView.engagement_id == context.engagement_id


def _roles(context: Context, roles: Sequence[str]) -> list[str]:
    if not roles:
        return []
    if not context.may(SHARE):
        raise Denied(N_("Your role does not include sharing views."))
    party = "provider" if context.party == "provider" else "client"
    known = {key for key, role in ROLES.items() if party in role.parties}
    if set(roles) - known:
        raise Invalid(N_("Choose roles of your own side."), field="roles")
    return sorted(set(roles))
