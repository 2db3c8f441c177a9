"""What `kehub audit` does: verify trails, give out heads and the public key.

A head is the number and hash of a tenant's latest batch. `verify` keeps the heads it found sound beside the installation's data,
outside the database, and holds the next verification to them; `heads` prints them signed, to be kept somewhere else still.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import encoding, keys, sealing
from core.audit.models import AuditBatch
from core.audit.verifying import Anchor, Report, verify
from core.audit.words import FAULTS
from core.db import scope
from core.errors import N_, Invalid
from core.files import service as files
from core.jobs.tasks import job_context

KEPT = "audit-heads.json"
NOT_HEADS = N_("%(path)s holds no heads: it is what `kehub audit heads` prints.")
FORGED = N_(
    "%(path)s was changed after it was printed, or another installation printed it: its signature does not hold."
)
NOT_A_KEY = N_("%(path)s is not a public key of seals (Ed25519, PEM).")
_TENANTS = text("SELECT tenant_id FROM audit_tenants()").execution_options(**scope.PLATFORM)

Heads = Mapping[str, Anchor]


@dataclass(kw_only=True)
class Verification:
    reports: dict[UUID, Report] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return all(report.sound for report in self.reports.values())

    def told(self) -> dict[str, Any]:
        return {"sound": self.sound, "tenants": {str(key): report.told() for key, report in self.reports.items()}}


def sealed_tenants(session: Session) -> list[UUID]:
    found = list(session.scalars(_TENANTS))
    session.rollback()
    return found


def verify_trails(
    session: Session,
    *,
    tenants: Iterable[UUID],
    heads: Heads,
    known_keys: Sequence[bytes] = (),
    say: Callable[[str], None] = lambda _text: None,
) -> Verification:
    """Verify tenant by tenant, each behind its own walls. What waits is sealed first, so that the end is checked too."""
    made = Verification()
    sealing.seal_everywhere(session)
    for tenant_id in tenants:
        scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
        report = verify(
            session, anchor=heads.get(str(tenant_id)), known_keys=known_keys, heard=_Progress(tenant_id, say)
        )
        session.rollback()
        made.reports[tenant_id] = report
        for line in lines(tenant_id, report):
            say(line)
    return made


class _Progress:
    """Says how far a long trail is, each time another so many entries were checked."""

    STEP = 10_000

    def __init__(self, tenant_id: UUID, say: Callable[[str], None]) -> None:
        self._tenant_id, self._say, self._said = tenant_id, say, 0

    def __call__(self, report: Report) -> None:
        if report.entries - self._said >= self.STEP:
            self._said = report.entries
            self._say(f"{self._tenant_id}: {report.entries} entries so far, {report.fault_count} faults")


def lines(tenant_id: UUID, report: Report) -> Iterator[str]:
    said = "sound" if report.sound else f"{report.fault_count} faults"
    yield (
        f"{tenant_id}: {said}; {report.entries} entries in {report.batches} batches, {report.waiting} not sealed yet,"
        f" head {report.number} {report.hash[:16]}"
    )
    for fault in report.faults:
        words = FAULTS[fault.kind] % {"batch": fault.batch, "sequence": fault.sequence, "until": fault.until}
        yield f"  {fault.kind}: {words}" + (f" ({fault.entry_id})" if fault.entry_id else "")


def current_heads(session: Session, *, tenants: Iterable[UUID]) -> dict[str, Anchor]:
    found = {}
    for tenant_id in tenants:
        scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
        last = session.execute(
            select(AuditBatch.number, AuditBatch.hash).order_by(AuditBatch.number.desc()).limit(1)
        ).one_or_none()
        session.rollback()
        if last is not None:
            found[str(tenant_id)] = Anchor(number=last.number, hash=last.hash.hex())
    return found


def heads_document(heads: Heads) -> dict[str, Any]:
    """The heads with the time and this installation's signature over both."""
    told = {
        "made_at": encoding.plain(datetime.now(UTC)),
        "key_id": keys.signing_key_id(),
        "heads": {key: {"number": head.number, "hash": head.hash} for key, head in sorted(heads.items())},
    }
    return {**told, "signature": keys.sign(_signed(told)).hex()}


def _signed(document: Mapping[str, Any]) -> bytes:
    told = {name: document[name] for name in ("made_at", "key_id", "heads")}
    return b"kehub heads\0" + json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def read_heads(path: Path, *, known_keys: Sequence[bytes] = ()) -> dict[str, Anchor]:
    """Heads as they were printed. Raises Invalid."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        signature, data = bytes.fromhex(document["signature"]), _signed(document)
        heads = {
            key: Anchor(number=int(head["number"]), hash=str(head["hash"])) for key, head in document["heads"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(NOT_HEADS, path=path) from None
    if not any(keys.signed_by(key, signature, data) for key in (*known_keys, keys.public_key())):
        raise Invalid(FORGED, path=path)
    return heads


def kept_heads(folder: Path) -> dict[str, Anchor]:
    """What the last verification on this host found sound; nothing where there was none."""
    path = folder / KEPT
    return read_heads(path) if path.exists() else {}


def keep_heads(folder: Path, made: Verification, *, before: Heads) -> None:
    """Keep the heads of the trails that are sound; of others the one from before stays."""
    sound = {
        str(key): Anchor(number=report.number, hash=report.hash)
        for key, report in made.reports.items()
        if report.sound and report.number
    }
    document = json.dumps(heads_document({**before, **sound}), indent=1).encode()
    files.write(folder / KEPT, [document])


def read_key(path: Path) -> bytes:
    """A raw public key from a PEM file. Raises Invalid."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise Invalid(NOT_A_KEY, path=path) from None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid(NOT_A_KEY, path=path)
    return key.public_bytes_raw()
