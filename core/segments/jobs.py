"""Take the members of a snapshot in slices, in the name of who asked for it.

A round is written beside the one that counts; when it is whole it counts, those put in by hand come along, and the old round
is cleared away. A worker that dies loses and doubles nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from core.audit import service as audit
from core.context import Context
from core.customers.models import Customer
from core.db import reach, scope
from core.errors import N_, Denied, NotFound
from core.events import bus
from core.identity.directory import context_of
from core.jobs.models import BulkRun
from core.plugin.catalog import CatalogView
from core.segments import meaning
from core.segments.events import SegmentTaken
from core.segments.models import Segment, SegmentMember
from core.segments.service import MEMBER, member_values
from core.tenants.queries import filled_context

BATCH = 2000

ViewOf = Callable[[Session, Context], CatalogView]
LEFT = N_("The person who began this no longer works here.")


def person_of(session: Session, *, context: Context, run: BulkRun) -> Context:
    """Who began a run, with no more than they could do then and can do now. Raises Denied."""
    full = filled_context(session, context=context)
    person = context_of(session, context=full, participant_id=run.created_by)
    if person is None:
        raise Denied(LEFT)
    return replace(person, permissions=person.permissions.intersection(run.settings["within"]))


class Taker:
    """The slices of `segments.take`."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        person = person_of(session, context=context, run=run)
        row = session.scalar(select(Segment).where(Segment.id == UUID(run.settings["segment_id"])).with_for_update())
        if row is None:
            raise NotFound
        if run.settings["phase"] == "taking":
            found = meaning.of_row(row, types=meaning.types_of(self._view_of(session, person)))
            if _fill(session, person, self._view_of(session, person), run, found, until):
                return True
            _settle(session, person, run, row)
        return _clear(session, run, row, until)


def _fill(
    session: Session, person: Context, view: CatalogView, run: BulkRun, found: meaning.Definition, until: float
) -> bool:
    """Whether more is left."""
    meaning.usable(found)
    test = meaning.matches(session, view=view, tree=found.condition)
    within = reach.condition(Customer, person.reach, person.party)
    where = [Customer.tenant_id == person.tenant_id, Customer.state == "active", test]
    where += [within] if within is not None else []
    if run.total is None:
        run.total = session.scalar(select(func.count()).select_from(Customer).where(*where)) or 0
    while True:
        last = run.settings["last"]
        after = [Customer.id > UUID(last)] if last else []
        part = (
            select(*member_values(person, UUID(run.settings["segment_id"]), run.settings["round"], by_hand=False))
            .where(*where, *after).order_by(Customer.id).limit(BATCH)
        )  # fmt: skip
        made = insert(SegmentMember).from_select(MEMBER, part, include_defaults=False)
        rows = session.scalars(made.returning(SegmentMember.customer_id), execution_options=dict(scope.RLS_ONLY)).all()
        run.cursor += len(rows)
        if rows:
            run.settings = {**run.settings, "last": str(max(rows))}
        if len(rows) < BATCH:
            return False
        if time.monotonic() > until:
            return True


def _settle(session: Session, person: Context, run: BulkRun, row: Segment) -> None:
    """The new round is whole: it counts from now on."""
    number = run.settings["round"]
    there = aliased(SegmentMember)
    again = exists().where(
        there.segment_id == row.id, there.round == number, there.customer_id == SegmentMember.customer_id
    )
    kept: Any = (
        update(SegmentMember)
        .where(SegmentMember.segment_id == row.id, SegmentMember.round == row.round, SegmentMember.by_hand, ~again)
        .values(round=number)
    )
    session.execute(kept, execution_options={"synchronize_session": False})
    row.round, row.taken_at, row.run_id = number, datetime.now(UTC), None
    row.size = session.scalar(
        select(func.count())
        .select_from(SegmentMember)
        .where(SegmentMember.segment_id == row.id, SegmentMember.round == number)
    )
    run.settings = {**run.settings, "phase": "clearing"}
    run.counts = {"members": row.size}
    session.flush()
    audit.append(
        session, context=person, action="segment.taken", subject=("segment", row.id), details={"count": row.size}
    )
    bus.emit(session, SegmentTaken(context=person, subject=row.id, key=row.key, size=row.size or 0))


def _clear(session: Session, run: BulkRun, row: Segment, until: float) -> bool:
    """Whether more of the old rounds is left."""
    old = (SegmentMember.segment_id == row.id, SegmentMember.round != run.settings["round"])
    while True:
        ids = session.scalars(select(SegmentMember.id).where(*old).limit(BATCH * 5)).all()
        if ids:
            gone = delete(SegmentMember).where(SegmentMember.id.in_(ids))
            session.execute(gone, execution_options={"synchronize_session": False})
        if len(ids) < BATCH * 5:
            return False
        if time.monotonic() > until:
            return True
