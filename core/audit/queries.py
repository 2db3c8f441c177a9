"""Read the trail: by whom, of what, when, with which outcome; and how far it is sealed.

Every filter has an index that ends in (occurred_at, id), the order of the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from core.audit import encoding, keys, merkle
from core.audit.models import AuditBatch, AuditEntry
from core.audit.sealing import COLUMNS, unpacked
from core.audit.verifying import unsealed
from core.context import Context
from core.db import driver
from core.db.keyset import Page, newest_first

_SEAL_OF = "SELECT * FROM audit_seal_of(%(entry)s)"
GROUPS = {
    "looks": (
        *(f"{noun}.read" for noun in ("customer", "case", "record", "interaction", "finding")),
        *(f"{noun}.listed" for noun in ("customers", "cases", "records", "interactions", "findings", "gate_decisions")),
        "customers.searched", "records.searched", "duplicates.searched", "customer.revealed", "value.revealed",
        "attachment.downloaded",
    ),
    "exports": (
        "records.exported", "configuration.exported", "audit.exported", "audit.pack_opened", "export.asked", "export.made",
        "export.taken", "tenant.exported", "tenant.export_taken", "rights_request.package_taken",
    ),
}  # fmt: skip
"""Actions that are asked for together."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to show. `action` is one action, or a key of GROUPS. `since` is included, `until` is not."""

    person: UUID | None = None
    party: str | None = None
    engagement: UUID | None = None
    action: str | None = None
    outcome: str | None = None
    subject: tuple[str, UUID] | None = None
    customer: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def stored(self) -> dict[str, str]:
        """As text, for a run's settings and a pack's manifest; only what narrows."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__}
        subject = held.pop("subject")
        found = {name: _text(value) for name, value in held.items() if value is not None}
        return {**found, **({"subject": f"{subject[0]}:{subject[1]}"} if subject else {})}

    @classmethod
    def read(cls, stored: Mapping[str, str]) -> Filters:
        values: dict[str, Any] = dict(stored)
        for name in ("person", "engagement", "customer"):
            if name in values:
                values[name] = UUID(values[name])
        for name in ("since", "until"):
            if name in values:
                values[name] = datetime.fromisoformat(values[name])
        if "subject" in values:
            kind, _, subject_id = values["subject"].partition(":")
            values["subject"] = (kind, UUID(subject_id))
        return cls(**values)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def conditions(context: Context, filters: Filters) -> list[ColumnElement[bool]]:
    """A provider's people see what is of their engagement; the database holds them to it too."""
    entry = AuditEntry
    found: list[ColumnElement[bool]] = []
    if context.party == "provider":
        found.append(entry.engagement_id == context.engagement_id)
    for column, value in (
        (entry.participant_id, filters.person), (entry.party, filters.party), (entry.engagement_id, filters.engagement),
        (entry.customer_id, filters.customer),
    ):  # fmt: skip
        if value is not None:
            found.append(column == value)
    if filters.action is not None:
        found.append(entry.action.in_(GROUPS.get(filters.action, (filters.action,))))
    if filters.outcome == "done":
        found.append(entry.outcome == "done")
    elif filters.outcome is not None:
        found += [entry.outcome == filters.outcome, entry.outcome != "done"]  # the second is the index's own condition
    if filters.subject is not None:
        found += [entry.subject_type == filters.subject[0], entry.subject_id == filters.subject[1]]
    if filters.since is not None:
        found.append(entry.occurred_at >= filters.since)
    if filters.until is not None:
        found.append(entry.occurred_at < filters.until)
    return found


def entries_query(context: Context, filters: Filters) -> Select[Any]:
    return select(*COLUMNS).where(*conditions(context, filters))


def entries(session: Session, *, context: Context, filters: Filters, after: str | None = None, limit: int = 50) -> Page:
    """One page, the latest first."""
    wanted = entries_query(context, filters)
    return newest_first(
        session, wanted, moment=AuditEntry.occurred_at, key=AuditEntry.id, after=after, limit=limit
    )  # fmt: skip


def entry(session: Session, *, context: Context, entry_id: UUID) -> Row[Any] | None:
    wanted = select(*COLUMNS).where(AuditEntry.id == entry_id, *conditions(context, Filters()))
    return session.execute(wanted).one_or_none()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """An entry's place in its batch, and whether everything about it holds: digest, path, root, hash, signature."""

    number: int
    sealed_at: datetime
    key_id: str
    index: int
    leaf: bytes
    path: list[merkle.Step]
    root: bytes
    hash: bytes
    signature: bytes
    holds: bool


def seal_of(session: Session, entry_id: UUID) -> Any | None:
    """The columns of the batch that seals an entry the reader may see; None while it waits."""
    cursor = driver.connection(session).cursor(row_factory=namedtuple_row)
    return cursor.execute(
        f"{_SEAL_OF}{driver.text_of_role(session)}".encode(), {"entry": entry_id}, prepare=True
    ).fetchone()


def proof(session: Session, *, row: Row[Any]) -> Proof | None:
    """The proof that an entry is sealed as it stands; None while it waits."""
    batch = seal_of(session, row.id)
    if batch is None:
        return None
    leaves = unpacked(bytes(batch.leaves))
    sequences = list(leaves)
    leaf = encoding.leaf(row)
    index = sequences.index(row.sequence) if row.sequence in leaves else -1
    path = merkle.path([*leaves.values()], index) if index >= 0 else []
    head = encoding.header({name: getattr(batch, name) for name in encoding.HEADER})
    holds = (
        index >= 0
        and merkle.climbed(leaf, path) == bytes(batch.root)
        and encoding.header_hash(head) == bytes(batch.hash)
        and batch.key_id == keys.signing_key_id()
        and keys.signed_by(keys.public_key(), bytes(batch.signature), head)
    )
    return Proof(
        number=batch.number, sealed_at=batch.sealed_at, key_id=batch.key_id, index=index, leaf=leaf, path=path,
        root=bytes(batch.root), hash=bytes(batch.hash), signature=bytes(batch.signature), holds=holds,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Chain:
    """How far the trail is sealed, and what the last verification said. `verified` is an `audit.verified` entry."""

    number: int
    hash: str
    sealed_at: datetime | None
    waiting: int
    oldest_waiting: datetime | None
    verified: Row[Any] | None


def chain(session: Session) -> Chain:
    """The state of the scope's tenant's trail; for the client only."""
    last = session.execute(
        select(AuditBatch.number, AuditBatch.hash, AuditBatch.sealed_at).order_by(AuditBatch.number.desc()).limit(1)
    ).one_or_none()
    verified = session.execute(
        select(AuditEntry.occurred_at, AuditEntry.details, AuditEntry.participant_id)
        .where(AuditEntry.action == "audit.verified")
        .order_by(AuditEntry.occurred_at.desc())
        .limit(1)
    ).one_or_none()
    left = unsealed(session, most=10_000)
    waiting, oldest = session.execute(select(func.count(), func.min(left.c.occurred_at))).one()
    return Chain(
        number=last.number if last else 0,
        hash=last.hash.hex() if last else "",
        sealed_at=last.sealed_at if last else None,
        waiting=waiting,
        oldest_waiting=oldest,
        verified=verified,
    )
