"""Hold all customers against the live scheme once a period, in slices: standings, grades, and why each moved.

1. The first slice reckons the cuts of the period; all later ones use them. 2. Each batch steps the standings (`grading.step`) and
writes standings, grades and changes, a statement each. A customer whose standing has seen the period is passed over, so a run
that was broken off and begun anew counts nobody twice. 3. A grade that somebody set by hand stays until its day; the standing
goes on beneath it. 4. The first evaluation, and each one after it, has its own job, made when the one before was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from procrastinate import RetryStrategy
from sqlalchemy import Row, and_, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.errors import N_, Conflict, NotFound
from core.events import bus
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context, set_going
from core.plugin.catalog import CatalogView
from core.segments.events import GradesEvaluated
from core.segments.grading import Move, Standing, next_begin, period_of, place_of, step
from core.segments.models import GradeScheme, GradeStanding
from core.segments.simulating import cuts_of, value_of
from core.tenants.queries import filled_context
from core.timeline import service as timeline

KIND = "grades.evaluate"
BATCH = 1000
AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})
COUNTS = ("first", "promoted", "demoted", "same", "no_value")
MOVED = N_("Grade: from %(before)s to %(after)s")

ViewOf = Callable[[Session, Context], CatalogView]

_STAND = text(
    "INSERT INTO grade_standing AS s (tenant_id, id, scheme_id, customer_id, grade, above, below, bound, period, version)"
    " SELECT :tenant, gen_random_uuid(), :scheme, r.customer_id, r.grade, r.above, r.below, r.bound, :period, 1"
    " FROM jsonb_to_recordset(cast(:rows AS jsonb))"
    " AS r (customer_id uuid, grade text, above integer, below integer, bound text)"
    " ON CONFLICT (tenant_id, customer_id) DO UPDATE SET scheme_id = excluded.scheme_id, grade = excluded.grade,"
    " above = excluded.above, below = excluded.below, bound = excluded.bound, period = excluded.period,"
    " updated_at = now(), version = s.version + 1"
).execution_options(**scope.RLS_ONLY)

_GRADE = text(
    "UPDATE customer c SET grade = r.grade, updated_at = now(), version = c.version + 1"
    " FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r (customer_id uuid, grade text)"
    " WHERE c.tenant_id = :tenant AND c.id = r.customer_id AND c.state = 'active'"
).execution_options(**scope.RLS_ONLY)

_CHANGE = text(
    "INSERT INTO grade_change (tenant_id, id, scheme_id, customer_id, period, before, after, cause, value, cut, periods, version)"
    " SELECT :tenant, gen_random_uuid(), :scheme, r.customer_id, :period, r.before, r.after, r.cause, r.value, r.cut, r.periods,"
    " 1 FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r"
    " (customer_id uuid, before text, after text, cause text, value numeric, cut numeric, periods integer)"
).execution_options(**scope.RLS_ONLY)


def begin(session: Session, *, context: Context, row: GradeScheme, on: date) -> BulkRun:
    """Begin the evaluation of the period that a day lies in. Raises Conflict where it was done, or is being done."""
    period = period_of(on, row.period)
    if row.state != "live":
        raise Conflict(N_("Only the scheme that is live is evaluated."))
    if row.evaluated is not None and row.evaluated >= period:
        raise Conflict(N_("The period %(period)s has been evaluated."), period=period)
    running = session.get(BulkRun, (row.tenant_id, row.run_id)) if row.run_id else None
    if running is not None and running.state in ("waiting", "running"):
        raise Conflict(N_("An evaluation is going on already."))
    settings = {"scheme_id": str(row.id), "period": period, "cuts": None, "last": None}
    run = jobs.create_run(session, kind=KIND, settings=settings)
    run.counts = dict.fromkeys(COUNTS, 0)
    row.run_id = run.id
    session.flush()
    set_going(session, context=context, run=run)
    return run


def go_live(session: Session, context: Context, row: GradeScheme) -> None:
    """What follows when a scheme is activated: its first evaluation, and the job of the next."""
    today = datetime.now(ZoneInfo(context.zone)).date()
    begin(session, context=context, row=row, on=today)
    watch(session, row=row, zone=context.zone, today=today)


def watch(session: Session, *, row: GradeScheme, zone: str, today: date) -> None:
    """Make the job of the next period, an hour after it begins where the tenant is."""
    at = datetime.combine(next_begin(today, row.period), clock(1), ZoneInfo(zone)).astimezone(UTC)
    enqueue(session, task=evaluate_grades, to="scheduled", at=at, tenant_id=row.tenant_id, scheme_id=row.id)


@queue.task(name="evaluate_grades", queue="scheduled", retry=AGAIN)
def evaluate_grades(*, tenant_id: str, scheme_id: str) -> None:
    """The evaluation of the period that has begun, if the scheme is still live."""
    session = db.session()
    try:
        context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
        scope.enter(session, context)
        evaluate_due(session, context=context, scheme_id=UUID(scheme_id), now=datetime.now(UTC))
        session.commit()
    finally:
        db.session.remove()


def evaluate_due(session: Session, *, context: Context, scheme_id: UUID, now: datetime) -> BulkRun | None:
    row = session.scalar(select(GradeScheme).where(GradeScheme.id == scheme_id).with_for_update())
    if row is None or row.state != "live":
        return None
    zone = filled_context(session, context=context).zone
    today = now.astimezone(ZoneInfo(zone)).date()
    watch(session, row=row, zone=zone, today=today)
    if row.evaluated is not None and row.evaluated >= period_of(today, row.period):
        return None
    return begin(session, context=context, row=row, on=today)


class Evaluator:
    """The slices of an evaluation. They work for the tenant, not for whoever began it: every customer is held to the same."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        row = session.scalar(select(GradeScheme).where(GradeScheme.id == UUID(run.settings["scheme_id"])))
        if row is None or row.state != "live":
            raise NotFound
        view = self._view_of(session, filled_context(session, context=context))
        if run.settings["cuts"] is None:
            cuts = cuts_of(session, view=view, row=row)
            run.total = session.scalar(select(func.count()).select_from(Customer).where(Customer.state == "active"))
            run.settings = {**run.settings, "cuts": [str(each) if each is not None else None for each in cuts]}
        work = _Work(session, context=context, view=view, run=run, row=row)
        while work.batch():
            if time.monotonic() > until:
                return True
        _finish(session, context, run, row)
        return False


