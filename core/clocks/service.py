"""Keep the clocks of a case or record in line with what happened to it, and say what has become due.

1. `follow` is called in the transaction of an act: after an opening, a step, a change of a field or a reading. It starts,
   suspends, resumes, answers and computes anew, and keeps the reason. It tells nobody.
2. `fire` tells, in order, what has become due: each level of each clock once, in the transaction that notes it.
3. `recompute` does again what `follow` did, from what the clock rests on: when a calendar or a parameter has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from core.calendars.queries import calendar_of
from core.calendars.working import Calendar
from core.clocks import why
from core.clocks.arithmetic import WHOLE
from core.clocks.basis import (
    Basis,
    Entered,
    Plan,
    Run,
    dated,
    from_document,
    latest_run,
    levels,
    parse_moment,
    plan,
    told_by,
)
from core.clocks.models import Clock
from core.clocks.why import Reason
from core.context import Context
from core.db.reading import Objects, columns_of
from core.parameters.queries import resolve
from core.plugin import Parameter, Timer
from core.plugin.catalog import CatalogView

__all__ = ["ClockSubject", "Entered", "follow", "next_due", "next_moment", "recompute"]


@dataclass(frozen=True, kw_only=True)
class ClockSubject:
    """What the clocks are of: a case or a record. `values` are its own fields by bare key, as they are stored."""

    owner: str
    case_id: UUID | None = None
    record_id: UUID | None = None
    customer_id: UUID | None = None
    country: str | None = None
    zone: ZoneInfo
    values: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, int] = field(default_factory=dict)

    @property
    def vertical(self) -> str:
        return self.owner.partition(".")[0]


class Calendars:
    """The tenant's calendars, read when one is first needed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[str, Calendar] = {}

    def __call__(self, basis: Basis) -> Calendar:
        if not basis.uses_calendar:
            return Calendar(country=basis.country)
        if basis.country not in self._read:
            self._read[basis.country] = calendar_of(self._session, basis.country)
        return self._read[basis.country]


def follow(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    timers: Sequence[Timer],
    history: Sequence[Entered],
    subject: ClockSubject,
    at: datetime | None = None,
    known: Sequence[Clock] | None = None,
) -> Sequence[Clock]:
    """Bring the subject's clocks in line with its history (in order of time) and values. All of them, the oldest first.

    `known` are those that there are, where the caller has just read them.
    Nothing is flushed, so that the caller may write `next_due` with its own row. Calling it again changes nothing.
    """
    moment = at or datetime.now(UTC)
    runs = {timer.key: run for timer in timers if (run := latest_run(timer, history)) is not None}
    with session.no_autoflush:
        rows = list(known) if known is not None else _rows(session, subject)
        calendars = Calendars(session)
        for timer in timers:
            run = runs.get(timer.key)
            if run is not None:
                row = next((each for each in rows if _is_of(each, timer, run)), None)
                followed = _follow(row, timer, run, subject, context=context, view=view, calendars=calendars, at=moment)
                if followed is not None and row is None:
                    session.add(followed)
                    rows.append(followed)
        for row in rows:
            run = runs.get(row.timer)
            if row.stopped_at is None and (run is None or _entered(row) != run.entered):
                _cancel(row, moment)
    return sorted(rows, key=lambda row: (row.started_at, row.timer))


def _rows(session: Session, subject: ClockSubject) -> list[Clock]:
    """What is kept of the subject's clocks. What this transaction has changed of them is written first."""
    if any(isinstance(row, Clock) for row in (*session.new, *session.dirty)):
        session.flush()
    if subject.case_id is not None and subject.record_id is None:
        return [row for row, *_ in _OF_CASE.load(session, case=subject.case_id, owner=subject.owner)]
    of: ColumnElement[bool] = or_(
        *(
            column == value
            for column, value in ((Clock.case_id, subject.case_id), (Clock.record_id, subject.record_id))
            if value is not None
        )
    )
    found = select(Clock).where(of, Clock.owner == subject.owner).order_by(Clock.started_at, Clock.id)
    return list(session.scalars(found.execution_options(populate_existing=True)))


_OF_CASE = Objects(
    Clock,
    select(*columns_of(Clock))
    .where(Clock.case_id == bindparam("case"), Clock.owner == bindparam("owner"))
    .order_by(Clock.started_at, Clock.id),
)
"""For each step of each case."""


def _entered(row: Clock) -> datetime:
    return datetime.fromisoformat(row.basis["entered"])


def _is_of(row: Clock, timer: Timer, run: Run) -> bool:
    return row.timer == timer.key and row.state != "cancelled" and _entered(row) == run.entered


