"""Find duplicates in what is stored: one run over the tenant, in slices.

1. `keys`: the keys of every customer that changed since the last run are made anew. 2. `learn`: from customers that share keys the
weights are learned, at a run over all. 3. `pairs`: each changed customer is compared with those that share a key. A pair that a
person decided about stays decided. The next run takes up where this one began.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.contacts.models import ContactPoint
from core.context import Context
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.db.base import new_id
from core.duplicates import people
from core.duplicates.linkage.blocking import LARGEST
from core.duplicates.linkage.model import learn
from core.duplicates.matching import ACTIVE, Match, compared, digests, model_of, records_of, terms_stored
from core.duplicates.merging import may_merge
from core.duplicates.models import DuplicatePair, MatchKey, MatchModel
from core.errors import N_, Conflict
from core.identity.reach import refuse_narrowed
from core.jobs import service as jobs
from core.jobs.models import BulkRun

KIND = "duplicates.find"
BATCH = 100
TAUGHT_BY = 1200
"""Customers that share keys, of which the weights are learned."""
NO_COUNTS = {"customers": 0, "compared": 0, "found": 0, "likely": 0}


def create(session: Session, *, context: Context, whole: bool = False) -> BulkRun:
    """A run that waits: over all customers, or those that changed since the last one began. Raises Conflict while one works."""
    may_merge(context)
    refuse_narrowed(session)
    if running(session) is not None:
        raise Conflict(N_("The customers are being compared already."))
    last = None if whole else _last_began(session)
    settings = {"phase": "keys", "since": last.isoformat() if last else None, "after": None}
    total = session.scalar(select(func.count()).select_from(Customer).where(*_changed(settings))) or 0
    run = jobs.create_run(session, kind=KIND, settings=settings, total=2 * total)
    run.counts = dict(NO_COUNTS)
    audit.append(session, context=context, action="duplicates.searched", subject=("bulk_run", run.id))
    return run


def after_import(session: Session, *, import_id: UUID) -> BulkRun | None:
    """A run over what an import made, for its rows to be told; None while another works: the next one finds them."""
    if running(session) is not None:
        return None
    last = _last_began(session)
    settings = {"phase": "keys", "since": last.isoformat() if last else None, "after": None, "import": str(import_id)}
    total = session.scalar(select(func.count()).select_from(Customer).where(*_changed(settings))) or 0
    run = jobs.create_run(session, kind=KIND, settings=settings, total=2 * total)
    run.counts = dict(NO_COUNTS)
    return run


def running(session: Session) -> BulkRun | None:
    return session.scalar(
        select(BulkRun).where(BulkRun.kind == KIND, BulkRun.state.in_(["waiting", "running"])).limit(1)
    )


def latest(session: Session) -> BulkRun | None:
    return session.scalar(select(BulkRun).where(BulkRun.kind == KIND).order_by(BulkRun.created_at.desc()).limit(1))


def _last_began(session: Session) -> datetime | None:
    return session.scalar(select(func.max(BulkRun.started_at)).where(BulkRun.kind == KIND, BulkRun.state == "done"))


def _changed(settings: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Active customers that a run is about, from where it stands."""
    found: list[ColumnElement[bool]] = [Customer.state == ACTIVE]
    if settings["since"]:
        since = datetime.fromisoformat(settings["since"])
        found.append(
            or_(
                Customer.updated_at >= since,
                *(
                    exists().where(
                        model.tenant_id == Customer.tenant_id,
                        model.customer_id == Customer.id,
                        model.updated_at >= since,
                    )
                    for model in (ContactPoint, CustomerIdentifier)
                ),
            )
        )
    if settings["after"]:
        found.append(Customer.id > UUID(settings["after"]))
    return found


class Imports(Protocol):
    """What imports are asked: which customers a file made, and to tell the rows of those that resemble others."""

    def made_by(self, session: Session, *, run_id: UUID, customer_ids: Collection[UUID]) -> set[UUID]: ...

    def tell(self, session: Session, *, run_id: UUID, customer_ids: Collection[UUID]) -> int: ...


