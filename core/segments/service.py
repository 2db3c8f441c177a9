"""Make segments, change them, take their members, put customers in by hand, archive and remove.

1. A condition is checked when it is saved. 2. `take` begins a run that writes a new round of members in slices; the old round
counts until the new one is whole. 3. What was used (a lease, a rule, a saved view) is archived, never removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, literal, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.audit.models import AuditEntry
from core.conditions import parse
from core.context import Context
from core.customers.models import Customer
from core.db import reach, scope
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.gate.prepared import prepared
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.lists.models import SavedView
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.segments import meaning, policy
from core.segments.events import SegmentSaved
from core.segments.models import Segment, SegmentMember

KIND = "segments.take"
MODES = ("live", "snapshot")
CRITERIA = ("measurable", "substantial", "accessible", "differentiable", "actionable")
LONGEST_NAME = 80
LONGEST_PURPOSE = 500


def make(
    session: Session, *, context: Context, view: CatalogView, name: str, mode: str, condition: Any = None, key: str = "",
    purpose: str = "",
) -> Segment:  # fmt: skip
    """Raises Denied and Invalid. Without a condition it is a snapshot that is filled by hand."""
    _allowed(context)
    row = Segment(key=_key(session, key), name="", mode="", state="active", round=0)
    _set(row, context=context, view=view, name=name, mode=mode, condition=condition, purpose=purpose)
    session.add(row)
    session.flush()
    _tell(session, context, row, "segment.created")
    return row


def change(
    session: Session, *, context: Context, view: CatalogView, segment_id: UUID, version: int, name: str, mode: str,
    condition: Any, purpose: str = "",
) -> Segment:  # fmt: skip
    """Raises Denied, NotFound, Stale, Invalid. A snapshot keeps the members it has until it is taken again."""
    row = locked(session, context=context, segment_id=segment_id, version=version)
    _set(row, context=context, view=view, name=name, mode=mode, condition=condition, purpose=purpose)
    session.flush()
    _tell(session, context, row, "segment.updated")
    return row


def answer(
    session: Session, *, context: Context, segment_id: UUID, version: int, criteria: Mapping[str, Any]
) -> Segment:
    """Note what somebody holds of the five criteria: yes, no, or nothing yet."""
    row = locked(session, context=context, segment_id=segment_id, version=version)
    row.criteria = {key: criteria.get(key) for key in CRITERIA if criteria.get(key) in ("yes", "no")}
    session.flush()
    audit.append(session, context=context, action="segment.updated", subject=("segment", row.id), fields=["criteria"])
    return row


def archive(session: Session, *, context: Context, segment_id: UUID, version: int, back: bool = False) -> Segment:
    """Put it away, or bring it back. Raises Denied, NotFound, Stale."""
    row = locked(session, context=context, segment_id=segment_id, version=version)
    row.state = "active" if back else "archived"
    session.flush()
    _tell(session, context, row, "segment.restored" if back else "segment.archived")
    return row


def remove(session: Session, *, context: Context, view: CatalogView, segment_id: UUID, version: int) -> None:
    """For one that nothing ever used. Raises Conflict for the others, which are archived."""
    row = locked(session, context=context, segment_id=segment_id, version=version)
    if used_by(session, view=view, row=row):
        raise Conflict(N_("This segment was used, so it is archived rather than removed."))
    audit.append(
        session, context=context, action="segment.removed", subject=("segment", row.id), details={"key": row.key}
    )
    session.execute(delete(Segment).where(Segment.id == row.id))


def used_by(session: Session, *, view: CatalogView, row: Segment) -> list[tuple[str, str]]:
    """Where it is used: (`rule`, its key), (`view`, its name), (`act`, "") for a lease, a campaign or an act on many."""
    key = f"{OWN}.{row.key}"
    found = [("rule", rule) for rule in prepared(view).rules_naming(key)]
    views = session.execute(select(SavedView.name, SavedView.query).where(SavedView.removed_at.is_(None)))
    found += [("view", each.name) for each in views if ["segment", key] in each.query.get("args", ())]
    trail = select(AuditEntry.id).where(
        AuditEntry.subject_type == "segment", AuditEntry.subject_id == row.id, AuditEntry.action == "segment.used"
    )
    if session.scalar(select(exists(trail))):
        found.append(("act", ""))
    return found


def note_use(session: Session, *, context: Context, found: meaning.Definition, what: str) -> None:
    """A segment of the tenant's own was used for something that outlives it. The trail keeps it."""
    if found.id is not None:
        audit.append(
            session, context=context, action="segment.used", subject=("segment", found.id),
            details={"key": found.key, "for": what},
        )  # fmt: skip


