"""Check a tenant's trail against its seals, and say what was changed, removed or put in.

1. Batches are read in order with the entries of their intervals, some thousands at a time: however long the trail, no more of it
is in memory.
2. Of each batch: its number and the batch it names, its hash, its signature, its root. Then each entry against its digest.
3. At the end: whether the chain still reaches the head that was anchored (`Anchor`), which a shortened one does not.

A batch that is missing covers entries that nothing proves any more: the batch is told, not its entries. Values that were
encrypted stay proved after their key was destroyed, since what is sealed is the encrypted form.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Row, Subquery, func, select, tuple_
from sqlalchemy.orm import Session

from core.audit import encoding, keys, merkle
from core.audit.models import AuditBatch, AuditEntry
from core.audit.sealing import COLUMNS, ENDLESS, WIDTH, Place, unpacked

AT_ONCE = 5_000
"""Entries read at once."""

BATCHES_AT_ONCE = 400
MOST_FAULTS = 1000
_ID, _SEQUENCE, _TRANSACTION = (encoding.ENTRY.index(name) for name in ("id", "sequence", "transaction_id"))


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A head that was seen before, kept outside the database."""

    number: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What does not hold. `kind` is stable: entry_changed, entry_removed, entry_inserted, batch_changed, batch_removed,
    batch_reordered, tail_removed, chain_replaced, unknown_key."""

    kind: str
    batch: int | None = None
    sequence: int | None = None
    entry_id: str | None = None
    until: int | None = None


@dataclass(kw_only=True)
class Report:
    """`waiting` entries are not sealed yet. More than `MOST_FAULTS` faults are counted, not listed."""

    batches: int = 0
    entries: int = 0
    waiting: int = 0
    number: int = 0
    hash: str = ""
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return self.fault_count == 0

    def add(self, fault: Fault) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    def told(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.sound}


def verify(
    session: Session,
    *,
    anchor: Anchor | None = None,
    known_keys: Sequence[bytes] = (),
    heard: Callable[[Report], None] | None = None,
) -> Report:
    """The whole trail of the scope's tenant. `known_keys` are raw public keys besides this installation's own."""
    walk = Walk(known_keys=known_keys, anchor=anchor, heard=heard)
    while walk.step(session):
        pass
    return walk.finish(session)


@dataclass(kw_only=True)
class Walk:
    """A check under way: it can stop after any step and go on from `report.number` later. `heard` is told how far it is."""

    known_keys: Sequence[bytes] = ()
    anchor: Anchor | None = None
    report: Report = field(default_factory=Report)
    heard: Callable[[Report], None] | None = None

    def __post_init__(self) -> None:
        self._keys = {keys.key_id(each): each for each in (*self.known_keys, keys.public_key())}
        self._hashes = {bytes.fromhex(self.report.hash) if self.report.hash else encoding.FIRST}

    def step(self, session: Session) -> bool:
        """Check the next batches. Whether there may be more."""
        batches = session.scalars(
            select(AuditBatch)
            .where(AuditBatch.number > self.report.number)
            .order_by(AuditBatch.number)
            .limit(BATCHES_AT_ONCE)
        ).all()
        for group in _groups(batches):
            rows, leaves = _entries(session, group), _leaves(session, group)
            for batch in group:
                self._chain(batch)
                self._entries_of(batch, leaves.get(batch.number, b""), rows)
            if self.heard is not None:
                self.heard(self.report)
        for batch in batches:
            session.expunge(batch)  # a long chain is not kept in memory
        return bool(batches)

    def finish(self, session: Session) -> Report:
        """What is left once no batch is: the head, and what is not sealed yet."""
        report, anchor = self.report, self.anchor
        if anchor is not None and anchor.number > report.number:
            report.add(Fault(kind="tail_removed", batch=report.number + 1, until=anchor.number))
        report.waiting = waiting(session)
        return report

    def _chain(self, batch: AuditBatch) -> None:
        expected = self.report.number + 1
        if batch.number > expected:
            self.report.add(Fault(kind="batch_removed", batch=expected, until=batch.number - 1))
        elif batch.previous_hash not in self._hashes:
            self.report.add(Fault(kind="batch_reordered", batch=batch.number))
        head = encoding.header(batch)
        computed = encoding.header_hash(head)
        public = self._keys.get(batch.key_id)
        if public is None:
            self.report.add(Fault(kind="unknown_key", batch=batch.number))
        elif computed != batch.hash or not keys.signed_by(public, batch.signature, head):
            self.report.add(Fault(kind="batch_changed", batch=batch.number))
        if self.anchor is not None and batch.number == self.anchor.number and batch.hash.hex() != self.anchor.hash:
            self.report.add(Fault(kind="chain_replaced", batch=batch.number))
        self._hashes = {batch.hash, computed}  # of one that was changed the next names the hash it had
        self.report.number, self.report.hash = batch.number, batch.hash.hex()
        self.report.batches += 1

    def _entries_of(self, batch: AuditBatch, packed: bytes, rows: deque[Row[Any]]) -> None:
        leaves = unpacked(packed)
        whole = len(packed) == batch.entries * WIDTH and len(leaves) == batch.entries > 0
        if not whole or merkle.root([*leaves.values()]) != batch.root:
            self.report.add(Fault(kind="batch_changed", batch=batch.number))
        for row in _within(batch, rows):
            self.report.entries += 1
            digest = leaves.pop(row[_SEQUENCE], None)
            if digest != encoding.leaf(row):
                kind = "entry_inserted" if digest is None else "entry_changed"
                self.report.add(Fault(kind=kind, batch=batch.number, sequence=row[_SEQUENCE], entry_id=str(row[_ID])))
        for sequence in leaves:
            self.report.add(Fault(kind="entry_removed", batch=batch.number, sequence=sequence))


def _within(batch: AuditBatch, rows: deque[Row[Any]]) -> Iterator[Row[Any]]:
    """The rows of a batch's interval; those before it lie in a batch that is missing."""
    while rows and _place(rows[0]) <= (batch.from_transaction, batch.from_sequence):
        rows.popleft()
    while rows and _place(rows[0]) <= (batch.until_transaction, batch.until_sequence):
        yield rows.popleft()


