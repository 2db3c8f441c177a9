"""Lists of customers, lent together: looked at first, lent under one grant, extended, taken back, returned with proof.

1. `preview` counts: how many are known, how many are new to the grant, what its row budget still carries. 2. `lend` refuses with
the same figures, then lends: a short list at once, a long one as a bulk run in slices. 3. `extend` and `take_back` are the
client's; `core.engagements.proofs` is the provider's return. 4. A list ends by itself when its time is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.engagements import ending, granting, service
from core.engagements.jobs import watch_list
from core.engagements.models import DataGrant, Lease, LeaseList
from core.engagements.numbers import read_numbers, written
from core.engagements.queries import customers_by_number
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.identity.directory import context_of
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.tenants.queries import filled_context
from core.tenants.service import next_numbers

KIND = "leases.lend"

Source = Callable[[Session, Context], Sequence[tuple[str, object]]]
Numbers = Callable[[Session, Context, str], Sequence[int]]
SEGMENTS: list[tuple[Source, Numbers]] = []
"""Where a list may come from besides numbers: the segments there are (key, name), and the customer numbers of one, of a layer
above; filled at boot."""
AT_ONCE = 2_000
BATCH = 1_000
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
    """What a list would be. `fresh` are new to the grant; `held` were lent under it before."""

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
        given=len(numbers), known=row.known, fresh=row.known - row.again, held=granting.used(session, grant_id=grant.id),
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
    settings = {"list_id": str(row.id), "numbers": written(numbers), "within": sorted(context.permissions)}
    run = jobs.create_run(session, kind=KIND, settings=settings, total=len(numbers))
    set_going(session, context=context, run=run)
    return row


def _add(session: Session, context: Context, row: LeaseList, numbers: Sequence[int]) -> int:
    ids = list(customers_by_number(session, context=context, numbers=numbers).values())
    if not ids:
        return 0
    made = service.lease_customers(
        session, context=context, engagement_id=row.engagement_id, customer_ids=ids, purpose=row.purpose,
        expires_at=row.expires_at, list_id=row.id,
    )  # fmt: skip
    return made.made + made.kept


def _finish(session: Session, row: LeaseList) -> None:
    row.size = size_of(session, list_id=row.id)
    row.state = "live"
    session.flush()


def size_of(session: Session, *, list_id: UUID) -> int:
    return session.scalar(select(func.count()).select_from(Lease).where(Lease.lease_list_id == list_id)) or 0


def work(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    """One slice of lending a long list, in the name of who lent it."""
    full = filled_context(session, context=context)
    person = context_of(session, context=full, participant_id=run.created_by)
    if person is None:
        raise Denied(N_("The person who began this no longer works here."))
    row = found(session, list_id=UUID(run.settings["list_id"]), lock=True)
    if row.state != "lending":
        return False  # taken back meanwhile
    numbers = read_numbers(run.settings["numbers"])
    while run.cursor < len(numbers):
        batch = list(islice(numbers, run.cursor, run.cursor + BATCH))
        leased = _add(session, person, row, batch)
        run.cursor += len(batch)
        run.counts = {"leased": run.counts.get("leased", 0) + leased}
        if time.monotonic() > until:
            break
    row.size = size_of(session, list_id=row.id)
    if run.cursor >= len(numbers):
        _finish(session, row)
    session.flush()
    return run.cursor < len(numbers)


def run_of(session: Session, *, list_id: UUID) -> BulkRun | None:
    """The long act that lends the list, if it is one."""
    wanted = select(BulkRun).where(BulkRun.kind == KIND, BulkRun.settings["list_id"].astext == str(list_id))
    return session.scalar(wanted.order_by(BulkRun.created_at.desc()).limit(1))


def extend(
    session: Session, *, context: Context, list_id: UUID, until: datetime, version: int | None = None
) -> LeaseList:
    """Move a list's last day. Raises Denied, NotFound, Stale, Conflict, Invalid: the grant and the engagement bound it."""
    row = _mine(session, context, list_id, version)
    engagement = service.lending(session, context, row.engagement_id)
    service.check_period(engagement, until, context=context)
    grant = granting.carrying(session, engagement_id=row.engagement_id, purpose=row.purpose, until=until)
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


def take_back(
    session: Session, *, context: Context, list_id: UUID, reason: str, version: int | None = None
) -> LeaseList:
    """End a list at once. The provider then owes the proof that nothing is held. Raises Denied, NotFound, Conflict, Invalid."""
    row = _mine(session, context, list_id, version)
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


def _mine(session: Session, context: Context, list_id: UUID, version: int | None) -> LeaseList:
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