def _finish(session: Session, context: Context, run: BulkRun, row: GradeScheme) -> None:
    period = run.settings["period"]
    row.evaluated, row.run_id = period, None
    session.flush()
    audit.append(
        session, context=context, action="grades.evaluated", subject=("grade_scheme", row.id),
        details={"period": period, "count": sum(run.counts.values()), **run.counts},
    )  # fmt: skip
    bus.emit(session, GradesEvaluated(context=context, subject=row.id, period=period, counts=dict(run.counts)))


class _Work:
    """Batches of one run."""

    def __init__(
        self, session: Session, *, context: Context, view: CatalogView, run: BulkRun, row: GradeScheme
    ) -> None:
        self._session, self._context, self._run, self._row = session, context, run, row
        self._value = value_of(session, view=view, field=str(row.field))
        self._cuts = [Decimal(each) if each is not None else None for each in run.settings["cuts"]]
        self._keys = [each["key"] for each in row.grades]
        self._labels = {each["key"]: each["label"] for each in row.grades}
        self._now = datetime.now(UTC)

    def batch(self) -> bool:
        """Step the next customers. Whether there were any."""
        rows = self._next()
        if not rows:
            return False
        stood, graded, changed = [], [], []
        counts = dict(self._run.counts)
        for each in rows:
            if (
                each.period is not None
                and each.period >= self._run.settings["period"]
                and each.scheme_id == self._row.id
            ):
                continue
            after, move = self._step(each)
            counts["no_value" if each.value is None else move.cause if move else "same"] += 1
            stood.append(self._stored(each.id, after))
            shown = self._shown(each, after)
            if shown is not None and shown != each.now:
                graded.append({"customer_id": str(each.id), "grade": shown})
            if move is not None:
                changed.append(self._change(each, move))
        self._write(stood, graded, changed)
        self._run.counts = counts
        self._run.cursor += len(rows)
        self._run.settings = {**self._run.settings, "last": str(rows[-1].id)}
        self._session.flush()
        return True

    def _next(self) -> Sequence[Row[Any]]:
        stand, last = GradeStanding, self._run.settings["last"]
        wanted = (
            select(
                Customer.id, Customer.grade.label("now"), self._value.label("value"), stand.scheme_id, stand.grade,
                stand.above, stand.below, stand.bound, stand.period, stand.override, stand.override_until,
            )
            .outerjoin(stand, and_(stand.tenant_id == Customer.tenant_id, stand.customer_id == Customer.id))
            .where(Customer.state == "active").order_by(Customer.id).limit(BATCH)
        )  # fmt: skip
        return self._session.execute(wanted.where(Customer.id > UUID(last)) if last else wanted).all()

    def _step(self, each: Row[Any]) -> tuple[Standing, Move | None]:
        """From where it stands; a grade that another scheme gave counts as long as this one has it too."""
        same = each.scheme_id == self._row.id
        held = each.grade if each.scheme_id is not None else each.now
        standing = Standing(
            grade=self._place(held), above=(each.above or 0) if same else 0, below=(each.below or 0) if same else 0,
            bound=self._place(each.bound) if same else None,
        )  # fmt: skip
        target = place_of(each.value, self._cuts)
        return step(standing, target, promote_after=self._row.promote_after, demote_after=self._row.demote_after)

    def _place(self, key: str | None) -> int | None:
        return self._keys.index(key) if key in self._keys else None

    def _key(self, place: int | None) -> str | None:
        return self._keys[place] if place is not None else None

    def _stored(self, customer_id: UUID, after: Standing) -> dict[str, Any]:
        return {
            "customer_id": str(customer_id), "grade": self._key(after.grade), "above": after.above, "below": after.below,
            "bound": self._key(after.bound),
        }  # fmt: skip

    def _shown(self, each: Row[Any], after: Standing) -> str | None:
        """What the customer's own column shall say: the grade set by hand while it lasts, else its standing."""
        by_hand = each.override is not None and each.override_until is not None and each.override_until > self._now
        return each.override if by_hand else self._key(after.grade)

    def _change(self, each: Row[Any], move: Move) -> dict[str, Any]:
        """The cut that was crossed: of the grade reached when it rose, of the grade lost when it fell."""
        crossed = move.before if move.cause == "demoted" else move.after
        cut = self._cuts[crossed] if crossed is not None else None
        return {
            "customer_id": str(each.id), "before": self._key(move.before), "after": self._key(move.after),
            "cause": move.cause, "value": str(each.value), "cut": str(cut) if cut is not None else None,
            "periods": move.periods,
        }  # fmt: skip

    def _write(
        self,
        stood: Sequence[Mapping[str, Any]],
        graded: Sequence[Mapping[str, Any]],
        changed: Sequence[Mapping[str, Any]],
    ) -> None:
        ids = {"tenant": self._context.tenant_id, "scheme": self._row.id, "period": self._run.settings["period"]}
        for statement, rows in ((_STAND, stood), (_GRADE, graded), (_CHANGE, changed)):
            if rows:
                given = {name: value for name, value in ids.items() if f":{name}" in str(statement)}
                self._session.execute(statement, {**given, "rows": orjson.dumps(rows).decode()})
        for each in changed:
            if each["cause"] != "first":
                labels = {"before": self._labels[each["before"]], "after": self._labels[each["after"]]}
                timeline.tell(
                    self._session, context=self._context, customer_id=UUID(each["customer_id"]), kind="customer.graded",
                    message=MOVED, values=labels, tone="ok" if each["cause"] == "promoted" else "warn", icon="star",
                )  # fmt: skip