class Finder:
    """The slices of a run, as the job queue calls them."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        work = _Work(session, context, run, self._imports)
        while True:
            if not work.batch():
                return False
            if time.monotonic() >= until:
                return True


class _Work:
    def __init__(self, session: Session, context: Context, run: BulkRun, imports: Imports) -> None:
        self._session, self._context, self._run, self._imports = session, context, run, imports
        said = run.settings.get("import")
        self._import = UUID(said) if said else None

    def batch(self) -> bool:
        """One step. Whether more is left."""
        phase = self._run.settings["phase"]
        if phase == "learn":
            self._learn()
            self._go_on(phase="pairs", after=None)
            return True
        chosen = select(Customer.id).where(*_changed(self._run.settings)).order_by(Customer.id).limit(BATCH)
        ids = self._session.scalars(chosen).all()
        if not ids:
            if phase == "pairs":
                return False
            self._go_on(phase="learn" if self._run.settings["since"] is None else "pairs", after=None)
            return True
        if phase == "keys":
            self._make_keys(ids)
        else:
            self._compare(ids)
        self._run.cursor += len(ids)
        self._go_on(phase=phase, after=str(ids[-1]))
        return True

    def _go_on(self, *, phase: str, after: str | None) -> None:
        self._run.settings = {**self._run.settings, "phase": phase, "after": after}
        self._session.flush()

    def _make_keys(self, ids: Sequence[UUID]) -> None:
        self._session.execute(
            delete(MatchKey).where(MatchKey.customer_id.in_(ids)), execution_options={"synchronize_session": False}
        )
        tenant_id = self._context.tenant_id
        rows = [
            {"tenant_id": tenant_id, "id": new_id(), "customer_id": key, "digest": digest}
            for key, record in records_of(self._session, ids).items()
            for digest in digests(record, tenant_id=tenant_id)
        ]
        if rows:
            self._session.execute(insert(MatchKey).execution_options(**scope.RLS_ONLY), rows)
        self._count(customers=len(ids))

    def _learn(self) -> None:
        """The weights, where enough customers share keys to believe what they teach."""
        shared = self._session.scalars(
            text(
                "SELECT DISTINCT k.customer_id FROM match_key k JOIN (SELECT digest FROM match_key WHERE tenant_id = :tenant"
                " GROUP BY digest HAVING count(*) BETWEEN 2 AND 10 ORDER BY digest LIMIT :few) s ON s.digest = k.digest"
                " WHERE k.tenant_id = :tenant ORDER BY 1 LIMIT :few"
            ).execution_options(**scope.RLS_ONLY),
            {"tenant": self._context.tenant_id, "few": TAUGHT_BY},
        ).all()
        records = list(records_of(self._session, shared).values())
        if len(records) < 2 * people.LEAST_TAUGHT:
            return
        made = learn(
            records, comparisons=people.COMPARISONS, passes=people.PASSES, start=people.GIVEN, random_pairs=20_000
        )
        settings = people.dumped(people.believable(made))
        self._session.add(MatchModel(settings=settings, customers=len(records)))
        self._session.flush()

    def _compare(self, ids: Sequence[UUID]) -> None:
        pairs = self._session.execute(
            _SHARING, {"tenant": self._context.tenant_id, "ids": list(ids), "most": LARGEST + 1}
        ).all()
        model = model_of(self._session)
        known = records_of(self._session, {each for row in pairs for each in row})
        matched: list[tuple[UUID, Match]] = []
        for one, other in pairs:
            if one in known and other in known and known[one]["kind"] == known[other]["kind"]:
                match = compared(model, known[one], other, known[other])
                matched += [(one, match)] if match is not None else []
        made = self._of_file({each for one, match in matched for each in (one, match.customer_id)})
        found, likely = 0, 0
        for one, match in matched:
            source = "import" if made.intersection((one, match.customer_id)) else "run"
            new = note(self._session, one=one, other=match.customer_id, weight=match.weight, match_terms=match.terms,
                       source=source, run_id=self._run.id)  # fmt: skip
            found, likely = found + new, likely + (new and match.sure)
        self._count(compared=len(pairs), found=found, likely=likely)

    def _of_file(self, ids: set[UUID]) -> set[UUID]:
        """Those that the import made after which this runs; their rows are told."""
        if self._import is None or not ids:
            return set()
        made = self._imports.made_by(self._session, run_id=self._import, customer_ids=ids)
        self._imports.tell(self._session, run_id=self._import, customer_ids=made)
        return made

    def _count(self, **more: int) -> None:
        self._run.counts = {name: self._run.counts.get(name, 0) + more.get(name, 0) for name in NO_COUNTS}


_SHARING = text(
    "SELECT DISTINCT least(a.customer_id, s.customer_id) AS one, greatest(a.customer_id, s.customer_id) AS other"
    " FROM match_key a CROSS JOIN LATERAL (SELECT array_agg(k.customer_id) AS found FROM (SELECT b.customer_id FROM match_key b"
    "  WHERE b.tenant_id = a.tenant_id AND b.digest = a.digest LIMIT :most) k) n"
    " CROSS JOIN LATERAL unnest(n.found) s (customer_id)"
    " WHERE a.tenant_id = :tenant AND a.customer_id = ANY(cast(:ids AS uuid[])) AND cardinality(n.found) < :most"
    " AND s.customer_id <> a.customer_id"
).execution_options(**scope.RLS_ONLY)
"""Pairs of customers that share a key, of which one is in the batch. A key that too many share says nothing."""


def note(
    session: Session,
    *,
    one: UUID,
    other: UUID,
    weight: float,
    match_terms: Any,
    source: str,
    run_id: UUID | None = None,
) -> bool:
    """Keep a pair for review; whether it is new. One that a person decided about stays decided."""
    lower, higher = sorted((one, other))
    pair = session.scalar(
        select(DuplicatePair).where(DuplicatePair.customer_id == lower, DuplicatePair.other_id == higher)
    )
    hundredths = round(weight * 100)
    if pair is None:
        session.add(
            DuplicatePair(
                customer_id=lower, other_id=higher, weight=hundredths, terms=terms_stored(match_terms), source=source,
                run_id=run_id,
            )
        )  # fmt: skip
        session.flush()
        return True
    if pair.state == "open":
        pair.weight, pair.terms = hundredths, terms_stored(match_terms)
    return False
