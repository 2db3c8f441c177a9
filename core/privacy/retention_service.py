"""Decide how long what is held is kept, and what becomes of it: each act by two people, or by a policy that two people set.

1. Every night what has fallen due is counted (`count_all`); whoever manages rights is told of it. 2. Somebody asks, a second
person confirms (`core.approvals`), and a run does it in slices (`retention_acts`). With the mode `policy` the nightly count begins
the run. 3. A hold on a clock, or a legal hold on a customer, stops it at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.approvals.service import Change
from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, FieldError, Invalid, NotFound, Stale
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.notify import service as notices
from core.plugin.types import Label
from core.privacy import policy, retention
from core.privacy import retention_acts as acts
from core.privacy.retention import Clock, Span
from core.privacy.retention_models import MODES, RetentionClock

RUN, POLICY = "retention.run", "retention.policy"
MOST_COUNTED = 1000
MOST_MONTHS = 600
REASON_LIMIT = 500
ASKED = N_("%(clock)s: %(count)s that were kept long enough, as of %(day)s, are erased or made anonymous")
ASKED_MORE = N_(
    "%(clock)s: more than %(count)s that were kept long enough, as of %(day)s, are erased or made anonymous"
)
CHANGE = N_("%(clock)s: how long it is kept, and who says so each time")
MODE_WORDS: Mapping[str, Label] = {
    "ask": {"zh-CN": "每次由第二人确认", "en": "A second person confirms each time"},
    "policy": {"zh-CN": "到期即自动处理", "en": "By itself when it falls due"},
}
MONTHS_LABEL: Label = {"zh-CN": "保存月数", "en": "Months kept"}
MODE_LABEL: Label = {"zh-CN": "到期后", "en": "When it falls due"}


def clock_of(key: str) -> Clock:
    """Raises NotFound."""
    try:
        return retention.clocks()[key]
    except KeyError:
        raise NotFound from None


def known(session: Session, *, clock: str) -> RetentionClock | None:
    return session.scalar(select(RetentionClock).where(RetentionClock.clock == clock))


def row_of(session: Session, *, clock: str, version: int | None = None) -> RetentionClock:
    """What the tenant decided, locked; made on first use. Raises NotFound, Stale."""
    clock_of(clock)
    row = session.scalar(select(RetentionClock).where(RetentionClock.clock == clock).with_for_update())
    if row is None:
        row = RetentionClock(clock=clock)
        session.add(row)
        session.flush()
    elif version is not None and row.version != version:
        raise Stale
    return row


def today(context: Context) -> date:
    return datetime.now(ZoneInfo(context.zone)).date()


def spans_of(clock: Clock, *, context: Context, row: RetentionClock | None) -> list[Span]:
    return retention.spans(clock, context=context, months=row.months if row else None, on=today(context))


def ask(session: Session, *, context: Context, clock: str, reason: str = "", version: int | None = None) -> Approval:
    """Ask a second person to let go what is due now. Raises NotFound, Stale, and Conflict where nothing is due or it is held."""
    kept, held = clock_of(clock), known(session, clock=clock)
    given = spans_of(kept, context=context, row=held)
    count = retention.count(session, clock=kept, given=given, most=MOST_COUNTED)
    if not count:
        raise Conflict(N_("Nothing is due under this clock."))
    row = row_of(session, clock=clock, version=version)
    _free(session, row)
    row.due, row.counted_at = count, datetime.now(UTC)
    session.flush()
    shown = {"clock": dict(kept.label), "count": min(count, MOST_COUNTED), "day": {"date": today(context).isoformat()}}
    return approvals.request(
        session, context=context, kind=RUN, permission=policy.RIGHTS_APPROVE,
        message=ASKED_MORE if count > MOST_COUNTED else ASKED, values=shown, subject=("retention_clock", row.id),
        payload=acts.settings_of(kept, given), reason=reason,
    )  # fmt: skip


def approved_run(session: Session, context: Context, asked: Approval) -> Mapping[str, Any]:
    """The second person agrees: it begins now, with the moments that were asked for."""
    row = row_of(session, clock=str(asked.payload["clock"]))
    _free(session, row)
    run = _begin(session, context, row, asked.payload)
    return {"run": str(run.id)}


def ask_policy(
    session: Session, *, context: Context, clock: str, mode: str, months: int | None, reason: str,
    version: int | None = None,
) -> Approval:  # fmt: skip
    """Ask a second person for another time, or for another way. Raises NotFound, Stale, Invalid, Conflict."""
    kept = clock_of(clock)
    _checked(kept, context, mode, months, reason)
    row = row_of(session, clock=clock, version=version)
    if (row.mode, row.months) == (mode, months):
        raise Conflict(N_("It is kept like this already."))
    changes = [
        Change(name=MONTHS_LABEL, before=_months_now(kept, context, row), after=_months_of(kept, context, months)),
        Change(name=MODE_LABEL, before=dict(MODE_WORDS[row.mode]), after=dict(MODE_WORDS[mode])),
    ]
    return approvals.request(
        session, context=context, kind=POLICY, permission=policy.RIGHTS_APPROVE, message=CHANGE,
        values={"clock": dict(kept.label)}, subject=("retention_clock", row.id),
        payload={"clock": clock, "mode": mode, "months": months}, reason=reason,
        changes=[each for each in changes if each.before != each.after],
    )  # fmt: skip


def _checked(kept: Clock, context: Context, mode: str, months: int | None, reason: str) -> None:
    errors = []
    if mode not in MODES:
        errors.append(FieldError(field="mode", code="choice", message=N_("This is not one of the choices.")))
    if months is not None and not 1 <= months <= MOST_MONTHS:
        message = N_("A number from %(least)s to %(most)s.")
        errors.append(FieldError(field="months", code="range", message=message,
                                 params={"least": 1, "most": MOST_MONTHS}))  # fmt: skip
    elif months is not None:
        least = retention.spans(kept, context=context, months=months, on=today(context))[0].least
        if least is not None and months < int(str(least.value)):
            message = N_("The law asks for at least %(least)s months: %(source)s.")
            errors.append(FieldError(field="months", code="least", message=message,
                                     params={"least": int(str(least.value)), "source": least.source}))  # fmt: skip
    if not 0 < len(reason.strip()) <= REASON_LIMIT:
        errors.append(FieldError(field="reason", code="length", message=N_("1 to %(longest)s characters."),
                                 params={"longest": REASON_LIMIT}))  # fmt: skip
    if errors:
        raise Invalid(errors=errors)


def _months_now(kept: Clock, context: Context, row: RetentionClock) -> int:
    return _months_of(kept, context, row.months)


def _months_of(kept: Clock, context: Context, months: int | None) -> int:
    return retention.spans(kept, context=context, months=months, on=today(context))[0].months


def approved_policy(session: Session, context: Context, asked: Approval) -> Mapping[str, Any]:
    row = row_of(session, clock=str(asked.payload["clock"]))
    row.mode, row.months = str(asked.payload["mode"]), asked.payload["months"]
    row.due = row.counted_at = None
    session.flush()
    _note(session, context, row, "changed", mode=row.mode, months=row.months)
    return {}


def hold(
    session: Session, *, context: Context, clock: str, on: bool, reason: str, version: int | None = None
) -> RetentionClock:
    """Stop a clock's acts, a running one too, or let them go on. Raises NotFound, Stale, Invalid, Conflict."""
    given = reason.strip()
    if not 0 < len(given) <= REASON_LIMIT:
        raise Invalid(N_("1 to %(longest)s characters."), field="reason", longest=REASON_LIMIT)
    row = row_of(session, clock=clock, version=version)
    if (row.held_at is not None) == on:
        raise Conflict(N_("Somebody has done this already."))
    row.held_at = datetime.now(UTC) if on else None
    row.held_by = context.participant_id if on else None
    row.held_reason = given if on else None
    session.flush()
    _note(session, context, row, "held" if on else "released", reason=given)
    return row


