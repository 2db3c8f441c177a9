"""The jobs of the trail: seal every few seconds, verify every night and on demand, make evidence packs.

Sealing is by the clock, for all tenants. A verification and a pack are runs (`core.jobs`): slices of a second, with progress.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.audit import evidence, sealing
from core.audit import service as audit
from core.audit.models import AuditBatch
from core.audit.verifying import Anchor, Fault, Report, Walk
from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import N_, Conflict, Denied
from core.jobs import service as runs
from core.jobs.models import BulkRun
from core.jobs.queue import PRIORITY, queue
from core.jobs.tasks import job_context, set_going

LOG = structlog.get_logger(__name__)
EVERY_5_SECONDS = "* * * * * */5"
NIGHTLY = "11 2 * * *"
VERIFY = "audit.verify"
PACK = "audit.evidence"
KEPT_FAULTS = 100
_TENANTS = text("SELECT tenant_id FROM audit_tenants()").execution_options(**scope.PLATFORM)
RUNNING = N_("The trail is being verified already.")


@queue.periodic(cron=EVERY_5_SECONDS)
@queue.task(name="seal_audit", queue="scheduled", queueing_lock="seal_audit", priority=PRIORITY["scheduled"])
def seal_audit(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """Seal what was committed, over all tenants. Twice as often as it must be, so that one round may be missed."""
    try:
        sealing.seal_everywhere(db.session())
    finally:
        db.session.remove()


@queue.periodic(cron=NIGHTLY)
@queue.task(name="verify_audit", queue="scheduled", queueing_lock="verify_audit")
def verify_audit(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """Have every tenant's trail verified tonight, and remove evidence packs that are past their time."""
    session = db.session()
    try:
        tenants = session.scalars(_TENANTS).all()
        session.rollback()
        for tenant_id in tenants:
            context = job_context(tenant_id=tenant_id, participant_id=None)
            scope.enter(session, context)
            evidence.purge(session)
            if not running(session):
                begin_check(session, context=context)
            session.commit()
    finally:
        db.session.remove()


def running(session: Session) -> bool:
    wanted = select(func.count()).where(BulkRun.kind == VERIFY, BulkRun.state.in_(("waiting", "running")))
    return bool(session.scalar(wanted))


def begin_check(session: Session, *, context: Context) -> BulkRun:
    """Verify the whole trail of the scope's tenant, against the head that the last verification saw. Raises Conflict."""
    if running(session):
        raise Conflict(RUNNING)
    total = session.scalar(select(func.max(AuditBatch.number))) or 0
    run = runs.create_run(session, kind=VERIFY, settings={"anchor": anchor_of(session)}, total=total)
    set_going(session, context=context, run=run)
    return run


def anchor_of(session: Session) -> dict[str, Any] | None:
    """The head that the last verification that found nothing wrong came to."""
    last = session.scalar(
        select(BulkRun.settings)
        .where(BulkRun.kind == VERIFY, BulkRun.state == "done", BulkRun.settings["faults"].as_integer() == 0)
        .order_by(BulkRun.created_at.desc())
        .limit(1)
    )
    return {"number": last["number"], "hash": last["hash"]} if last and last.get("number") else None


def check_slice(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    """A slice of a verification; its end is in the trail, with what was found."""
    settings = dict(run.settings)
    walk = _walk(settings)
    more = True
    while more and time.monotonic() < until:
        more = walk.step(session)
    report = walk.report if more else walk.finish(session)
    run.settings = {**settings, **_kept(report)}
    run.cursor = report.batches
    if not more:
        found = {"count": report.entries, "batches": report.batches, "faults": report.fault_count}
        audit.append(
            session, context=context, action="audit.verified", subject=("audit", None),
            details={**found, "number": report.number, "hash": report.hash},
        )  # fmt: skip
        if not report.sound:
            LOG.error("the audit trail does not verify", tenant=str(run.tenant_id), faults=report.fault_count)
    return more


def _walk(settings: Mapping[str, Any]) -> Walk:
    anchor = settings.get("anchor")
    kept = {name: settings[name] for name in ("batches", "entries", "number", "hash") if name in settings}
    faults = [Fault(**each) for each in settings.get("found", ())]
    report = Report(**kept, fault_count=settings.get("faults", 0), faults=faults)
    return Walk(anchor=Anchor(**anchor) if anchor else None, report=report)


def _kept(report: Report) -> dict[str, Any]:
    told = report.told()
    names = ("batches", "entries", "number", "hash", "waiting")
    return {
        **{name: told[name] for name in names},
        "faults": report.fault_count,
        "found": told["faults"][:KEPT_FAULTS],
    }


def begin_pack(session: Session, *, context: Context, asked: Mapping[str, Any], note: str) -> BulkRun:
    """Make an evidence pack of what a filter finds; the trail holds who took it.

    Raises Denied for who does not reach all rows: it is written by a job, for everybody who may have it.
    """
    if scope.current(session).reach is not None:
        raise Denied(N_("This touches customers beyond those you reach, so it is left to who reaches them all."))
    total = evidence.count(session, context=context, asked=asked)
    run = runs.create_run(session, kind=PACK, settings={"asked": dict(asked), "note": note}, total=total)
    audit.append(
        session, context=context, action="audit.exported", subject=("audit_pack", run.id),
        customer_id=UUID(asked["customer"]) if asked.get("customer") else None,
        fields=sorted(name for name, value in asked.items() if value), details={"count": total},
    )  # fmt: skip
    set_going(session, context=context, run=run)
    return run


def pack_slice(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    return evidence.work(session, context=context, run=run, until=until)
