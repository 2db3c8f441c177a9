"""Count how unusual each person's reveals are: a job, enqueued by the reveals themselves.

1. The first reveal since the last count enqueues it for a quarter of an hour later, so a thousand reveals make one count.
2. It counts the tenant's people by groups of peers and keeps the scores of the day.  3. Who is beyond the threshold becomes a
finding, once while it is open, and whoever may freeze a grant is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from procrastinate import RetryStrategy
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.engagements import canaries
from core.errors import NotFound
from core.gate.findings import raise_finding
from core.identity.models import Participant
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import service as notices
from core.privacy import policy, queries
from core.privacy.events import ValueRevealed
from core.privacy.models import RevealEvent, RevealScore
from core.privacy.numbers import parameter
from core.privacy.score import FORMULA, Counted, Scored, scores
from core.tenants.queries import filled_context

SOON = timedelta(minutes=15)
RULE = "core.unusual_reveals"
AGAIN = RetryStrategy(max_attempts=5, linear_wait=5, retry_exceptions={OperationalError, IntegrityError})


def ask(session: Session, *, context: Context, at: datetime | None = None) -> None:
    """Have the tenant's reveals counted. Nothing more where a count waits already."""
    tenant_id = context.tenant_id
    enqueue(session, task=score_reveals, to="scheduled", once=f"reveals:{tenant_id}", at=at, tenant_id=tenant_id)


def follow(session: Session, event: ValueRevealed) -> None:
    """Have reveals counted soon, and this one held against the customers that the client invented."""
    ask(session, context=event.context, at=datetime.now(UTC) + SOON)
    enqueue(session, task=look_at_reveal, to="scheduled", tenant_id=event.context.tenant_id, reveal_id=event.subject)


@queue.task(name="look_at_reveal", queue="scheduled", retry=AGAIN)
def look_at_reveal(*, tenant_id: str, reveal_id: str) -> None:
    """As the client: whoever revealed a value does not know which customers are invented."""
    session, context = db.session(), job_context(tenant_id=UUID(tenant_id), participant_id=None)
    try:
        scope.enter(session, context)
        look(session, context=context, reveal_id=UUID(reveal_id))
        session.commit()
    finally:
        db.session.remove()


def look(session: Session, *, context: Context, reveal_id: UUID) -> int:
    """How many alarms a reveal sets off."""
    row = session.execute(
        select(RevealEvent.customer_id, RevealEvent.shown_at, RevealEvent.engagement_id).where(
            RevealEvent.id == reveal_id
        )
    ).one_or_none()
    if row is None:
        return 0
    return canaries.touched(
        session, context=context, customer_id=row.customer_id, kind="reveal", source_id=reveal_id, at=row.shown_at,
        engagement_id=row.engagement_id,
    )  # fmt: skip


@queue.task(name="score_reveals", queue="scheduled", retry=AGAIN)
def score_reveals(*, tenant_id: str) -> None:
    session = db.session()
    try:
        scope.enter(session, job_context(tenant_id=UUID(tenant_id), participant_id=None))
        context = filled_context(session, context=job_context(tenant_id=UUID(tenant_id), participant_id=None))
        count(session, context=context)
        session.commit()
    except NotFound:
        session.rollback()
    finally:
        db.session.remove()


def count(session: Session, *, context: Context, now: datetime | None = None) -> list[RevealScore]:
    """The scores of the day, written; findings raised."""
    moment = now or datetime.now(UTC)
    since = moment - timedelta(days=int(str(parameter("reveal_window", context=context).value)))
    threshold = float(str(parameter("reveal_unusual_z", context=context).value))
    day = moment.astimezone(ZoneInfo(context.zone)).date()
    session.execute(delete(RevealScore).where(RevealScore.day == day))
    rows = []
    for people in _groups(session, since=since).values():
        counted = {row.id: done for row, done in people}
        found = scores(counted)
        rows += [
            _row(row, done, found[row.id], since=since, at=moment, threshold=threshold, day=day) for row, done in people
        ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        if row.unusual:
            _find(session, context=context, row=row, threshold=threshold)
    return rows


def _groups(session: Session, *, since: datetime) -> Mapping[tuple[UUID | None, str], list[tuple[Any, Counted]]]:
    """People who worked or revealed in the period, by engagement and role."""
    shown, worked = queries.counted_reveals(session, since=since), queries.worked_cases(session, since=since)
    rows = session.execute(
        select(Participant.id, Participant.shown_name, Participant.engagement_id, Participant.roles).where(
            Participant.id.in_(shown.keys() | worked.keys())
        )
    ).all()
    groups: dict[tuple[UUID | None, str], list[tuple[Any, Counted]]] = {}
    for row in rows:
        done = Counted(reveals=shown.get(row.id, 0), cases=worked.get(row.id, 0))
        groups.setdefault((row.engagement_id, min(row.roles, default="")), []).append((row, done))
    return groups


def _row(
    row: Any, done: Counted, scored: Scored, *, since: datetime, at: datetime, threshold: float, day: Any
) -> RevealScore:
    return RevealScore(
        participant_id=row.id, engagement_id=row.engagement_id, role=min(row.roles, default=""),
        shown_name=row.shown_name, day=day, since=since, cut_at=at, reveals=done.reveals, cases=done.cases,
        peers=scored.peers, rate=scored.rate, mean=scored.mean, deviation=scored.deviation, z=scored.z,
        unusual=scored.unusual(done, threshold=threshold), formula=FORMULA,
    )  # fmt: skip


def _find(session: Session, *, context: Context, row: RevealScore, threshold: float) -> None:
    text = {
        "zh-CN": f"{row.shown_name}：{row.cases} 个工单揭示 {row.reveals} 次，z = {row.z:.1f}（阈值 {threshold:g}）。",
        "en": f"{row.shown_name}: {row.reveals} reveals in {row.cases} cases, z = {row.z:.1f} (threshold {threshold:g}).",
    }
    finding = raise_finding(
        session, context=context, rule=RULE, severity="high", subject=("participant", row.participant_id),
        customer_id=None, reason={"text": text, "code": RULE},
    )  # fmt: skip
    if finding is None:
        return
    notices.tell(
        session, context=context, kind="reveal.unusual", values={"number": finding.number, "count": row.reveals},
        subject=("finding", finding.id), cause=f"reveal.unusual:{finding.id}", permission=policy.FREEZE,
    )  # fmt: skip
