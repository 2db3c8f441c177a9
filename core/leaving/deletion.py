"""Delete a tenant whose days of grace are over, in slices, and certify it.

1. `begin`: the database makes the certificate and moves the tenant to deleted; from here nobody signs in to it. 2. Before the first
row goes, what the certificate says of it is noted: who asked, how many rows there are, the newest seal of its trail. 3. `work`
deletes rows of every table, children first, for about a second, then the next slice: jobs, files, accounts of people who work
nowhere else, addresses, the tenant itself. 4. `erasing.look` reads every table and the store for the tenant's id. What it
finds and nobody argued for keeps the certificate back; the next run sweeps again.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from core.audit.models import AuditBatch
from core.db import erasing, scope
from core.db.base import new_id
from core.db.erasing import Found
from core.files import service as files
from core.identity.models import Participant
from core.jobs.tasks import job_context
from core.leaving import certificate
from core.tenants.models import TenantChange

LOG = structlog.get_logger(__name__)
SLICE = 0.8
TRAIL = "audit_entry"

_BEGIN = text("SELECT * FROM deletion_begin(:id, :tenant, :reference)").execution_options(**scope.PLATFORM)
_NOTE = text("SELECT deletion_note(:id, cast(:more AS jsonb))")
_FINISH = text("SELECT deletion_finish(:id)")
_ISSUE = text("SELECT deletion_issue(:id, cast(:document AS jsonb), :digest, :signature)")


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a scan found: `kept` is argued for, `wrong` should not be there."""

    scanned: int
    kept: tuple[Mapping[str, Any], ...] = ()
    wrong: tuple[str, ...] = ()


def begin(session: Session, *, tenant_id: UUID) -> UUID | None:
    """Begin, or find the deletion that has begun: the certificate's id. None for a tenant that is not due. Commit next."""
    asked = _asked(session, tenant_id)
    values = {"id": new_id(), "tenant": tenant_id, "reference": secrets.token_urlsafe(24)}
    row = session.execute(_BEGIN, values).one_or_none()
    if row is None or row.state != "erasing":
        return None
    if "asked" not in row.notes:
        _note(session.connection(), row.id, asked)
    found: UUID = row.id
    return found


def _asked(session: Session, tenant_id: UUID) -> dict[str, Any]:
    """Who asked for the closing, and the newest seal of the trail, read while they are there."""
    scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
    change = (
        session.query(TenantChange.occurred_at, TenantChange.party, TenantChange.reason, Participant.shown_name)
        .outerjoin(Participant, Participant.id == TenantChange.participant_id)
        .filter(TenantChange.event == "close").order_by(TenantChange.occurred_at.desc()).first()
    )  # fmt: skip
    seal = (
        session.query(AuditBatch.number, AuditBatch.root, AuditBatch.hash, AuditBatch.signature, AuditBatch.key_id,
                      AuditBatch.last_at)
        .order_by(AuditBatch.number.desc()).first()
    )  # fmt: skip
    asked = change and {
        "at": change.occurred_at.isoformat(), "party": change.party, "by": change.shown_name, "reason": change.reason,
    }  # fmt: skip
    trail = seal and {
        "batch": seal.number, "root": seal.root.hex(), "hash": seal.hash.hex(), "signature": seal.signature.hex(),
        "key_id": seal.key_id, "until": seal.last_at.isoformat(),
    }  # fmt: skip
    return {"asked": asked, "trail": trail}


def work(engine: Engine, *, certificate_id: UUID, seconds: float = SLICE) -> bool:
    """One slice. Whether more is to be done; nothing is, either, where the scan found what should not be there."""
    row = _row(engine, certificate_id)
    if row is None or row.state != "erasing":
        return False
    if "tables" not in row.notes:
        _count(engine, row)
        return True
    until = time.monotonic() + seconds
    if _sweep(engine, row, until):
        return True
    _close(engine, _row(engine, certificate_id))
    return False


def _row(engine: Engine, certificate_id: UUID) -> Any:
    with engine.connect() as connection:
        return connection.execute(
            text("SELECT * FROM deletion_find(:wanted)"), {"wanted": str(certificate_id)}
        ).one_or_none()


