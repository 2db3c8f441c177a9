"""What the pages tell of runs: evidence packs made and under way, and the latest verification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import jobs, subjects
from core.audit import service as audit
from core.context import Context
from core.errors import NotFound
from core.files import service as files
from core.files.models import StoredFile
from core.jobs.models import BulkRun

RECENT = 30


@dataclass(frozen=True, kw_only=True)
class Pack:
    """`size` is None while the pack is made, and after its time."""

    id: UUID
    state: str
    done: int
    total: int | None
    made_at: datetime
    made_by: str | None
    asked: Mapping[str, str]
    note: str
    size: int | None
    expires_at: datetime | None
    error: Mapping[str, Any] | None

    @property
    def running(self) -> bool:
        return self.state in ("waiting", "running")


@dataclass(frozen=True, kw_only=True)
class PackFile:
    path: Path
    name: str


def recent(session: Session) -> list[Pack]:
    """The latest packs of the workspace."""
    runs = session.scalars(
        select(BulkRun).where(BulkRun.kind == jobs.PACK).order_by(BulkRun.created_at.desc()).limit(RECENT)
    ).all()
    kept = _files(session, runs)
    people = subjects.people(session, [run.created_by for run in runs if run.created_by])
    return [_pack(run, kept.get(run.settings.get("file_id", "")), people) for run in runs]


def _files(session: Session, runs: Sequence[BulkRun]) -> dict[str, Any]:
    ids = [UUID(run.settings["file_id"]) for run in runs if "file_id" in run.settings]
    rows = session.execute(
        select(StoredFile.id, StoredFile.size, StoredFile.expires_at).where(
            StoredFile.id.in_(ids), StoredFile.expires_at > func.now()
        )
    )
    return {str(row.id): row for row in rows}


def _pack(run: BulkRun, kept: Any | None, people: Mapping[UUID, subjects.Person]) -> Pack:
    maker = people.get(run.created_by) if run.created_by else None
    return Pack(
        id=run.id, state=run.state, done=run.cursor, total=run.total, made_at=run.created_at,
        made_by=maker.name if maker else None, asked=run.settings["asked"], note=run.settings.get("note", ""),
        size=kept.size if kept else None, expires_at=kept.expires_at if kept else None, error=run.error,
    )  # fmt: skip


def opened(session: Session, *, context: Context, run_id: UUID) -> PackFile:
    """The file of a pack; that it was taken is in the trail. Raises NotFound, also after its time."""
    run = session.scalar(select(BulkRun).where(BulkRun.id == run_id, BulkRun.kind == jobs.PACK))
    if run is None or "file_id" not in run.settings:
        raise NotFound
    kept = session.scalar(
        select(StoredFile).where(StoredFile.id == UUID(run.settings["file_id"]), StoredFile.expires_at > func.now())
    )
    if kept is None:
        raise NotFound
    audit.append(
        session, context=context, action="audit.pack_opened", subject=("audit_pack", run.id),
        details={"sha256": kept.sha256, "count": run.settings.get("entries", 0)},
    )  # fmt: skip
    return PackFile(path=files.path_of(kept.tenant_id, kept.id), name=kept.name)


def latest_check(session: Session) -> BulkRun | None:
    """The latest verification, running or ended."""
    return session.scalar(
        select(BulkRun).where(BulkRun.kind == jobs.VERIFY).order_by(BulkRun.created_at.desc()).limit(1)
    )
