"""Attach files to customers and cases, share them with the provider, remove them and put them back.

1. The bytes go to the file store under the row's id, counted on the way; then they are looked at (`content`), and what is refused
leaves nothing behind. Where the transaction fails, the bytes go too. 2. A provider attaches only where the customer is leased to
it, and the client always sees it. What the client attaches is its own until it shares it. 3. What was removed can be put back for
`KEPT` days; then the job takes the bytes and the row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import delete, event, func, select
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from core.attachments.content import forced_name, recognised
from core.attachments.events import AttachmentAdded, AttachmentRemoved
from core.attachments.models import Attachment
from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.files import service as files
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.timeline import service as timeline
from core.undo.remembering import remember

REMOVAL = "attachment.removal"
KEPT = timedelta(days=30)
CHOOSE = N_("Choose a file.")
MEGABYTE = 1024 * 1024
LARGEST = 25 * MEGABYTE
MOST = 200
"""Files of one customer."""
QUOTA: dict[str, int] = {"bytes": 20 * 1024 * MEGABYTE}
"""All files of one tenant together."""

REMOVED: list[Callable[[Session, Context], None]] = [lambda _session, _context: None]
"""Has the bytes taken away when their time is over (`jobs`)."""

Holder = Callable[[Session, UUID], UUID]
HOLDERS: dict[str, Holder] = {}
"""Who says whose a customer or case is, by kind: gives the customer's id. Raises NotFound, Conflict. Filled by `app.py`."""


def attach(
    session: Session,
    *,
    context: Context,
    stream: IO[bytes],
    name: str,
    customer_id: UUID | None = None,
    case_id: UUID | None = None,
    note: str | None = None,
    shared: bool = False,
) -> Attachment:
    """Keep a file on a customer, or on a case and so on its customer.

    Raises NotFound, Invalid with the reason why it is not taken, Conflict where there is no room, Unavailable.
    """
    if case_id is not None:
        customer_id = HOLDERS["case"](session, case_id)
    elif customer_id is not None:
        customer_id = HOLDERS["customer"](session, customer_id)
    else:
        raise NotFound
    _room(session, customer_id)
    row = Attachment(customer_id=customer_id, case_id=case_id, note=(note or "").strip()[:500] or None)
    path = files.path_of(context.tenant_id, row.id)
    try:
        written = files.write(path, files.pieces(stream, limit=LARGEST))
        found = recognised(path, name=name)
        row.name, row.media_type = forced_name(name, ending=found.ending), found.media_type
        row.size, row.sha256 = written.size, written.sha256
        row.party, row.participant_id, row.shown_name = context.party, context.participant_id, context.shown_name
        row.engagement_id = context.engagement_id
        row.visibility = "shared" if shared or context.party == "provider" else "client"
        session.add(row)
        session.flush()
    except (IntegrityError, ProgrammingError):
        path.unlink(missing_ok=True)
        raise NotFound from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    _gone_with_the_act(session, path)
    _tell(session, context, row, N_("Attached: %(kind)s"), icon="file")
    _note(session, context, row, "attachment.added")
    bus.emit(
        session,
        AttachmentAdded(
            context=context, subject=row.id, customer_id=customer_id, case_id=case_id, media_type=row.media_type
        ),
    )
    return row


def change(
    session: Session, *, context: Context, attachment_id: UUID, version: int, changes: Mapping[str, Any]
) -> Attachment:
    """Its note, and whether the provider sees it. Raises NotFound, Denied, Stale, Conflict."""
    row = _own(session, context, attachment_id, version)
    wrong = sorted(set(changes) - {"note", "shared"})
    if wrong:
        raise Invalid(N_("There is no such field."), field=wrong[0])
    if "note" in changes:
        row.note = (changes["note"] or "").strip()[:500] or None
    if "shared" in changes:
        if row.engagement_id is not None and not changes["shared"]:
            raise Conflict(N_("The provider attached it, so the provider sees it. Remove it instead."), field="shared")
        row.visibility = "shared" if changes["shared"] else "client"
    if session.is_modified(row):
        session.flush()
        _note(session, context, row, "attachment.updated", fields=sorted(changes))
    return row


def remove(session: Session, *, context: Context, attachment_id: UUID, version: int | None = None) -> BulkRun:
    """Out of everybody's sight at once; the run puts it back, for as long as the bytes are kept."""
    row = _own(session, context, attachment_id, version)
    run = jobs.create_run(session, kind=REMOVAL, settings={"customer": str(row.customer_id)}, total=1)
    remember(session, run_id=run.id, table="attachment", rows=[row.id], act="changed", columns=["removed_at"])
    run.state, run.finished_at, run.counts = "done", datetime.now(UTC), {"removed": 1}
    row.removed_at = datetime.now(UTC)
    session.flush()
    _tell(session, context, row, N_("Attachment removed: %(kind)s"), icon="x")
    _note(session, context, row, "attachment.removed")
    bus.emit(
        session, AttachmentRemoved(context=context, subject=row.id, customer_id=row.customer_id, case_id=row.case_id)
    )
    REMOVED[0](session, context)
    return run


