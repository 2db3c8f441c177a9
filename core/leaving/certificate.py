"""The certificate of a deletion: what it says, its hash and signature, and who may read it where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.audit import keys
from core.db import scope
from core.errors import N_, NotFound

FORMAT = "kehub-deletion/1"
SPLIT = ":"

KEPT: Mapping[str, str] = {
    "certificate": N_("This certificate itself, with the addresses, which nobody else gets."),
    "seal": N_("The newest sealed digest of the audit trail: with an exported trail it proves that nothing was changed."),
    "partner": N_("The other party's own records of a closed engagement hold the number of this organisation."),
    "partner_trail": N_("The other party's audit trail, which is only ever added to, names the number of this organisation."),
    "number": N_("The bare number of this organisation, to which the other party's records point; name and settings are gone."),
}  # fmt: skip
"""What may be left, each with the reason. Invoices that law keeps join here with billing; there are none yet."""

_FIND = text("SELECT * FROM deletion_find(:wanted)").execution_options(**scope.PLATFORM)
_SEEN = text("SELECT * FROM deletions_seen()").execution_options(**scope.PLATFORM)


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed and signed: JSON with sorted keys and no spaces (as RFC 8785 for what is used here)."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def signed(document: Mapping[str, Any]) -> tuple[str, str]:
    """SHA-256 of the document, and `<key id>:<Ed25519 signature>` over its bytes, in hexadecimal digits."""
    body = canonical(document)
    return hashlib.sha256(body).hexdigest(), keys.signing_key_id() + SPLIT + keys.sign(body).hex()


def holds(document: Mapping[str, Any], *, sha256: str, signature: str) -> bool:
    """Whether a certificate is as this installation issued it."""
    body = canonical(document)
    key, _, proof = signature.partition(SPLIT)
    try:
        proved = keys.signed_by(keys.public_key(), bytes.fromhex(proof), body)
    except ValueError:
        return False
    return key == keys.signing_key_id() and hashlib.sha256(body).hexdigest() == sha256 and proved


def find(session: Session, *, wanted: str) -> Any:
    """The deletion by its reference, its id or an address its tenant had. Raises NotFound."""
    row = session.execute(_FIND, {"wanted": wanted}).one_or_none()
    if row is None:
        raise NotFound
    return row


def issued(session: Session, *, reference: str) -> Any:
    """The certificate behind a public address; not by anything that could be guessed. Raises NotFound."""
    row = find(session, wanted=reference)
    if row.state != "issued" or row.reference != reference:
        raise NotFound
    return row


def of_partners(session: Session) -> Sequence[Any]:
    """Certificates of organisations that the scope's tenant worked with."""
    return session.execute(_SEEN).all()


def written(
    row: Any, *, tables: Mapping[str, int], gone: Mapping[str, Any], kept: Sequence[Mapping[str, Any]], scanned: int
) -> dict[str, Any]:
    """The document of a deletion whose scan found nothing that should not be there."""
    notes = row.notes
    return {
        "format": FORMAT,
        "reference": row.reference,
        "organisation": {
            "id": str(row.tenant_id), "name": notes["name"], "kinds": notes["kinds"], "created_at": notes["created_at"],
        },
        "asked": notes.get("asked"),
        "closed_at": notes["closed_at"],
        "deletion_began_at": row.begun_at.isoformat(),
        "deleted_at": datetime.now(UTC).isoformat(),
        "tables": [{"name": name, "before": before, "after": 0} for name, before in sorted(tables.items()) if before],
        "tables_empty_before": sum(1 for before in tables.values() if not before),
        "files": {"before": notes.get("files", 0), "after": 0},
        "platform": dict(gone),
        "jobs": notes.get("jobs", 0),
        "trail": notes.get("trail"),
        "scan": {"tables": scanned, "columns": "all", "left": []},
        "kept": list(kept),
        "key": {"id": keys.signing_key_id(), "algorithm": "Ed25519", "public": keys.public_key().hex()},
    }  # fmt: skip


def why(kind: str, rows: int, table: str = "") -> dict[str, Any]:
    """One thing that is left, with its reason."""
    return {"what": kind, "table": table, "rows": rows, "reason": KEPT[kind]}
