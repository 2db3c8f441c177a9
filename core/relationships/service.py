"""Relate customers to each other: add, change, remove.

1. Both customers are there and of kinds that the role joins; a tenant's relationships are written one act at a time, so that two
acts at once close no circle between them. 2. Nobody is related to themselves, the same role does not stand twice at one time, and
where the role forbids it, no chain leads back. 3. Both customers' timelines tell it; audit and event name ids and the role.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.customers import service as customers
from core.customers.models import Customer
from core.db import scope
from core.errors import N_, Conflict, Invalid, NotFound, Stale
from core.events import bus
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.relationships.events import RelationshipAdded, RelationshipRemoved, RelationshipUpdated
from core.relationships.models import Relationship
from core.relationships.roles import ROLES, Role, label_of
from core.timeline import service as timeline
from core.undo.remembering import remember

REMOVAL = "relationship.removal"
MOST = 500
"""Relationships of one customer."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('relationships:' || :tenant, 0))")
_LEADS_BACK = text("""
WITH RECURSIVE chain(id) AS (
  SELECT cast(:start AS uuid)
  UNION
  SELECT r.other_id FROM relationship r JOIN chain c ON r.customer_id = c.id
   WHERE r.tenant_id = :tenant AND r.role = :role AND r.id <> :apart
     AND coalesce(r.ends_on, 'infinity') >= :begins AND coalesce(r.starts_on, '-infinity') <= :ends
)
SELECT EXISTS (SELECT FROM chain WHERE id = :target)""")