def count_all(session: Session, *, context: Context) -> dict[str, int]:
    """What is due now, by clock, noted. Policies begin; of the others whoever manages rights is told, once a month."""
    found = {}
    for key, clock in retention.clocks().items():
        row = row_of(session, clock=key)
        given = spans_of(clock, context=context, row=row)
        row.due, row.counted_at = (
            retention.count(session, clock=clock, given=given, most=MOST_COUNTED),
            datetime.now(UTC),
        )
        found[key] = row.due
        session.flush()
        if not row.due or row.held_at is not None or going(session, row):
            continue
        if row.mode == "policy":
            _begin(session, context, row, acts.settings_of(clock, given))
        else:
            notices.tell(
                session, context=context, kind="retention.due", values={"clock": dict(clock.label), "count": row.due},
                subject=("retention_clock", row.id), cause=f"retention.due:{row.id}:{today(context):%Y-%m}",
                permission=policy.RIGHTS_MANAGE,
            )  # fmt: skip
    return found


def going(session: Session, row: RetentionClock) -> bool:
    """Whether an act is under way, or waits for the second person."""
    state = session.scalar(select(BulkRun.state).where(BulkRun.id == row.run_id)) if row.run_id else None
    return state in ("waiting", "running") or waiting(session, row) is not None


def waiting(session: Session, row: RetentionClock) -> Approval | None:
    return approvals.open_for(session, ("retention_clock", row.id), kind=RUN)


def _free(session: Session, row: RetentionClock) -> None:
    if row.held_at is not None:
        raise Conflict(N_("This clock is held. Lift the hold first."))
    state = session.scalar(select(BulkRun.state).where(BulkRun.id == row.run_id)) if row.run_id else None
    if state in ("waiting", "running"):
        raise Conflict(N_("This is being done already."))


def _begin(session: Session, context: Context, row: RetentionClock, settings: Mapping[str, Any]) -> BulkRun:
    run = jobs.create_run(session, kind=acts.KIND, settings=settings, total=row.due)
    row.run_id = run.id
    session.flush()
    set_going(session, context=context, run=run)
    _note(session, context, row, "begun", run=str(run.id))
    return run


def _note(session: Session, context: Context, row: RetentionClock, act: str, **details: Any) -> None:
    audit.append(
        session, context=context, action=f"retention.{act}", subject=("retention_clock", row.id),
        details={"clock": row.clock, **details},
    )  # fmt: skip
