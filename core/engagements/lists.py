"""Lists of customers, lent together: looked at first, lent under one grant, extended, taken back, returned with proof.

1. `preview` counts: how many are known, how many are new to the grant, what its row budget still carries. 2. `lend` refuses with
the same figures, then lends: a short list at once, a long one in slices, each of the same work however long the list is; one
that stopped goes on where it was (`again`). 3. `extend` and `take_back` are the client's; `core.engagements.proofs` is the
provider's return. 4. A list ends by itself when its time is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, aliased

from core.audit import service as audit
from core.context import Context
from core.db import reach as wall
from core.db import scope
from core.engagements import ending, granting, policy, service
from core.engagements.events import CustomersLeased
from core.engagements.jobs import watch_list
from core.engagements.models import DataGrant, Lease, LeaseList
from core.engagements.numbers import read_numbers, written
from core.engagements.queries import customers_by_number
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.identity.directory import context_of
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.pace import Pace
from core.jobs.tasks import set_going
from core.tenants.queries import filled_context
from core.tenants.service import next_numbers

NOTHING = {"made": 0, "kept": 0, "unknown": 0}
"""What a long list has come to: customers lent anew, those lent before whose lease went over, numbers of no active customer."""

Source = Callable[[Session, Context], Sequence[tuple[str, object]]]
Numbers = Callable[[Session, Context, str], Sequence[int]]
SEGMENTS: list[tuple[Source, Numbers]] = []
"""Where a list may come from besides numbers: the segments there are (key, name), and the customer numbers of one, of a layer
above; filled at boot."""
AT_ONCE = 2_000
PART = 2_000
"""Numbers of a long list that are written, and read, together: a slice reads no more than those it lends."""

KIND = "leases.lend"
NAME_LIMIT = 120

_COUNT = text(
    "SELECT count(*) AS known, count(l.customer_id) AS again"
    " FROM unnest(cast(:numbers AS bigint[])) n (number)"
    " JOIN customer c ON c.tenant_id = :tenant AND c.number = n.number AND c.state = 'active'"
    " LEFT JOIN (SELECT DISTINCT customer_id FROM lease WHERE tenant_id = :tenant AND data_grant_id = :grant) l"
    " ON l.customer_id = c.id"
).execution_options(**scope.RLS_ONLY)
"""How many numbers are active customers, and how many of these the grant has counted already. Customers are a layer above."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a list would be. `fresh` are new to the grant; `held` places of its budget are taken already."""

    given: int
    known: int
    fresh: int
    held: int
    budget: int | None

    @property
    def unknown(self) -> int:
        return self.given - self.known

    @property
    def over(self) -> int:
        """How many are too many for the grant."""
        return max(0, self.held + self.fresh - self.budget) if self.budget is not None else 0


def preview(
    session: Session, *, context: Context, engagement_id: UUID, purpose: str, until: datetime, numbers: Sequence[int]
) -> Preview:
    """Count. Raises what lending would raise, except for the budget."""
    _grant, counted = _looked(session, context, engagement_id, purpose, until, numbers)
    return counted


def _looked(
    session: Session, context: Context, engagement_id: UUID, purpose: str, until: datetime, numbers: Sequence[int]
) -> tuple[DataGrant, Preview]:
    engagement = service.lending(session, context, engagement_id)
    service.check_period(engagement, until, context=context)
    grant = granting.carrying(session, engagement_id=engagement.id, purpose=purpose, until=until)
    values = {"tenant": context.tenant_id, "numbers": list(numbers), "grant": grant.id}
    row = session.execute(_COUNT, values).one()
    counted = Preview(
        given=len(numbers), known=row.known, fresh=row.known - row.again, held=granting.taken(session, grant_id=grant.id),
        budget=grant.row_budget,
    )  # fmt: skip
    return grant, counted