def relate(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    other_id: UUID,
    role: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Relationship:
    """`customer_id` becomes the role of `other_id`. Raises Denied, NotFound, Invalid, and Conflict for a circle or a second one."""
    customers.client_only(context)
    known = _known(role)
    row = Relationship(
        customer_id=customer_id, other_id=other_id, role=known.key, starts_on=starts_on, ends_on=ends_on,
        note=(note or "").strip() or None, source=source,
    )  # fmt: skip
    _lock(session, context)
    ends = _ends(session, customer_id, other_id)
    _check(session, known, row, ends)
    session.add(row)
    session.flush()
    _tell(session, context, row, N_("%(role)s: customer %(number)s"), icon="users")
    _note(session, context, row, "relationship.added")
    bus.emit(session, RelationshipAdded(context=context, subject=row.id, **_said(row)))
    return row


def change(
    session: Session, *, context: Context, relationship_id: UUID, version: int, changes: Mapping[str, Any]
) -> Relationship:
    """Change its days or its note. Raises NotFound, Stale, Invalid, Conflict."""
    customers.client_only(context)
    row = find(session, relationship_id=relationship_id)
    if row.version != version:
        raise Stale
    _lock(session, context)
    wrong = sorted(set(changes) - {"starts_on", "ends_on", "note"})
    if wrong:
        raise Invalid(N_("There is no such field."), field=wrong[0])
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not differing:
        return row
    with session.no_autoflush:
        for name, value in differing.items():
            setattr(row, name, value)
        _check(session, _known(row.role), row, _ends(session, row.customer_id, row.other_id))
    session.flush()
    ended = "ends_on" in differing and row.ends_on is not None
    _tell(
        session,
        context,
        row,
        N_("%(role)s, ended: customer %(number)s") if ended else N_("%(role)s, changed: customer %(number)s"),
        icon="users",
    )
    _note(session, context, row, "relationship.updated", fields=sorted(differing))
    bus.emit(session, RelationshipUpdated(context=context, subject=row.id, **_said(row)))
    return row


def remove(session: Session, *, context: Context, relationship_id: UUID, version: int | None = None) -> BulkRun:
    """It was never so: the row goes. The run gives it back (`core.undo`). One that ended is changed instead."""
    customers.client_only(context)
    row = find(session, relationship_id=relationship_id)
    if version is not None and row.version != version:
        raise Stale
    run = jobs.create_run(session, kind=REMOVAL, settings={"customer": str(row.customer_id)}, total=1)
    remember(session, run_id=run.id, table="relationship", rows=[row.id], act="removed")
    run.state, run.finished_at, run.counts = "done", datetime.now(UTC), {"removed": 1}
    _tell(session, context, row, N_("%(role)s, removed: customer %(number)s"), icon="x")
    _note(session, context, row, "relationship.removed")
    bus.emit(session, RelationshipRemoved(context=context, subject=row.id, **_said(row)))
    session.delete(row)
    session.flush()
    return run


def set_payer(session: Session, *, context: Context, household_id: UUID, payer_id: UUID | None, on: date) -> None:
    """Who pays for a household from a day on: who paid until then stops the day before. None: nobody."""
    customers.client_only(context)
    standing = session.scalars(
        select(Relationship).where(
            Relationship.other_id == household_id, Relationship.role == "payer",
            or_(Relationship.ends_on.is_(None), Relationship.ends_on >= on),
        )
    ).all()  # fmt: skip
    for row in standing:
        if row.customer_id == payer_id:
            return
        begun_before = row.starts_on is None or row.starts_on < on
        if begun_before:
            last = date.fromordinal(on.toordinal() - 1)
            change(session, context=context, relationship_id=row.id, version=row.version, changes={"ends_on": last})
        else:
            remove(session, context=context, relationship_id=row.id)
    if payer_id is not None:
        relate(session, context=context, customer_id=payer_id, other_id=household_id, role="payer", starts_on=on)


def find(session: Session, *, relationship_id: UUID) -> Relationship:
    row = session.scalar(select(Relationship).where(Relationship.id == relationship_id))
    if row is None:
        raise NotFound
    return row


def _known(role: str) -> Role:
    if role not in ROLES:
        raise Invalid(N_("Choose one of the roles."), field="role")
    return ROLES[role]


def _lock(session: Session, context: Context) -> None:
    session.execute(_LOCK.execution_options(**scope.RLS_ONLY), {"tenant": str(context.tenant_id)})


def _ends(session: Session, customer_id: UUID, other_id: UUID) -> tuple[Customer, Customer]:
    """Both customers. Raises NotFound for the one whose page this is, Invalid for the one that was chosen."""
    customer = customers.find(session, customer_id=customer_id)
    try:
        return customer, customers.find(session, customer_id=other_id)
    except NotFound:
        raise Invalid(N_("There is no such customer."), field="other_id") from None


def _check(session: Session, role: Role, row: Relationship, ends: tuple[Customer, Customer]) -> None:
    """Raises Invalid or Conflict with the first reason against it."""
    customer, other = ends
    if customer.id == other.id:
        raise Invalid(N_("Nobody is related to themselves."), field="other_id")
    if customer.kind not in role.of or other.kind not in role.to:
        raise Invalid(N_("This role does not join customers of these kinds."), field="role")
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise Invalid(N_("It would have ended before it begins."), field="ends_on")
    _check_twice(session, role, row)
    if role.acyclic and _leads_back(session, row):
        raise Conflict(N_("That would be a circle: the chain of others leads back to this customer."), field="other_id")


def _check_twice(session: Session, role: Role, row: Relationship) -> None:
    r = Relationship
    same = and_(r.customer_id == row.customer_id, r.other_id == row.other_id)
    if role.mutual:
        same = or_(same, and_(r.customer_id == row.other_id, r.other_id == row.customer_id))
    if _stands(session, role, row, same):
        raise Conflict(N_("They already have this relationship at that time."), field="other_id")
    both = (row.customer_id, row.other_id)
    mine = or_(r.customer_id.in_(both), r.other_id.in_(both)) if role.mutual else r.customer_id == row.customer_id
    if role.one and _stands(session, role, row, mine):
        raise Conflict(
            N_("There is one such relationship at a time. End the one that stands first."), field="starts_on"
        )
    if role.alone and _stands(session, role, row, r.other_id == row.other_id):
        raise Conflict(N_("Somebody else has this role at that time. End it first."), field="starts_on")
    if session.scalar(
        select(r.id).where(or_(r.customer_id == row.customer_id, r.other_id == row.customer_id)).offset(MOST)
    ):
        raise Conflict(N_("A customer has at most %(most)s relationships."), most=MOST)


def _stands(session: Session, role: Role, row: Relationship, where: ColumnElement[bool]) -> bool:
    """Another row of the role holds on some day of this one's."""
    r = Relationship
    conditions = [where, r.role == role.key, r.id != row.id]
    if row.ends_on is not None:
        conditions.append(or_(r.starts_on.is_(None), r.starts_on <= row.ends_on))
    if row.starts_on is not None:
        conditions.append(or_(r.ends_on.is_(None), r.ends_on >= row.starts_on))
    return session.scalar(select(r.id).where(*conditions).limit(1)) is not None


def _leads_back(session: Session, row: Relationship) -> bool:
    """From the other, by the same role, in the same days, to this customer. A chain that is a circle already ends too."""
    days = (row.starts_on or date.min, row.ends_on or date.max)
    return leads_to(session, role=row.role, start=row.other_id, target=row.customer_id, days=days, apart=row.id)


def leads_to(
    session: Session, *, role: str, start: UUID, target: UUID, days: tuple[date, date], apart: UUID | None = None
) -> bool:  # fmt: skip
    """Whether a chain of one role, of what stands in those days, leads from one customer to another."""
    begins, ends = days
    found = session.scalar(
        _LEADS_BACK.execution_options(**scope.RLS_ONLY),
        {
            "tenant": scope.current(session).tenant_id, "start": start, "target": target, "role": role,
            "apart": apart or UUID(int=0), "begins": begins, "ends": ends,
        },
    )  # fmt: skip
    return bool(found)


def _tell(session: Session, context: Context, row: Relationship, message: str, *, icon: str) -> None:
    """On both timelines, for the client alone: it would tell a provider of a customer that it may not have."""
    for here, there, from_other in ((row.customer_id, row.other_id, False), (row.other_id, row.customer_id, True)):
        number = session.scalar(select(Customer.number).where(Customer.id == there))
        timeline.tell(
            session, context=context, customer_id=here, kind="relationship.changed", message=message,
            values={"role": label_of(row.role, seen_from_other=from_other), "number": str(number)},
            icon=icon, visibility="client", subject=("customer", there),
        )  # fmt: skip


def _note(session: Session, context: Context, row: Relationship, action: str, fields: list[str] | None = None) -> None:
    audit.append(
        session, context=context, action=action, subject=("customer", row.customer_id), fields=fields or [],
        details={"role": row.role, "other": str(row.other_id)},
    )  # fmt: skip


def _said(row: Relationship) -> dict[str, Any]:
    return {"customer_id": row.customer_id, "other_id": row.other_id, "role": row.role}
