"""Seal the trail: link a tenant's entries into batches, each signed and naming the one before.

Acts append entries in their own transactions and never wait for each other, so entries appear out of order: one may have
drawn sequence 7 and be committed after 8 was. A batch must not pass over it. Therefore

1. an entry carries the id of the transaction that wrote it (`transaction_id`);
2. the sealer asks for the oldest transaction that still runs (`pg_snapshot_xmin`): every one before it has ended, and no
   entry of theirs can appear any more;
3. it seals the entries of transactions before that, in the order (transaction, sequence), from where the latest batch ended.
   A batch covers an interval of that order, so an entry that is put into it later shows;
4. entries, root, chain and signature are one transaction under the tenant's lock: killed in between, nothing is there, and the
   next round does the same. Two sealers at a time: the second finds the lock taken and does nothing.

A transaction that writes for minutes holds the sealing of everybody's entries up for as long (not the writing); the page of the
trail says how many wait.

A database restored from a dump begins to count transactions anew. The sealer sees that the server's are behind the latest
batch: it seals what was restored unsealed, and goes on above the highest sequence it knew (`floor_sequence`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.orm import Session

from core.audit import encoding, keys, merkle
from core.audit.models import AuditBatch, AuditEntry
from core.db import scope
from core.jobs.tasks import job_context

LOG = structlog.get_logger(__name__)
MOST = 10_000
"""Entries of one batch."""

WIDTH = 8 + merkle.SIZE
"""Bytes of an entry in a batch's `leaves`."""

ENDLESS = 2**63 - 1
ROUND_SECONDS = 8.0
COLUMNS = tuple(getattr(AuditEntry, name) for name in encoding.ENTRY)
_SEQUENCE, _TRANSACTION, _OCCURRED = (
    encoding.ENTRY.index(name) for name in ("sequence", "transaction_id", "occurred_at")
)
_HORIZON = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon, pg_try_advisory_xact_lock(:lock) AS locked"
).execution_options(**scope.PLATFORM)
_UNSEALED = text("SELECT tenant_id FROM audit_unsealed()").execution_options(**scope.PLATFORM)

Place = tuple[int, int]
"""Transaction and sequence."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What the next batch covers: above the floor, after `begin`, up to `end`."""

    floor: int
    begin: Place
    end: Place


def seal_everywhere(session: Session, *, seconds: float = ROUND_SECONDS) -> int:
    """Seal what can be sealed, over all tenants, one transaction per batch. How many entries were sealed."""
    until = time.monotonic() + seconds
    tenants: Sequence[UUID] = session.scalars(_UNSEALED).all()
    session.rollback()
    sealed = 0
    for tenant_id in tenants:
        try:
            while (made := _seal_one(session, tenant_id)) and time.monotonic() < until:
                sealed += made
        except Exception as error:  # one tenant's fault stops no other's sealing
            session.rollback()
            LOG.error("audit not sealed", tenant=str(tenant_id), error=type(error).__name__)
    return sealed


def _seal_one(session: Session, tenant_id: UUID) -> int:
    scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
    batch = seal(session)
    made = batch.entries if batch is not None else 0
    session.commit()
    return made


def seal(session: Session, *, most: int = MOST) -> AuditBatch | None:
    """The next batch of the scope's tenant; None where nothing can be sealed now, or another sealer is at it."""
    tenant_id = scope.current(session).tenant_id
    horizon, locked = session.execute(_HORIZON, {"lock": _lock(tenant_id)}).one()
    if not locked:
        return None
    last = session.scalar(select(AuditBatch).order_by(AuditBatch.number.desc()).limit(1))
    for reach in _reaches(last, horizon):
        rows = session.execute(_entries(reach).limit(most)).all()
        if rows:
            batch = _batch(tenant_id, last, reach if len(rows) < most else _cut(reach, rows[-1]), rows)
            session.add(batch)
            session.flush()
            return batch
    return None


def _reaches(last: AuditBatch | None, horizon: int) -> list[Reach]:
    """Where to look for entries, in turn."""
    end = (horizon - 1, ENDLESS)
    if last is None:
        return [Reach(floor=0, begin=(-1, 0), end=end)]
    begin = (last.until_transaction, last.until_sequence)
    if last.until_transaction < horizon:
        return [Reach(floor=last.floor_sequence, begin=begin, end=end)]
    restored = Reach(floor=last.floor_sequence, begin=begin, end=(ENDLESS, ENDLESS))
    anew = Reach(floor=last.highest_sequence, begin=(-1, 0), end=end)
    return [restored, anew] if begin < restored.end else [anew]


def _cut(reach: Reach, row: Row[Any]) -> Reach:
    return Reach(floor=reach.floor, begin=reach.begin, end=(row[_TRANSACTION], row[_SEQUENCE]))


def _entries(reach: Reach) -> Any:
    place = tuple_(AuditEntry.transaction_id, AuditEntry.sequence)
    return (
        select(*COLUMNS)
        .where(place > reach.begin, place <= reach.end, AuditEntry.sequence > reach.floor)
        .order_by(AuditEntry.transaction_id, AuditEntry.sequence)
    )


def _batch(tenant_id: UUID, last: AuditBatch | None, reach: Reach, rows: Sequence[Row[Any]]) -> AuditBatch:
    digests = [encoding.leaf(row) for row in rows]
    sequences = [row[_SEQUENCE] for row in rows]
    times = [row[_OCCURRED] for row in rows]
    batch = AuditBatch(
        tenant_id=tenant_id,
        number=last.number + 1 if last else 1,
        encoding=encoding.VERSION,
        entries=len(rows),
        first_at=min(times),
        last_at=max(times),
        highest_sequence=max(*sequences, last.highest_sequence if last else 0),
        floor_sequence=reach.floor,
        from_transaction=reach.begin[0],
        from_sequence=reach.begin[1],
        until_transaction=reach.end[0],
        until_sequence=reach.end[1],
        previous_hash=last.hash if last else encoding.FIRST,
        root=merkle.root(digests),
        leaves=packed(sequences, digests),
        sealed_at=datetime.now(UTC),
        key_id=keys.signing_key_id(),
    )
    head = encoding.header(batch)
    batch.hash = encoding.header_hash(head)
    batch.signature = keys.sign(head)
    return batch


def packed(sequences: Sequence[int], digests: Sequence[bytes]) -> bytes:
    return b"".join(number.to_bytes(8, "big") + digest for number, digest in zip(sequences, digests, strict=True))


def unpacked(leaves: bytes) -> dict[int, bytes]:
    """The digests of a batch's entries by sequence, in the order of the tree."""
    return {
        int.from_bytes(leaves[at : at + 8], "big"): leaves[at + 8 : at + WIDTH] for at in range(0, len(leaves), WIDTH)
    }


def _lock(tenant_id: UUID) -> int:
    """The tenant's sealing lock. Another purpose's lock of the same number would only make the sealer wait a round."""
    return int.from_bytes(tenant_id.bytes[8:], "big", signed=True) ^ 0x5EA1
