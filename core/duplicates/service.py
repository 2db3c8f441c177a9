"""Decide about pairs that may be one customer: two they are, later, whose work it is. For merging see `merging`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.customers.models import Customer
from core.duplicates import policy
from core.duplicates.matching import model_of, records_of, terms_stored
from core.duplicates.merging import may_merge
from core.duplicates.models import DuplicatePair
from core.errors import N_, Conflict, Invalid, NotFound, Stale
from core.identity.directory import colleagues

NOTE_LIMIT = 500


def pair_of(
    session: Session, *, context: Context, pair_id: UUID, version: int | None = None, lock: bool = True
) -> DuplicatePair:
    """A pair, locked. Raises Denied, NotFound where one of its customers is out of reach, Stale where it is at another version."""
    may_merge(context)
    wanted = select(DuplicatePair).where(DuplicatePair.id == pair_id).execution_options(populate_existing=True)
    pair = session.scalar(wanted.with_for_update() if lock else wanted)
    if pair is None or len(set(session.scalars(_both(pair.customer_id, pair.other_id)))) != 2:
        raise NotFound
    if version is not None and pair.version != version:
        raise Stale
    return pair


def _both(one: UUID, other: UUID) -> Any:
    return select(Customer.id).where(Customer.id.in_([one, other]))


def not_a_duplicate(session: Session, *, context: Context, pair: DuplicatePair, note: str | None = None) -> None:
    """Two customers they are, for good: no run asks again. Raises Conflict where they were merged."""
    if pair.state != "open":
        raise Conflict(N_("Somebody has decided about this pair already."))
    pair.state, pair.decided_at, pair.decided_by = "not_duplicate", datetime.now(UTC), context.participant_id
    if note is not None and note.strip():
        pair.note = note.strip()[:NOTE_LIMIT]
    _note(session, context, pair, "duplicates.refused")


def ask_again(session: Session, *, context: Context, pair: DuplicatePair) -> None:
    """Take back that they are two."""
    if pair.state != "not_duplicate":
        raise Conflict(N_("Somebody has decided about this pair already."))
    pair.state, pair.decided_at, pair.decided_by = "open", None, None
    _note(session, context, pair, "duplicates.reopened")


def skip(session: Session, *, pair: DuplicatePair) -> None:
    """Later: it leaves the queue for the list of those that were skipped; once more, and it is back."""
    pair.skipped_at = None if pair.skipped_at else datetime.now(UTC)
    session.flush()


def assign(session: Session, *, context: Context, pair: DuplicatePair, person_id: UUID | None) -> None:
    """Say whose work it is; None is nobody's. Raises Invalid for who may not merge."""
    able = {row.id for row in colleagues(session, context=context, permission=policy.MERGE)}
    if person_id is not None and person_id not in able:
        raise Invalid(N_("Choose somebody who may merge customers."), field="assignee_id")
    pair.assignee_id = person_id
    session.flush()


def set_apart(session: Session, *, context: Context, one_id: UUID, other_id: UUID) -> DuplicatePair:
    """The pair of any two customers, made where there is none, so that it can be decided about."""
    lower, higher = sorted((one_id, other_id))
    if lower == higher or len(set(session.scalars(_both(lower, higher)))) != 2:
        raise NotFound
    may_merge(context)
    pair = session.scalar(
        select(DuplicatePair).where(DuplicatePair.customer_id == lower, DuplicatePair.other_id == higher).with_for_update()
    )  # fmt: skip
    if pair is None:
        known, model = records_of(session, [lower, higher]), model_of(session)
        if len(known) != 2:
            raise Conflict(N_("One of the two is not active any more."))
        levels = model.levels(known[lower], known[higher])
        pair = DuplicatePair(
            customer_id=lower, other_id=higher, weight=round(model.weight(levels) * 100),
            terms=terms_stored(model.trace(levels)), source="create",
        )  # fmt: skip
        session.add(pair)
        session.flush()
    return pair


def _note(session: Session, context: Context, pair: DuplicatePair, action: str) -> None:
    session.flush()
    for customer_id in (pair.customer_id, pair.other_id):
        audit.append(
            session,
            context=context,
            action=action,
            subject=("customer", customer_id),
            details={"pair_id": str(pair.id)},
        )
