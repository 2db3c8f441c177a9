"""Ask for everything, have it written once a second person approves, and hand it out until it expires."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.engagements.models import Engagement
from core.errors import N_, Conflict, Denied, NotFound, Unavailable
from core.files import service as files
from core.files.models import StoredFile
from core.identity.reach import refuse_narrowed
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.queue import enqueue
from core.leaving import everything, policy
from core.notify.service import tell

KIND = "tenant.export"
LASTS = timedelta(days=7)
ASKED = N_("Take everything the organisation has out of Kehub, as one file")

DOCUMENTS: list[Callable[[Session, Context], Mapping[str, str]]] = []
"""Texts of the export that higher or other features make, by their path: configuration, fields. Filled by the wiring."""


def ask_export(session: Session, *, context: Context, reason: str) -> Approval:
    """Ask. Somebody else with the permission approves. Raises Denied, Conflict where it is asked for or being written."""
    if context.engagement_id is not None or not context.may(policy.EXPORT):
        raise Denied
    refuse_narrowed(session)
    if any(run.state in ("waiting", "running") for run in exports(session)):
        raise Conflict(N_("An export is being written. Wait for it, or take that one."))
    return approvals.request(
        session, context=context, kind=KIND, permission=policy.APPROVE_EXPORT, message=ASKED, values={},
        subject=("tenant", context.tenant_id), payload={"asked_by": str(context.participant_id)}, reason=reason,
    )  # fmt: skip


def approved(session: Session, context: Context, row: Approval) -> Mapping[str, Any]:
    """The second person has approved: the work begins."""
    from core.leaving.jobs import export_everything  # it calls back into this module

    run = jobs.create_run(session, kind=KIND, settings={"approval": str(row.id), "asked_by": row.payload["asked_by"]})
    jobs.begin(session, run=run)
    enqueue(
        session, task=export_everything, to="bulk", lock="export_everything", tenant_id=context.tenant_id, run_id=run.id
    )
    details = {"approval": str(row.id), "run": str(run.id)}
    audit.append(session, context=context, action="tenant.export_approved", subject=("tenant", context.tenant_id),
                 details=details)  # fmt: skip
    return {"run": str(run.id)}


def exports(session: Session) -> Sequence[BulkRun]:
    """The exports of the tenant, the latest first."""
    wanted = select(BulkRun).where(BulkRun.kind == KIND).order_by(BulkRun.created_at.desc()).limit(20)
    return session.scalars(wanted).all()


def produce(session: Session, *, engine: Engine, context: Context, run_id: UUID) -> None:
    """Write the export of a run that has begun: the snapshot on a connection of its own, progress and the end through `session`."""
    scope.enter(session, context)
    run = jobs.locked_run(session, run_id=run_id)
    skip = [UUID(each.counts["file"]) for each in exports(session) if each.counts.get("file")]
    asked_by = run.settings.get("asked_by")
    state = run.state
    session.commit()
    if state != "running":
        return
    file_id = new_id()
    path = files.path_of(context.tenant_id, file_id)
    part = path.with_name(f".{path.name}.part")
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _room():
            manifest = everything.write(
                engine, context=context, path=part, told=_progress(session, context, run_id), skip=skip,
                documents=lambda reading: {k: v for make in DOCUMENTS for k, v in make(reading, context).items()},
            )  # fmt: skip
        part.replace(path)
        _finish(session, context, run_id, file_id=file_id, manifest=manifest, asked_by=asked_by)
    finally:
        part.unlink(missing_ok=True)


def _progress(session: Session, context: Context, run_id: UUID) -> everything.Told:
    def told(rows: int) -> None:
        scope.enter(session, context)
        run = jobs.locked_run(session, run_id=run_id)
        run.cursor = rows
        session.commit()

    return told


@contextlib.contextmanager
def _room() -> Any:
    try:
        yield
    except OSError as error:
        if error.errno in files.FULL:
            raise Unavailable(files.NO_SPACE) from None
        raise


def _finish(
    session: Session,
    context: Context,
    run_id: UUID,
    *,
    file_id: UUID,
    manifest: Mapping[str, Any],
    asked_by: str | None,
) -> None:
    from core.leaving.jobs import forget_export

    path = files.path_of(context.tenant_id, file_id)
    until = datetime.now(UTC) + LASTS
    scope.enter(session, context)
    run = jobs.locked_run(session, run_id=run_id)
    kept = StoredFile(
        id=file_id, name=f"kehub-{datetime.now(UTC):%Y-%m-%d}.zip", media_type="application/zip", purpose=KIND,
        size=path.stat().st_size, sha256=_digest(path), expires_at=until,
    )  # fmt: skip
    session.add(kept)
    rows = sum(manifest["rows"].values())
    run.state, run.finished_at, run.cursor, run.total = "done", datetime.now(UTC), rows, rows
    run.counts = {"file": str(file_id), "rows": rows, "files": len(manifest["files"]), "bytes": kept.size}
    session.flush()
    enqueue(session, task=forget_export, to="scheduled", at=until, tenant_id=context.tenant_id, file_id=file_id)
    details = {"run": str(run_id), "file": str(file_id), "rows": rows, "sha256": kept.sha256}
    audit.append(
        session, context=context, action="tenant.exported", subject=("tenant", context.tenant_id), details=details
    )
    if asked_by:
        tell(session, context=context, kind="export.finished", values={"rows": rows}, subject=("tenant_export", run_id),
             cause=f"export:{run_id}", participants=[UUID(asked_by)], actor_too=True)  # fmt: skip
    session.commit()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def take(session: Session, *, context: Context, run_id: UUID) -> tuple[Path, StoredFile]:
    """The file of an export, for who asked for it. Each time is noted. Raises NotFound, Denied, Conflict once it has expired."""
    run = session.scalar(select(BulkRun).where(BulkRun.id == run_id, BulkRun.kind == KIND))
    if run is None:
        raise NotFound
    if run.settings.get("asked_by") != str(context.participant_id):
        raise Denied(N_("Only the person who asked for this export takes it."))
    kept = (
        session.scalar(select(StoredFile).where(StoredFile.id == UUID(run.counts["file"])))
        if run.counts.get("file")
        else None
    )
    if kept is None or (kept.expires_at is not None and kept.expires_at <= datetime.now(UTC)):
        raise Conflict(N_("This export has expired. Ask for another."))
    audit.append(session, context=context, action="tenant.export_taken", subject=("tenant", context.tenant_id),
                 details={"run": str(run_id), "file": str(kept.id)})  # fmt: skip
    return files.path_of(context.tenant_id, kept.id), kept


def forget(session: Session, *, file_id: UUID) -> None:
    """Remove an export that has expired."""
    kept = session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    if kept is not None:
        files.forget(session, file=kept)


def refuse_live_provider(session: Session, context: Context) -> None:
    """A guard of closing: whoever works for clients ends those engagements first, so that nobody's customers hang in the air."""
    wanted = select(Engagement.name).where(
        Engagement.provider_tenant_id == context.tenant_id, Engagement.state != "closed"
    ).execution_options(**scope.RLS_ONLY)  # fmt: skip
    names = session.scalars(wanted.order_by(Engagement.name)).all()
    if names:
        raise Conflict(
            N_("You still work for clients: %(names)s. Close these engagements first."), names=", ".join(names[:20])
        )