def lend(
    session: Session, *, context: Context, engagement_id: UUID, name: str, purpose: str, until: datetime,
    numbers: Sequence[int],
) -> LeaseList:  # fmt: skip
    """Lend a list, or begin to. Raises Denied, NotFound, Conflict and Invalid; OverBudget with the figures."""
    title = name.strip()
    if not 0 < len(title) <= NAME_LIMIT:
        raise Invalid(N_("Give the list a name of at most 120 characters."), field="name")
    grant, counted = _looked(session, context, engagement_id, purpose, until, numbers)
    if not counted.known:
        raise Invalid(N_("None of these numbers is an active customer."), field="numbers")
    granting.refuse_over(grant, context=context, held=counted.held, more=counted.fresh)
    row = LeaseList(
        number=next_numbers(session, kind="lease_list")[0], engagement_id=engagement_id, data_grant_id=grant.id, name=title,
        purpose=purpose, expires_at=until, state="lending", lent_name=context.shown_name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    details = {
        "number": row.number,
        "customers": counted.known,
        "expires_at": until.isoformat(),
        "grant": str(grant.id),
    }
    audit.append(session, context=context, action="lease_list.lent", subject=("lease_list", row.id), details=details)
    watch_list(session, row=row)
    if len(numbers) <= AT_ONCE:
        _add(session, context, row, numbers)
        _finish(session, row)
        return row
    row.reserved = counted.fresh
    session.flush()
    ordered = sorted(numbers)
    parts = [written(ordered[at : at + PART]) for at in range(0, len(ordered), PART)]
    settings = {"list_id": str(row.id), "parts": parts, "within": sorted(context.permissions)}
    run = jobs.create_run(session, kind=KIND, settings=settings, total=len(ordered))
    run.counts = dict(NOTHING)
    set_going(session, context=context, run=run)
    return row


def _add(session: Session, context: Context, row: LeaseList, numbers: Sequence[int]) -> None:
    ids = list(customers_by_number(session, context=context, numbers=numbers).values())
    if ids:
        service.lease_customers(
            session, context=context, engagement_id=row.engagement_id, customer_ids=ids, purpose=row.purpose,
            expires_at=row.expires_at, list_id=row.id,
        )  # fmt: skip


def _finish(session: Session, row: LeaseList) -> None:
    row.size = size_of(session, list_id=row.id)
    row.state = "live"
    session.flush()


def size_of(session: Session, *, list_id: UUID) -> int:
    return session.scalar(select(func.count()).select_from(Lease).where(Lease.lease_list_id == list_id)) or 0


def work(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    """One slice of lending a long list, in the name of who lent it."""
    person = _lender(session, context, run)
    list_id = UUID(run.settings["list_id"])
    grant = granting.of_list(session, list_id=list_id)
    row = found(session, list_id=list_id, lock=True)
    if row.state != "lending":
        return False  # taken back meanwhile
    if grant is None or grant.id != row.data_grant_id:
        return True  # a wider grant took it over between the two locks
    engagement = service.lending(session, person, row.engagement_id)
    service.check_period(engagement, row.expires_at, context=person)
    granting.check_force(grant, until=row.expires_at)
    terms = service.Lending(
        engagement=engagement, grant_id=grant.id, purpose=row.purpose, expires_at=row.expires_at, list_id=row.id
    )
    before, total = _leased(run), run.total or 0
    pace = Pace(until, most=PART)
    while run.cursor < total and (rows := pace.rows()):
        numbers = _next_numbers(run, rows)
        _lend_some(session, person, run, row, grant, terms, numbers)
        pace.did(len(numbers))
    now = _leased(run)
    made = service.Leased(now.made - before.made, now.kept - before.kept, now.unknown - before.unknown)
    service.note_leased(session, context=person, terms=terms, leased=made)
    row.size = now.made + now.kept
    if run.cursor >= total:
        row.state, row.reserved = "live", 0
        bus.emit(session, CustomersLeased(context=person, subject=engagement.id, count=now.made))
    session.flush()
    return run.cursor < total


def _lender(session: Session, context: Context, run: BulkRun) -> Context:
    """Who lends, with what was theirs when they began and is still. Raises Denied."""
    full = filled_context(session, context=context)
    person = context_of(session, context=full, participant_id=run.created_by)
    if person is None:
        raise Denied(N_("The person who began this no longer works here."))
    person = replace(person, permissions=person.permissions.intersection(run.settings["within"]))
    if not person.may(policy.LEASE):
        raise Denied(N_("The person who began this may not lend customers any more."))
    return person


def _leased(run: BulkRun) -> service.Leased:
    return service.Leased(**run.counts)


def _next_numbers(run: BulkRun, rows: int) -> list[int]:
    part, at = divmod(run.cursor, PART)
    return read_numbers(run.settings["parts"][part])[at : at + rows]


def _lend_some(
    session: Session, person: Context, run: BulkRun, row: LeaseList, grant: DataGrant, terms: service.Lending,
    numbers: Sequence[int],
) -> None:  # fmt: skip
    """Lend the next ones. Those new to the grant take the places that the list keeps; more than it keeps must fit beside all."""
    ids = list(customers_by_number(session, context=person, numbers=numbers).values())
    ids = list(wall.reaches(session, ids, within=person.reach))
    fresh = len(ids) - granting.known(session, grant_id=grant.id, customer_ids=ids)
    if fresh > row.reserved and grant.row_budget is not None:
        held = granting.taken(session, grant_id=grant.id)
        granting.refuse_over(grant, context=person, held=held, more=fresh - row.reserved)
    made = service.put(session, context=person, terms=terms, customer_ids=ids)
    row.reserved = max(0, row.reserved - fresh)
    session.flush()
    run.cursor += len(numbers)
    so_far = _leased(run)
    run.counts = {
        "made": so_far.made + made.made,
        "kept": so_far.kept + made.kept,
        "unknown": so_far.unknown + len(numbers) - made.made - made.kept,
    }


def again(session: Session, *, context: Context, list_id: UUID) -> LeaseList:
    """Go on with a list whose lending stopped, where it stopped, in the name of who says so. Raises Denied, NotFound, Conflict.

    What a slice would refuse is refused here already: a grant or an engagement that is over.
    """
    grant = granting.of_list(session, list_id=list_id)
    row = mine(session, context=context, list_id=list_id)
    stopped = run_of(session, list_id=row.id)
    if row.state != "lending" or stopped is None or stopped.state not in ("failed", "cancelled"):
        raise Conflict(N_("The lending of this list has not stopped, so there is nothing to go on with."))
    engagement = service.lending(session, context, row.engagement_id)
    service.check_period(engagement, row.expires_at, context=context)
    if grant is None or grant.id != row.data_grant_id:
        raise Stale
    granting.check_force(grant, until=row.expires_at)
    settings = {**stopped.settings, "within": sorted(context.permissions)}
    run = jobs.create_run(session, kind=KIND, settings=settings, total=stopped.total)
    run.cursor, run.counts = stopped.cursor, dict(stopped.counts)
    details = {"number": row.number, "done": run.cursor, "of": run.total}
    audit.append(session, context=context, action="lease_list.resumed", subject=("lease_list", row.id), details=details)
    set_going(session, context=context, run=run)
    return row


def run_of(session: Session, *, list_id: UUID) -> BulkRun | None:
    """The long act that lends the list, if it is one."""
    wanted = select(BulkRun).where(BulkRun.kind == KIND, BulkRun.settings["list_id"].astext == str(list_id))
    return session.scalar(wanted.order_by(BulkRun.created_at.desc(), BulkRun.id.desc()).limit(1))


def extend(
    session: Session, *, context: Context, list_id: UUID, until: datetime, version: int | None = None
) -> LeaseList:
    """Move a list's last day. Raises Denied, NotFound, Stale, Conflict, Invalid: the grant and the engagement bound it.

    Where another grant carries it that long the list goes over to that one, if its row budget does carry it.
    """
    granting.of_list(session, list_id=list_id)
    row = mine(session, context=context, list_id=list_id, version=version)
    engagement = service.lending(session, context, row.engagement_id)
    service.check_period(engagement, until, context=context)
    grant = granting.carrying(session, engagement_id=row.engagement_id, purpose=row.purpose, until=until)
    if grant.id != row.data_grant_id:
        more = row.reserved + _new_to(session, row, grant)
        granting.refuse_over(grant, context=context, held=granting.taken(session, grant_id=grant.id), more=more)
        row.data_grant_id = grant.id
    row.expires_at = until
    session.execute(
        update(Lease)
        .where(Lease.lease_list_id == row.id, Lease.ended_at.is_(None))
        .values(expires_at=until, data_grant_id=grant.id, version=Lease.version + 1),
        execution_options={"synchronize_session": False},
    )
    session.flush()
    watch_list(session, row=row)
    details = {"number": row.number, "expires_at": until.isoformat()}
    audit.append(
        session, context=context, action="lease_list.extended", subject=("lease_list", row.id), details=details
    )
    return row


def _new_to(session: Session, row: LeaseList, grant: DataGrant) -> int:
    """How many live customers of a list were never lent under a grant."""
    before = aliased(Lease)
    known = select(before.id).where(before.data_grant_id == grant.id, before.customer_id == Lease.customer_id)
    wanted = select(func.count()).select_from(Lease)
    wanted = wanted.where(Lease.lease_list_id == row.id, Lease.ended_at.is_(None), ~known.exists())
    return session.scalar(wanted) or 0


def take_back(
    session: Session, *, context: Context, list_id: UUID, reason: str, version: int | None = None
) -> LeaseList:
    """End a list at once. The provider then owes the proof that nothing is held. Raises Denied, NotFound, Conflict, Invalid."""
    row = mine(session, context=context, list_id=list_id, version=version)
    if not reason.strip():
        raise Invalid(N_("Say why: both sides see it in the audit trail."), field="reason")
    row.size = size_of(session, list_id=row.id)
    row.state, row.ended_at, row.end_reason = "ended", datetime.now(UTC), reason.strip()
    session.flush()
    ended = ending.end_leases(
        session, context=context, engagement_id=row.engagement_id, reason=row.end_reason, lease_list_id=row.id
    )
    details = {"number": row.number, "leases": ended}
    audit.append(session, context=context, action="lease_list.ended", subject=("lease_list", row.id), details=details)
    return row


def mine(session: Session, *, context: Context, list_id: UUID, version: int | None = None) -> LeaseList:
    """A list that is lent, locked, for the client. Raises Denied, NotFound, Stale, Conflict."""
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    row = found(session, list_id=list_id, lock=True)
    if version is not None and row.version != version:
        raise Stale
    if row.state not in ("lending", "live"):
        raise Conflict(N_("The list is not lent any more."))
    return row


def found(session: Session, *, list_id: UUID, lock: bool = False) -> LeaseList:
    """The list. Raises NotFound."""
    wanted = select(LeaseList).where(LeaseList.id == list_id).execution_options(populate_existing=True)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound
    return row


_WORKED = text(
    "SELECT count(*) AS leased, count(*) FILTER (WHERE l.ended_at IS NULL AND l.expires_at > now()) AS live,"
    " count(i.customer_id) AS reached, coalesce(sum(i.touches), 0) AS touches, coalesce(sum(k.cases), 0) AS cases"
    " FROM lease l"
    " LEFT JOIN LATERAL (SELECT n.customer_id, count(*) AS touches FROM interaction n WHERE n.tenant_id = l.tenant_id"
    "  AND n.customer_id = l.customer_id AND n.engagement_id = l.engagement_id AND n.started_at >= l.created_at"
    "  GROUP BY n.customer_id) i ON true"
    ' LEFT JOIN LATERAL (SELECT count(*) AS cases FROM "case" c WHERE c.tenant_id = l.tenant_id'
    "  AND c.customer_id = l.customer_id AND c.opened_at >= l.created_at) k ON true"
    " WHERE l.tenant_id = :tenant AND l.lease_list_id = :list"
).execution_options(**scope.RLS_ONLY)
"""What was done with a list: interactions and cases are layers above, walled by their own policies."""


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What was done with a list since it was lent: of the `leased`, how many were contacted, and how often."""

    leased: int
    live: int
    reached: int
    touches: int
    cases: int


def worked(session: Session, *, context: Context, list_id: UUID) -> Worked:
    row: Any = session.execute(_WORKED, {"tenant": context.tenant_id, "list": list_id}).one()
    return Worked(**{name: int(value) for name, value in row._mapping.items()})
