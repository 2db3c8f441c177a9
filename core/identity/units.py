"""The tree of units: a tenant's branches, stores and teams, and the teams of each provider within its engagement.

A unit is made, renamed, moved without a cycle, and archived once nobody and nothing stands in it. Whose role reaches a unit
and what lies below sees a change of the tree from their next request on.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Invalid, NotFound, Stale
from core.identity.models import Participant, RoleAssignment
from core.tenants.models import Unit

NAME = 80
DEEPEST = 8
MOST = 5000
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

STANDING: list[Callable[[Session, UUID], int]] = []
"""How many customers, records or open cases stand in a unit, of layers above; filled by `app.py`."""


@dataclass(frozen=True, kw_only=True)
class UnitRow:
    """A unit in the tree: `depth` from 0, `path` the names above it, `people` who belong to it."""

    id: UUID
    key: str
    name: str
    parent_id: UUID | None
    depth: int
    path: tuple[str, ...]
    people: int
    archived: bool
    version: int

    @property
    def full(self) -> str:
        return " / ".join((*self.path, self.name))


def unit_tree(session: Session, *, context: Context, archived: bool = False) -> list[UnitRow]:
    """The units of the reader's side, parents before children, by name."""
    rows = session.execute(
        select(Unit.id, Unit.key, Unit.name, Unit.parent_id, Unit.archived_at, Unit.version)
        .where(_of_side(context), *([] if archived else [Unit.archived_at.is_(None)]))
        .order_by(Unit.name, Unit.id)
        .limit(MOST)
    ).all()
    people = {
        row.unit_id: row.people
        for row in session.execute(
            select(Participant.unit_id, func.count().label("people"))
            .where(Participant.unit_id.is_not(None), Participant.ended_at.is_(None))
            .group_by(Participant.unit_id)
        )
    }
    children: dict[UUID | None, list[Any]] = {}
    known = {row.id for row in rows}
    for row in rows:
        children.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    found: list[UnitRow] = []

    def walk(parent: UUID | None, path: tuple[str, ...]) -> None:
        for row in children.get(parent, []):
            found.append(
                UnitRow(id=row.id, key=row.key, name=row.name, parent_id=row.parent_id, depth=len(path), path=path,
                        people=people.get(row.id, 0), archived=row.archived_at is not None, version=row.version)
            )  # fmt: skip
            walk(row.id, (*path, row.name))

    walk(None, ())
    return found


def _of_side(context: Context) -> ColumnElement[bool]:
    return (
        Unit.engagement_id.is_(None) if context.engagement_id is None else Unit.engagement_id == context.engagement_id
    )


def below(session: Session) -> Mapping[UUID, Sequence[UUID]]:
    """For every unit the units at and under it."""
    parents = {row.id: row.parent_id for row in session.execute(select(Unit.id, Unit.parent_id))}
    found: dict[UUID, list[UUID]] = {key: [] for key in parents}
    for key in parents:
        at: UUID | None = key
        while at is not None and key not in found[at]:
            found[at].append(key)
            at = parents.get(at)
    return found


def make_unit(
    session: Session, *, context: Context, name: str, parent_id: UUID | None = None, key: str | None = None
) -> Unit:
    """A new unit of the reader's side. Raises Invalid, NotFound for a parent of another side, Conflict for a key that is taken."""
    name, key = _name(name), (key or "").strip().lower() or f"u-{secrets.token_hex(3)}"
    if not KEY.fullmatch(key):
        raise Invalid(N_("A code has up to 40 small letters, digits and hyphens."), field="key")
    if session.scalar(select(Unit.id).where(Unit.key == key)) is not None:
        raise Conflict(N_("The code %(key)s is taken."), field="key", key=key)
    if parent_id is not None:
        _deep_enough(session, context, parent_id, more=1)
    row = Unit(key=key, name=name, parent_id=parent_id, engagement_id=context.engagement_id)
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="unit.created", subject=("unit", row.id))
    return row


def change_unit(
    session: Session,
    *,
    context: Context,
    unit_id: UUID,
    name: str | None = None,
    parent_id: UUID | None = None,
    moved: bool = False,
    version: int | None = None,
) -> Unit:
    """Rename it; with `moved`, hang it under another (None: at the top). Raises NotFound, Stale, Invalid."""
    row = _found(session, context, unit_id, version=version)
    changed = []
    if name is not None and _name(name) != row.name:
        row.name = _name(name)
        changed.append("name")
    if moved and parent_id != row.parent_id:
        _refuse_cycle(session, context, row, parent_id)
        row.parent_id = parent_id
        changed.append("parent_id")
    session.flush()
    if changed:
        audit.append(session, context=context, action="unit.changed", subject=("unit", row.id), fields=changed)
    return row


def _refuse_cycle(session: Session, context: Context, row: Unit, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    under = below(session).get(row.id, ())
    if parent_id in under:
        raise Invalid(N_("A unit cannot hang under itself or what lies below it."), field="parent_id")
    _deep_enough(session, context, parent_id, more=1)


def archive_unit(session: Session, *, context: Context, unit_id: UUID, version: int | None = None) -> Unit:
    """Use it no more. Raises NotFound, Stale, and Conflict while people, units or work stand in it."""
    row = _found(session, context, unit_id, version=version)
    inside = session.scalar(
        select(func.count())
        .select_from(Participant)
        .where(Participant.unit_id == row.id, Participant.ended_at.is_(None))
    )
    if inside:
        raise Conflict(N_("%(count)s people belong to this unit. Move them first."), count=inside)
    if session.scalar(select(Unit.id).where(Unit.parent_id == row.id, Unit.archived_at.is_(None)).limit(1)):
        raise Conflict(N_("Units hang under this one. Move or archive them first."))
    given = session.scalar(
        select(RoleAssignment.id)
        .where(
            RoleAssignment.unit_id == row.id,
            or_(RoleAssignment.ends_at.is_(None), RoleAssignment.ends_at > func.now()),
        )
        .limit(1)
    )
    if given:
        raise Conflict(N_("Somebody's role reaches this unit. Change that first."))
    standing = sum(ask(session, row.id) for ask in STANDING)
    if standing:
        raise Conflict(
            N_("%(count)s customers, records or open cases stand in this unit. Move them first."), count=standing
        )
    row.archived_at = row.archived_at or datetime.now(UTC)
    session.flush()
    audit.append(session, context=context, action="unit.archived", subject=("unit", row.id))
    return row


def _found(session: Session, context: Context, unit_id: UUID, *, version: int | None = None) -> Unit:
    """A unit in use, locked. Moving asks for the whole tree, so moves come one after the other. Raises NotFound, Stale."""
    session.execute(
        select(Unit.id).where(_of_side(context), Unit.parent_id.is_(None)).order_by(Unit.id).with_for_update()
    )
    row = session.scalar(
        select(Unit)
        .where(Unit.id == unit_id, _of_side(context))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def _deep_enough(session: Session, context: Context, parent_id: UUID, *, more: int) -> None:
    """Raises Invalid for a parent that is none, or lies too deep."""
    rows = {row.id: row for row in unit_tree(session, context=context)}
    if parent_id not in rows:
        raise Invalid(N_("There is no such unit."), field="parent_id")
    if rows[parent_id].depth + more >= DEEPEST:
        raise Invalid(N_("A tree has at most %(levels)s levels."), field="parent_id", levels=DEEPEST)


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME:
        raise Invalid(N_("A name has 1 to %(longest)s characters."), field="name", longest=NAME)
    return name