def take(session: Session, *, context: Context, view: CatalogView, segment_id: UUID, version: int) -> BulkRun:
    """Begin to take a snapshot's members. Raises Denied, NotFound, Stale, Conflict, SegmentBroken."""
    row = locked(session, context=context, segment_id=segment_id, version=version)
    if row.mode != "snapshot" or row.condition is None:
        raise Conflict(N_("Only a snapshot with a condition is taken."))
    meaning.usable(meaning.of_row(row, types=meaning.types_of(view)))
    running = session.get(BulkRun, (row.tenant_id, row.run_id)) if row.run_id else None
    if running is not None and running.state in ("waiting", "running"):
        raise Conflict(N_("This segment is being taken already."))
    settings = {
        "segment_id": str(row.id), "round": row.round + 1, "last": None, "phase": "taking",
        "within": sorted(context.permissions),
    }  # fmt: skip
    run = jobs.create_run(session, kind=KIND, settings=settings)
    row.run_id = run.id
    session.flush()
    set_going(session, context=context, run=run)
    return run


def add(session: Session, *, context: Context, segment_id: UUID, customer_ids: Sequence[UUID]) -> int:
    """Put customers into a snapshot by hand; how many were not in it. Raises Denied, NotFound, Conflict."""
    row = locked(session, context=context, segment_id=segment_id)
    if row.mode != "snapshot" or row.state != "active":
        raise Conflict(N_("Customers are put into a snapshot that is not archived."))
    member = SegmentMember
    inside = exists().where(
        member.tenant_id == Customer.tenant_id, member.segment_id == row.id, member.round == row.round,
        member.customer_id == Customer.id,
    )  # fmt: skip
    within = reach.condition(Customer, context.reach, context.party)
    wanted = select(*member_values(context, row.id, row.round, by_hand=True)).where(
        Customer.tenant_id == context.tenant_id, Customer.id.in_(customer_ids), Customer.state == "active", ~inside,
        *([within] if within is not None else []),
    )  # fmt: skip
    made = insert(member).from_select(MEMBER, wanted, include_defaults=False).returning(member.customer_id)
    added = len(session.scalars(made, execution_options=dict(scope.RLS_ONLY)).all())
    row.size = (row.size or 0) + added
    row.taken_at = row.taken_at or datetime.now(UTC)
    session.flush()
    return added


MEMBER = ["tenant_id", "id", "segment_id", "customer_id", "round", "by_hand"]


def member_values(context: Context, segment_id: UUID, number: int, *, by_hand: bool) -> list[Any]:
    """The columns of MEMBER in a select from Customer. Ids are the database's: nobody points to them."""
    types = SegmentMember.__table__.c
    return [
        literal(context.tenant_id, type_=types.tenant_id.type), func.gen_random_uuid(),
        literal(segment_id, type_=types.segment_id.type), Customer.id, literal(number), literal(by_hand),
    ]  # fmt: skip


def locked(session: Session, *, context: Context, segment_id: UUID, version: int | None = None) -> Segment:
    """The row, for writing. Raises Denied, NotFound, Stale."""
    _allowed(context)
    wanted = select(Segment).where(Segment.id == segment_id).with_for_update()
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def _allowed(context: Context) -> None:
    if context.party == "provider" or not context.may(policy.MANAGE):
        raise Denied(N_("Your role does not include making segments."))


def _set(
    row: Segment, *, context: Context, view: CatalogView, name: str, mode: str, condition: Any, purpose: str
) -> None:
    title, errors = name.strip(), []
    if not 0 < len(title) <= LONGEST_NAME:
        errors.append(_wrong("name", N_("Give the segment a name of at most 80 characters.")))
    if mode not in MODES:
        errors.append(_wrong("mode", N_("A segment is live or a snapshot.")))
    if condition is None and mode == "live":
        errors.append(_wrong("condition", N_("A live segment needs a condition.")))
    if len(purpose) > LONGEST_PURPOSE:
        errors.append(_wrong("purpose", N_("At most 500 characters.")))
    if errors:
        raise Invalid(errors=errors)
    if condition is not None:
        parse(condition, types=meaning.offered(view, context=context).types())
    row.name, row.mode, row.condition, row.purpose = title, mode, condition, purpose.strip()


def _wrong(field: str, message: str) -> FieldError:
    return FieldError(field=field, code="invalid", message=message)


def _key(session: Session, asked: str) -> str:
    key = asked.strip().lower()
    if key and not meaning.KEY.fullmatch(key):
        raise Invalid(N_("A key is small letters, digits and _, and begins with a letter."), field="key")
    taken = set(session.scalars(select(Segment.key)))
    if key and key in taken:
        raise Invalid(N_("Another segment has this key."), field="key")
    number = len(taken) + 1
    while not key or key in taken:
        key, number = f"segment_{number}", number + 1
    return key


def _tell(session: Session, context: Context, row: Segment, action: str) -> None:
    audit.append(session, context=context, action=action, subject=("segment", row.id), details={"key": row.key})
    bus.emit(session, SegmentSaved(context=context, subject=row.id, key=row.key, state=row.state))