def _follow(
    row: Clock | None,
    timer: Timer,
    run: Run,
    subject: ClockSubject,
    *,
    context: Context,
    view: CatalogView,
    calendars: Calendars,
    at: datetime,
) -> Clock | None:
    """The row of one run. An answered clock stays as it is; one that nothing can be said of does not begin."""
    if row is not None and row.stopped_at is not None:
        return row
    before = from_document(row.basis) if row is not None else None
    basis, used = _resting(before, timer, run, subject, context=context, view=view)
    if row is None:
        if basis is None or (basis.start is None and timer.counter is None):
            return None
        row = Clock(
            case_id=subject.case_id, record_id=subject.record_id, customer_id=subject.customer_id, owner=subject.owner,
            timer=timer.key, told=0, paused_s=0, counter=timer.counter, basis={}, levels=levels(timer), history=[],
        )  # fmt: skip
    elif basis is None:
        return row
    basis = _counted(row, basis, subject, used, at=at)
    reason = why.reason(before, basis, used=used, was=row.used, field=_label(view, timer, subject))
    if reason is None and run.paused is not None and row.paused_at != run.paused:
        reason = Reason(why.SUSPENDED)
    _write(row, basis, run, calendars(basis), used=used, reason=reason, at=at)
    return row


def _resting(
    before: Basis | None, timer: Timer, run: Run, subject: ClockSubject, *, context: Context, view: CatalogView
) -> tuple[Basis | None, dict[str, Any]]:
    """What the clock rests on now, with the parameters. None without a number in force, or for want of the field."""
    start: datetime | date | None = run.entered if timer.parameter is not None else None
    if timer.from_field is not None:
        start = parse_moment(subject.values.get(timer.from_field))
    where = subject.zone if before is None else ZoneInfo(before.zone)
    basis = Basis(
        entered=run.entered,
        start=start,
        length=None,
        unit=timer.unit,
        ends=timer.ends,
        rolls=timer.rolls,
        zone=where.key,
        country=timer.calendar or subject.country or context.country,
        parameter=timer.parameter and f"{subject.vertical}.{timer.parameter}",
        counter_parameter=timer.counter_parameter and f"{subject.vertical}.{timer.counter_parameter}",
        places=(subject.country, context.country),
        on=(start.astimezone(where).date() if isinstance(start, datetime) else start)
        or run.entered.astimezone(where).date(),
        pauses=run.pauses,
        counter_at=before.counter_at if before is not None else None,
    )
    return settled(basis, before=before, view=view)


def settled(basis: Basis, *, before: Basis | None, view: CatalogView) -> tuple[Basis | None, dict[str, Any]]:
    """A basis with the number its parameter has, and what is kept of it. A clock that runs keeps its last number."""
    used: dict[str, Any] = {}
    if basis.parameter is not None:
        found = _resolved(view, basis.parameter, basis)
        if found is not None:
            used[basis.parameter] = _kept(found)
            basis = replace(basis, length=_number(found))
        elif before is not None:
            basis = replace(basis, length=before.length)
        elif basis.counter_parameter is None:
            return None, {}
        else:
            basis = replace(basis, start=None)
    if basis.counter_parameter is not None:
        found = _resolved(view, basis.counter_parameter, basis)
        if found is not None:
            used[basis.counter_parameter] = _kept(found)
    return basis, used


def _resolved(view: CatalogView, key: str, basis: Basis) -> Parameter | None:
    """The parameter in force, if it is a number."""
    try:
        found = resolve(view, key=key, jurisdictions=basis.places, on=basis.on)
    except LookupError:
        return None
    return found if isinstance(found.value, int | Decimal) and not isinstance(found.value, bool) else None


def _number(parameter: Parameter) -> Decimal:
    return Decimal(str(parameter.value))


def _kept(parameter: Parameter) -> dict[str, Any]:
    return {
        "value": str(parameter.value),
        "unit": parameter.unit,
        "jurisdiction": parameter.jurisdiction,
        "source": parameter.source_title,
        "article": parameter.source_article,
        "verified": parameter.verified,
        "effective_from": parameter.effective_from.isoformat(),
        "set_by_tenant": parameter.set_by_tenant,
    }


def _counted(row: Clock, basis: Basis, subject: ClockSubject, used: Mapping[str, Any], *, at: datetime) -> Basis:
    """The counter's side of a deadline: due when it has advanced by so much since the clock began (a meter not read
    before began at nought)."""
    if row.counter is None or basis.counter_parameter is None:
        return basis
    reading = subject.readings.get(row.counter)
    if row.counter_from is None:
        row.counter_from = reading or 0
    if basis.counter_parameter in used:
        row.counter_due = row.counter_from + int(Decimal(used[basis.counter_parameter]["value"]))
    reached = reading is not None and row.counter_due is not None and reading >= row.counter_due
    return replace(basis, counter_at=(basis.counter_at or at.astimezone(UTC)) if reached else None)


