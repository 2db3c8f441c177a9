"""An evidence pack: entries of a filter with the proof of each, in a file that is checked without Kehub.

1. Slices write the entries that are sealed, in the order of sealing, each with its batch and its path to the batch's root.
2. The last one puts them together with the batches, the names, the public key, a program that checks all of it, and a
   manifest of SHA-256 digests with its own signature. The parts are removed.
3. The file is kept for a week. Values under a data key stay encrypted in it.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import Session

from core.audit import encoding, keys, merkle, subjects
from core.audit.models import AuditBatch, AuditEntry
from core.audit.queries import Filters, conditions, seal_of
from core.audit.sealing import COLUMNS, unpacked
from core.context import Context
from core.errors import N_, Invalid
from core.files import service as files
from core.files.models import StoredFile
from core.jobs.models import BulkRun

MOST = 100_000
"""Entries of one pack."""

AT_ONCE = 500
DAYS = 7
PART_DAYS = 1
LARGEST = 4 * 1024**3
PURPOSE, PART = "audit_pack", "audit_part"
HERE = Path(__file__).parent
EMPTY = N_("No entry meets these conditions, so there is nothing to prove.")
TOO_MANY = N_("More than %(most)s entries meet these conditions. Choose a shorter time.")


def count(session: Session, *, context: Context, asked: Mapping[str, str]) -> int:
    """How many entries a pack would hold. Raises Invalid for none and for too many."""
    rows = select(AuditEntry.id).where(*conditions(context, Filters.read(asked))).limit(MOST + 1)
    found = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    if found == 0:
        raise Invalid(EMPTY)
    if found > MOST:
        raise Invalid(TOO_MANY, most=f"{MOST:,}")
    return found


def work(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    """One slice. Whether more is left."""
    settings = dict(run.settings)
    lines: list[bytes] = []
    prover = Prover(session)
    more = True
    while more and time.monotonic() < until:
        rows = _rows(session, context, settings)
        lines += [line for row in rows if (line := prover.line(row)) is not None]
        if rows:
            settings["after"] = [rows[-1].transaction_id, rows[-1].sequence]
        run.cursor += len(rows)
        more = len(rows) == AT_ONCE
    if lines:
        kept = files.keep(
            session, stream=io.BytesIO(b"\n".join(lines)), name="part", media_type="application/x-ndjson", purpose=PART,
            limit=LARGEST, days=PART_DAYS,
        )  # fmt: skip
        settings["parts"] = [*settings.get("parts", ()), str(kept.id)]
        settings["entries"] = settings.get("entries", 0) + len(lines)
    if not more:
        settings["file_id"] = str(_put_together(session, context, run, settings).id)
        for part in _parts(session, settings):
            files.forget(session, file=part)
    run.settings = settings
    return more


def _rows(session: Session, context: Context, settings: Mapping[str, Any]) -> Sequence[Row[Any]]:
    place = tuple_(AuditEntry.transaction_id, AuditEntry.sequence)
    after = tuple(settings.get("after", (-1, 0)))
    wanted = select(*COLUMNS).where(place > after, *conditions(context, Filters.read(settings["asked"])))
    return session.execute(wanted.order_by(AuditEntry.transaction_id, AuditEntry.sequence).limit(AT_ONCE)).all()


class Prover:
    """Proofs of entries that come in the order of sealing: a batch is read once for all of its entries."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._number = 0
        self._leaves: dict[int, bytes] = {}
        self._places: dict[int, int] = {}

    def line(self, row: Row[Any]) -> bytes | None:
        """The entry's canonical text with its batch and path; None while it waits to be sealed."""
        if row.sequence not in self._places:
            batch = seal_of(self._session, row.id)
            if batch is None:
                return None
            self._number, self._leaves = batch.number, unpacked(bytes(batch.leaves))
            self._places = {sequence: place for place, sequence in enumerate(self._leaves)}
        place = self._places.get(row.sequence)
        path = [] if place is None else merkle.path([*self._leaves.values()], place)
        proof = {"sequence": row.sequence, "batch": self._number, "path": [[side, node.hex()] for side, node in path]}
        return orjson.dumps({"entry": encoding.entry(row).decode(), "proof": proof})