def handed_out(session: Session, *, context: Context, row: Attachment) -> Path:
    """Where its bytes are, for an answer; noted in the trail. Raises Denied, and NotFound where they are gone.

    A file cannot be masked: who sees masks on the client's side gets what is shared, which somebody has looked at.
    """
    if context.party == "client" and context.masked and row.visibility != "shared":
        raise Denied(N_("You see personal data masked, and a file cannot be masked. Ask somebody to share it."))
    path = files.path_of(context.tenant_id, row.id)
    if not path.is_file():
        raise NotFound
    _note(session, context, row, "attachment.downloaded")
    return path


def found(session: Session, *, attachment_id: UUID) -> Attachment:
    """One that is there for the reader. Raises NotFound."""
    row = session.scalar(select(Attachment).where(Attachment.id == attachment_id, Attachment.removed_at.is_(None)))
    if row is None:
        raise NotFound
    return row


def forget(session: Session, *, customer_ids: Collection[UUID]) -> int:
    """Rows and bytes of customers that were erased, removed ones too; how many. For the rights of the person."""
    return _purge(session, Attachment.customer_id.in_(list(customer_ids)))


def lapse(session: Session, *, attachment_ids: Collection[UUID]) -> int:
    """Rows and bytes whose time of keeping has run out; how many."""
    return _purge(session, Attachment.id.in_(list(attachment_ids)))


def purge(session: Session, *, now: datetime | None = None) -> int:
    """Rows and bytes that were removed long ago."""
    return _purge(session, Attachment.removed_at < (now or datetime.now(UTC)) - KEPT)


def _purge(session: Session, condition: Any) -> int:
    rows = session.execute(select(Attachment.id, Attachment.tenant_id).where(condition)).all()
    if rows:
        session.execute(delete(Attachment).where(Attachment.id.in_([row.id for row in rows])))
        paths = [files.path_of(row.tenant_id, row.id) for row in rows]

        def clear(_session: Session) -> None:
            for path in paths:
                path.unlink(missing_ok=True)

        event.listen(session, "after_commit", clear, once=True)
    return len(rows)


def _own(session: Session, context: Context, attachment_id: UUID, version: int | None) -> Attachment:
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    row = found(session, attachment_id=attachment_id)
    if version is not None and row.version != version:
        raise Stale
    return row


def _room(session: Session, customer_id: UUID) -> None:
    """Counted with the removed ones, whose bytes are still there. A provider counts what it sees; the client's pages count all."""
    count = (
        session.scalar(select(func.count()).select_from(Attachment).where(Attachment.customer_id == customer_id)) or 0
    )
    if count >= MOST:
        raise Conflict(N_("A customer has at most %(most)s attachments. Remove some first."), field="file", most=MOST)
    used = session.scalar(select(func.coalesce(func.sum(Attachment.size), 0))) or 0
    if used >= QUOTA["bytes"]:
        raise Conflict(
            N_("The %(limit)s MB for attachments are used up. Remove some first."), field="file",
            limit=QUOTA["bytes"] // MEGABYTE,
        )  # fmt: skip


def _gone_with_the_act(session: Session, path: Path) -> None:
    """Where the transaction is rolled back, the bytes go with it."""
    kept: list[bool] = []

    def committed(_session: Session) -> None:
        kept.append(True)

    def rolled_back(_session: Session) -> None:
        if not kept:
            path.unlink(missing_ok=True)

    event.listen(session, "after_commit", committed, once=True)
    event.listen(session, "after_rollback", rolled_back, once=True)


def _tell(session: Session, context: Context, row: Attachment, message: str, *, icon: str) -> None:
    timeline.tell(
        session, context=context, customer_id=row.customer_id, kind="attachment.changed", message=message,
        values={"kind": kind_word(row.media_type)}, note=row.note, icon=icon,
        visibility="shared" if row.visibility == "shared" else "client",
        subject=("case", row.case_id) if row.case_id else ("attachment", row.id),
    )  # fmt: skip


KIND_WORDS: Mapping[str, Mapping[str, str]] = {
    "image": {"zh-CN": "图片", "en": "picture"},
    "audio": {"zh-CN": "录音", "en": "sound"},
    "application/pdf": {"zh-CN": "PDF 文档", "en": "PDF document"},
    "text": {"zh-CN": "文本", "en": "text"},
    "document": {"zh-CN": "文档", "en": "document"},
}


def kind_word(media_type: str) -> Mapping[str, str]:
    """What a person calls it."""
    return KIND_WORDS.get(media_type) or KIND_WORDS.get(media_type.partition("/")[0]) or KIND_WORDS["document"]


def _note(session: Session, context: Context, row: Attachment, action: str, fields: Collection[str] = ()) -> None:
    audit.append(
        session, context=context, action=action, subject=("customer", row.customer_id), fields=list(fields),
        details={"attachment": str(row.id), "media_type": row.media_type, "size": row.size, "visibility": row.visibility},
    )  # fmt: skip
