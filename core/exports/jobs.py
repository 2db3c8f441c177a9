"""Write an export: page by page in short transactions, as who asked for it sees the rows; and remove it when its days are over.

Each page is read in the asker's scope, so a lease or grant that ends meanwhile ends the rows. The file takes its name only when
it is whole. A worker that is killed begins again.
"""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _
from procrastinate import JobContext, RetryStrategy
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db, new_id
from core.errors import N_, Conflict, DomainError, NotFound, Unavailable
from core.exports import service
from core.exports.models import ExportRequest
from core.exports.sources import CARDS, SOURCES, Asker, headings
from core.exports.writing import WRITERS, Mark, Writer
from core.files import service as files
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import explained, job_context
from core.notify.service import tell
from core.tenants.queries import filled_context
from core.web.current import catalog_view
from core.web.i18n import LANGUAGES

TOLD_EVERY = 1.0
AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError})


@queue.task(name="make_export", queue="bulk", pass_context=True, retry=AGAIN)
def make_export(
    job: JobContext,  # noqa: ARG001 - as every long act
    *,
    tenant_id: str,
    export_id: str,
    participant_id: str | None = None,
    engagement_id: str | None = None,
) -> None:
    """One export."""
    context = job_context(
        tenant_id=UUID(tenant_id), participant_id=UUID(participant_id) if participant_id else None,
        engagement_id=UUID(engagement_id) if engagement_id else None,
    )  # fmt: skip
    session = db.session()
    try:
        produce(session, context=context, export_id=UUID(export_id))
    except NotFound:
        session.rollback()
    except Exception as error:
        session.rollback()
        told = error if isinstance(error, DomainError) else explained(error)
        if not isinstance(told, DomainError):
            raise
        _failed(session, context, UUID(export_id), told)
    finally:
        db.session.remove()


def produce(session: Session, *, context: Context, export_id: UUID) -> None:
    """Write the file of an approved export. Raises DomainError where it cannot be."""
    scope.enter(session, context)
    row = service.locked(session, export_id)
    reading = service.in_their_eyes(filled_context(session, context=context), row)
    state, file_id = row.state, new_id()
    session.commit()
    if state != "running":
        return
    path = files.path_of(context.tenant_id, file_id)
    part = path.with_name(f".{path.name}.part")
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        written = _write(session, reading, export_id, part)
        part.replace(path)
        _finish(session, context, export_id, file_id=file_id, path=path, written=written)
    except OSError as error:
        if error.errno in files.FULL:
            raise Unavailable(files.NO_SPACE) from None
        raise
    finally:
        part.unlink(missing_ok=True)


def _write(session: Session, reading: Context, export_id: UUID, part: Path) -> int:
    """In the asker's language and scope; how many rows."""
    with current_app.test_request_context(), force_locale(LANGUAGES.get(reading.locale, LANGUAGES["zh-CN"])):
        g.context = reading
        scope.enter(session, reading)
        row = service.locked(session, export_id)
        asker = Asker(session, reading, catalog_view())
        source, names = SOURCES[row.what], list(row.fields)
        writer = WRITERS[row.format](part, mark_of(row, reading))
        writer.head(list(CARDS[row.what]) if row.format == "vcard" else headings(source, asker, row.chosen, names))
        try:
            return _rows(session, asker, row, writer, names)
        finally:
            writer.close()


def _rows(session: Session, asker: Asker, row: ExportRequest, writer: Writer, names: list[str]) -> int:
    written, told = 0, time.monotonic()
    for lines in SOURCES[row.what].pages(asker, row.chosen, names):
        for line in lines:
            writer.row(line)
        written += len(lines)
        if time.monotonic() - told > TOLD_EVERY:
            service.locked(session, row.id).rows_written = written
        session.commit()
        scope.enter(session, asker.context)
        if service.locked(session, row.id).state != "running":
            raise Conflict(N_("This was stopped."))
    session.commit()
    return written


def mark_of(row: ExportRequest, reading: Context) -> Mark:
    """Who takes it, when, under which number: in the file and in its properties."""
    now = datetime.now(UTC)
    text = _(
        "Export %(number)s of %(client)s, for %(name)s, %(at)s UTC. Personal data: for the purpose approved only.",
        number=row.number, client=reading.tenant_name, name=row.requested_name, at=f"{now:%Y-%m-%d %H:%M}",
    )  # fmt: skip
    return Mark(title=f"Kehub {row.number}", author=row.requested_name, text=str(text), at=now)


def _finish(session: Session, context: Context, export_id: UUID, *, file_id: UUID, path: Path, written: int) -> None:
    scope.enter(session, context)
    row = service.locked(session, export_id)
    if row.state != "running":
        path.unlink(missing_ok=True)
        raise Conflict(N_("This was stopped."))
    with path.open("rb") as stream:
        row.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    row.file_id, row.file_size, row.rows_written = file_id, path.stat().st_size, written
    row.state, row.finished_at = "done", datetime.now(UTC)
    row.expires_at = row.finished_at + service.LASTS
    session.flush()
    enqueue(session, task=forget_export_file, to="scheduled", at=row.expires_at, tenant_id=row.tenant_id, export_id=row.id,
            engagement_id=row.engagement_id)  # fmt: skip
    service.note(session, context, row, "export.made")
    if row.requested_by is not None:
        tell(session, context=context, kind="export.rows_ready", values={"number": row.number, "rows": written},
             subject=("export", row.id), cause=f"export:{row.id}", participants=[row.requested_by],
             engagement_id=row.engagement_id, actor_too=True)  # fmt: skip
    session.commit()


def _failed(session: Session, context: Context, export_id: UUID, error: DomainError) -> None:
    scope.enter(session, context)
    row = service.locked(session, export_id)
    row.state, row.finished_at = "failed", datetime.now(UTC)
    row.problem = {"code": error.code, "message": error.message, "params": {k: str(v) for k, v in error.params.items()}}
    session.flush()
    service.note(session, context, row, "export.failed")
    session.commit()


@queue.task(name="forget_export_file", queue="scheduled", retry=AGAIN)
def forget_export_file(*, tenant_id: str, export_id: str, engagement_id: str | None = None) -> None:
    """A file is kept for some days only."""
    context = job_context(
        tenant_id=UUID(tenant_id), participant_id=None, engagement_id=UUID(engagement_id) if engagement_id else None
    )
    session = db.session()
    try:
        scope.enter(session, context)
        service.forget(session, context=context, export_id=UUID(export_id))
        session.commit()
    except NotFound:
        session.rollback()
    finally:
        db.session.remove()