def _note(connection: Connection, certificate_id: UUID, more: Mapping[str, Any]) -> None:
    connection.execute(_NOTE, {"id": certificate_id, "more": orjson.dumps(more).decode()})


def _count(engine: Engine, row: Any) -> None:
    """How much there is before the first row goes."""
    with erasing.eraser(engine, row.tenant_id) as connection:
        counts = {name: erasing.count(connection, name, row.tenant_id) for name in erasing.tenant_tables(connection)}
    folder = files.path_of(row.tenant_id, row.tenant_id).parent
    kept = sum(1 for each in folder.rglob("*") if each.is_file()) if folder.is_dir() else 0
    with engine.begin() as connection:
        jobs = erasing.remove_jobs(connection, row.tenant_id)
        _note(connection, row.id, {"tables": counts, "files": kept, "jobs": jobs})


def _sweep(engine: Engine, row: Any, until: float) -> bool:
    """Delete until the time is up. Whether rows may be left.

    Each slice begins at the first table again, so what is empty already must not use up its time: it would never come to an end
    where one look at every table takes longer than a slice.
    """
    with erasing.eraser(engine, row.tenant_id) as connection:
        names = erasing.tenant_tables(connection)
    for name in names:
        removed = erasing.BATCH
        while removed == erasing.BATCH:
            with erasing.eraser(engine, row.tenant_id) as connection:
                removed = erasing.remove_some(connection, name, row.tenant_id)
            if removed and time.monotonic() > until:
                return True
    return False


def _close(engine: Engine, row: Any) -> bool:
    """Jobs, files, accounts, addresses, the tenant; then the scan, and the certificate if nothing is left. Whether it is issued."""
    shutil.rmtree(files.path_of(row.tenant_id, row.tenant_id).parent, ignore_errors=True)
    with engine.begin() as connection:
        erasing.remove_jobs(connection, row.tenant_id)
        gone = connection.scalar(_FINISH, {"id": row.id}) or {}
        earlier = row.notes.get("gone") or {}
        gone = {name: count + earlier.get(name, 0) for name, count in gone.items()}
        _note(connection, row.id, {"gone": gone})
    left = scan(engine, tenant_id=row.tenant_id)
    if left.wrong:
        LOG.error("deletion is held back", certificate=str(row.id), left=list(left.wrong))
        with engine.begin() as connection:
            _note(connection, row.id, {"left": list(left.wrong)})
        return False
    kept = [certificate.why("certificate", 1, "deletion_certificate"), *left.kept]
    if row.notes.get("trail"):
        kept.append(certificate.why("seal", 1))
    document = certificate.written(row, tables=row.notes["tables"], gone=gone, kept=kept, scanned=left.scanned)
    digest, signature = certificate.signed(document)
    values = {"id": row.id, "document": orjson.dumps(document).decode(), "digest": digest, "signature": signature}
    with engine.begin() as connection:
        connection.execute(_ISSUE, values)
    return True


def scan(engine: Engine, *, tenant_id: UUID) -> Left:
    """Look for a tenant in every table, column and file, and part what is argued for from what is wrong."""
    found = erasing.look(engine, tenant_id)
    with engine.connect() as connection:
        scanned = len(erasing.tables(connection))
    kept, wrong = [], []
    for each in found:
        argued = _argued(each)
        if argued:
            kept.append(certificate.why(argued, each.rows, each.table))
        else:
            wrong.append(f"{each.table}: {each.rows}" if each.rows > 0 else f"{each.table}: nobody may look into it")
    wrong += [f"file store: {name}" for name in _stored(tenant_id)]
    return Left(scanned=scanned, kept=tuple(kept), wrong=tuple(wrong))


def _argued(found: Found) -> str:
    """Why rows may name a tenant that is gone: a key of `certificate.KEPT`, or nothing."""
    if found.own or found.rows < 0:
        return ""
    if found.rows == found.as_partner:
        return "partner"
    if found.table == TRAIL:
        return "partner_trail"
    return "number" if found.table == "tenant" and found.rows == 1 else ""


def _stored(tenant_id: UUID) -> list[str]:
    """Names in the file store that hold the id."""
    root = files.path_of(tenant_id, tenant_id).parent.parent
    return sorted(str(each.relative_to(root)) for each in root.glob(f"**/*{tenant_id}*")) if root.is_dir() else []