def _place(row: Row[Any]) -> Place:
    return row[_TRANSACTION], row[_SEQUENCE]


def _groups(batches: Sequence[AuditBatch]) -> Iterator[list[AuditBatch]]:
    """Neighbours above one floor, with not too many entries together."""
    group: list[AuditBatch] = []
    for batch in batches:
        full = sum(each.entries for each in group) + batch.entries > AT_ONCE
        if group and (full or group[0].floor_sequence != batch.floor_sequence):
            yield group
            group = []
        group.append(batch)
    if group:
        yield group


def _entries(session: Session, group: Sequence[AuditBatch]) -> deque[Row[Any]]:
    """The entries between the first and the last of a group, in the order in which they are sealed."""
    first, last = group[0], group[-1]
    place = tuple_(AuditEntry.transaction_id, AuditEntry.sequence)
    return deque(
        session.execute(
            select(*COLUMNS)
            .where(
                place > (first.from_transaction, first.from_sequence),
                place <= (last.until_transaction, last.until_sequence),
                AuditEntry.sequence > first.floor_sequence,
                AuditEntry.sequence <= _ceiling(session, first.floor_sequence),
            )
            .order_by(AuditEntry.transaction_id, AuditEntry.sequence)
        )
    )


def _leaves(session: Session, group: Sequence[AuditBatch]) -> dict[int, bytes]:
    """The digests of a group's batches, by number."""
    wanted = select(AuditBatch.number, AuditBatch.leaves).where(
        AuditBatch.number >= group[0].number, AuditBatch.number <= group[-1].number
    )
    return {number: bytes(leaves) for number, leaves in session.execute(wanted)}


def _ceiling(session: Session, floor: int) -> int:
    """The highest sequence that lies above one floor and not above the next."""
    found: int | None = session.scalar(
        select(func.min(AuditBatch.floor_sequence)).where(AuditBatch.floor_sequence > floor)
    )
    return ENDLESS if found is None else found


def waiting(session: Session, *, most: int = 100_000) -> int:
    """How many entries are not sealed yet, counted up to a limit."""
    return session.scalar(select(func.count()).select_from(unsealed(session, most=most))) or 0


def unsealed(session: Session, *, most: int) -> Subquery:
    """The moments of entries that are not sealed yet, up to a limit."""
    last = session.execute(
        select(AuditBatch.until_transaction, AuditBatch.until_sequence, AuditBatch.floor_sequence)
        .order_by(AuditBatch.number.desc())
        .limit(1)
    ).one_or_none()
    reached, floor = ((last[0], last[1]), last[2]) if last else ((-1, 0), 0)
    place = tuple_(AuditEntry.transaction_id, AuditEntry.sequence)
    wanted = select(AuditEntry.occurred_at).where(place > reached, AuditEntry.sequence > floor)
    return wanted.order_by(AuditEntry.transaction_id, AuditEntry.sequence).limit(most).subquery()