def _write(
    row: Clock,
    basis: Basis,
    run: Run,
    calendar: Calendar,
    *,
    used: Mapping[str, Any],
    reason: Reason | None,
    at: datetime,
) -> None:
    """Write what follows from a basis, only where it differs. A reason is kept with the deadline it led to."""
    made: Plan = plan(basis, calendar)
    new = row.state is None
    earlier, moved = row.due_at, row.due_at != made.due_at
    basis = basis if basis.assumed == made.assumed else replace(basis, assumed=made.assumed)
    assumed_before = tuple(row.basis.get("assumed", ())) if row.basis else ()
    if reason is None and moved and not new:
        reason = why.published(assumed_before, made.assumed) or Reason(why.CALENDAR)
    due, stopped = made.due_at, run.stopped
    paused = run.paused if due is None or (run.paused is not None and run.paused < due) else None
    paused = None if basis.counter_at is not None else paused
    told = row.told
    if moved:  # what was told of a deadline that now lies later is told again in its time
        told = told_by(dated(row.levels, plan=made, pauses=run.pauses), told=told, at=at)
    values: dict[str, Any] = {
        "started_at": made.begun,
        "due_at": due,
        "stopped_at": stopped,
        "paused_at": run.paused,
        "paused_s": int(sum((each.end - each.begin).total_seconds() for each in run.pauses)),
        "basis": basis.document(),
        "levels": dated(row.levels, plan=made, pauses=run.pauses, told=told),
        "told": told,
    }
    if used:
        values["used"] = {**(row.used or {}), **used}
    _set(row, values)
    broken = due is not None and (row.told >= WHOLE if stopped is None else stopped > due)
    state = "breached" if broken else "met" if stopped is not None else "paused" if paused is not None else "running"
    _set(row, {"state": state, "breached_at": due if broken else None})
    _set(row, {"next_at": None if new and stopped is not None else next_moment(row)})
    entries = [reason] if reason is not None else []
    if made.assumed and made.assumed != assumed_before:
        entries.append(why.assumed(made.assumed))
    if stopped is not None:
        entries.append(Reason(why.LATE if broken else why.ANSWERED))
    if entries:
        first, *rest = entries
        told_why = [first.entry(at=at, due_at=due, before=earlier), *(each.entry(at=at, due_at=due) for each in rest)]
        row.history = [*row.history, *told_why]


def _set(row: Clock, values: Mapping[str, Any]) -> None:
    """Only what differs. A clock is read whole, so what it holds is at hand."""
    held = row.__dict__
    for name, value in values.items():
        if held.get(name) != value:
            setattr(row, name, value)


def next_moment(row: Clock) -> datetime | None:
    """When the clock next has something to tell: of one that was answered too late, what became due before that."""
    if row.state in ("paused", "cancelled", "met"):
        return None
    for level in row.levels:
        if level["percent"] <= row.told or "at" not in level:
            continue
        at = datetime.fromisoformat(level["at"])
        if row.stopped_at is None:
            return at
        if level["percent"] >= WHOLE:
            return at if at <= row.stopped_at else None
    return None


def _cancel(row: Clock, at: datetime) -> None:
    if row.state != "cancelled":
        row.state, row.stopped_at, row.next_at = "cancelled", at, None
        row.history = [*row.history, Reason(why.CANCELLED).entry(at=at, due_at=row.due_at)]


def _label(view: CatalogView, timer: Timer, subject: ClockSubject) -> Any:
    """What the field that the clock counts from is called."""
    target = "case" if subject.case_id is not None else f"record:{subject.owner}"
    known = view.field(f"{subject.vertical}.{timer.from_field}", on=target) if timer.from_field else None
    return dict(known.label) if known is not None else timer.from_field


def recompute(row: Clock, *, view: CatalogView, calendars: Calendars, reason: Reason | None, at: datetime) -> bool:
    """Compute a clock that runs anew from what it rests on. Whether its deadline moved; without that no reason is noted."""
    if row.stopped_at is not None:
        return False
    before = from_document(row.basis)
    basis, used = settled(before, before=before, view=view)
    if basis is None:
        return False
    made = plan(basis, calendars(basis))
    if made.due_at == row.due_at and made.assumed == before.assumed and basis.length == before.length:
        return False
    run = Run(entered=before.entered, pauses=before.pauses, paused=row.paused_at)
    moved = made.due_at != row.due_at
    if reason is None and basis.length != before.length:
        reason = why.length(basis.parameter, used=used, was=row.used)
    _write(row, basis, run, calendars(basis), used=used, reason=reason if moved else None, at=at)
    return moved


def next_due(clocks: Iterable[Clock]) -> datetime | None:
    """When the first of the running deadlines ends."""
    running = (clock.due_at for clock in clocks if clock.stopped_at is None and clock.state in ("running", "breached"))
    return min((due for due in running if due is not None), default=None)