def _parts(session: Session, settings: Mapping[str, Any]) -> list[StoredFile]:
    return [files.find(session, file_id=UUID(part)) for part in settings.get("parts", ())]


def _lines(parts: Iterable[StoredFile]) -> Iterator[dict[str, Any]]:
    for part in parts:
        with files.path_of(part.tenant_id, part.id).open("rb") as lines:
            yield from map(orjson.loads, lines)


def _put_together(session: Session, context: Context, run: BulkRun, settings: Mapping[str, Any]) -> StoredFile:
    parts = _parts(session, settings)
    numbers = {line["proof"]["batch"] for line in _lines(parts)}
    with tempfile.TemporaryFile() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as pack:
            writer = _Writer(pack)
            writer.add("entries.jsonl", (line["entry"].encode() + b"\n" for line in _lines(parts)))
            writer.add("proofs.jsonl", (orjson.dumps(line["proof"]) + b"\n" for line in _lines(parts)))
            writer.add("batches.jsonl", _batches(session, numbers))
            writer.add("names.json", [_names(session, parts)])
            writer.add("public-key.pem", [keys.public_pem().encode()])
            for source in ("verify.py", "README.txt"):
                writer.add(source, [(HERE / "pack" / source).read_bytes()])
            manifest = _manifest(context, run, settings, batches=len(numbers), digests=writer.digests)
            pack.writestr("manifest.json", manifest)
            pack.writestr("manifest.sig", keys.sign(b"kehub evidence\0" + manifest).hex())
        stream.seek(0)
        name = f"kehub-evidence-{datetime.now(UTC):%Y%m%d-%H%M}.zip"
        return files.keep(
            session, stream=stream, name=name, media_type="application/zip", purpose=PURPOSE, limit=LARGEST, days=DAYS
        )


class _Writer:
    """Writes the files of a pack and remembers their digests."""

    def __init__(self, pack: zipfile.ZipFile) -> None:
        self._pack = pack
        self.digests: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._pack.open(name, "w") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
        self.digests[name] = digest.hexdigest()


def _batches(session: Session, numbers: Iterable[int]) -> Iterator[bytes]:
    """The headers of the batches that the entries lie in, and of the latest one: how far the chain went."""
    latest = session.scalar(select(func.max(AuditBatch.number)))
    wanted = sorted({*numbers, *([latest] if latest else [])})
    for begin in range(0, len(wanted), AT_ONCE):
        some = wanted[begin : begin + AT_ONCE]
        for batch in session.scalars(select(AuditBatch).where(AuditBatch.number.in_(some)).order_by(AuditBatch.number)):
            told = {
                "header": encoding.header(batch).decode(),
                "hash": batch.hash.hex(),
                "signature": batch.signature.hex(),
            }
            yield orjson.dumps(told) + b"\n"


def _names(session: Session, parts: Sequence[StoredFile]) -> bytes:
    """Names of the people in the entries. They are not sealed: the entries hold ids."""
    found = {json.loads(line["entry"])["participant_id"] for line in _lines(parts)} - {None}
    people = subjects.people(session, [UUID(each) for each in found])
    named = {str(each.id): {"name": each.name, "company": each.company} for each in people.values()}
    return json.dumps(named, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _manifest(
    context: Context, run: BulkRun, settings: Mapping[str, Any], *, batches: int, digests: Mapping[str, str]
) -> bytes:
    told = {
        "format": "kehub evidence 1",
        "tenant_id": str(context.tenant_id),
        "made_at": encoding.plain(datetime.now(UTC)),
        "made_by": str(context.participant_id) if context.participant_id else None,
        "run_id": str(run.id),
        "asked": settings["asked"],
        "note": settings.get("note", ""),
        "entries": settings.get("entries", 0),
        "not_sealed_yet": run.cursor - settings.get("entries", 0),
        "batches": batches,
        "key_id": keys.signing_key_id(),
        "sha256": dict(digests),
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def purge(session: Session) -> int:
    """Remove packs and parts of the scope's tenant that are past their time. How many there were."""
    old = session.scalars(
        select(StoredFile).where(StoredFile.purpose.in_((PURPOSE, PART)), StoredFile.expires_at < func.now())
    ).all()
    for file in old:
        files.forget(session, file=file)
    return len(old)
