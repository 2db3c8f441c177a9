# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""Merge one customer into another, so that it can be undone exactly.

1. Both rows are locked, in order of their ids, and every reason against is asked (`checks`). 2. Every table with a column that
names a customer says what becomes of its rows (`core.db.merging`); where each row was is kept (`core.undo`) before it moves. A row
that moves gets its next version, as the answer about it is another. 3. The survivor gets the values that were chosen, numbers that
are sealed are sealed anew with its key, of each kind one point is preferred. 4. Leases follow; where the engagement had both, one
goes on and the other ends. An engagement that had one of the two sees more from now on, so somebody who may lend has said so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.conditions.predicate import flatten
from core.context import Context
from core.customers import service as customers
from core.customers.fields import field_set
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.db.merging import Link, links
from core.db.walls import quote
from core.duplicates import checks, policy
from core.duplicates.events import CustomersMerged
from core.duplicates.models import CustomerMerge, DuplicatePair
from core.duplicates.survivorship import NOT_CHOSEN, PLACES, put
from core.engagements.models import Lease
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.fields.normalise import name_key
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.plugin.catalog import CatalogView
from core.timeline import service as timeline
from core.undo.remembering import remember

KIND = "customers.merge"
MERGED = "merged"
PREFERRED = ("phone", "email", "address")
OnLease = Literal["keep", "end"]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person chose. `take` are fields of which the merged customer's value survives; `leases` says of each engagement that
    would see more whether its lease goes on; `versions` are those the person saw, survivor's first."""

    survivor_id: UUID
    customer_id: UUID
    take: Collection[str] = ()
    leases: Mapping[UUID, OnLease] = field(default_factory=dict)
    reason: str | None = None
    versions: tuple[int, int] | None = None


def merge(session: Session, *, context: Context, view: CatalogView, wish: Wish) -> CustomerMerge:
    """Merge. Raises Denied, NotFound where one is out of reach, Stale, Invalid for a field that is none, Conflict with every reason
    against."""
    may_merge(context)
    survivor, merged = both(session, wish.survivor_id, wish.customer_id)
    if wish.versions is not None and wish.versions != (survivor.version, merged.version):
        raise Stale
    refuse(checks.refusals(session, zone=context.zone, survivor=survivor, merged=merged))
    taken = _taken(view, survivor, merged, wish.take)
    ending = _ending(session, context, survivor, merged, wish.leases)
    run = jobs.create_run(session, kind=KIND, settings={}, total=1)
    work = _Merging(session, context=context, survivor=survivor, merged=merged, run=run)
    work.end_leases(ending)
    work.open_seals()
    for link in links():
        work.move(link)
    work.end_twins()
    work.seal_again()
    changed = work.choose(taken)
    work.prefer()
    run.state, run.finished_at = "done", datetime.now(UTC)
    run.counts = dict(work.counts)
    row = CustomerMerge(
        customer_id=merged.id, survivor_id=survivor.id, run_id=run.id, reason=(wish.reason or "").strip() or None,
        taken=sorted(taken), counts=dict(work.counts),
    )  # fmt: skip
    session.add(row)
    _settle(session, context, survivor, merged)
    session.flush()
    _tell(session, context, row, survivor, merged, changed)
    return row


def may_merge(context: Context) -> None:
    customers.client_only(context)
    if not context.may(policy.MERGE):
        raise Denied(N_("Your role does not include merging customers."))


def both(session: Session, one_id: UUID, other_id: UUID, *, lock: bool = True) -> tuple[Customer, Customer]:
    """The two customers, locked in order of their ids. Raises NotFound where one is another tenant's or out of reach."""
    wanted = select(Customer).where(Customer.id.in_([one_id, other_id])).order_by(Customer.id)
    wanted = wanted.with_for_update() if lock else wanted
    found = {row.id: row for row in session.scalars(wanted.execution_options(populate_existing=True))}
    if one_id not in found or other_id not in found:
        raise NotFound
    return found[one_id], found[other_id]


def refuse(found: Sequence[checks.Refusal]) -> None:
    """Raises Conflict with the first reason, all of them as its errors."""
    if found:
        errors = [FieldError(field="", code=each.code, message=each.message, params=each.params) for each in found]
        raise Conflict(found[0].message, errors=errors, **found[0].params)


def _taken(view: CatalogView, survivor: Customer, merged: Customer, take: Collection[str]) -> set[str]:
    """Fields whose value comes from the merged customer: those chosen, and what nobody sees (a vertical that is switched off, who
    looks after it) where the survivor has nothing."""
    fields = field_set(view)
    wrong = sorted(set(take) - set(fields.fields)) + sorted(NOT_CHOSEN & set(take))
    if wrong:
        raise Invalid(
            errors=[FieldError(field=f"take.{name}", code="unknown", message=N_("There is no such field.")) for name in wrong]
        )  # fmt: skip
    if "name" in take and not merged.name:
        raise Invalid(N_("This must be filled in."), field="take")
    ours = flatten(survivor.attributes)
    unseen = {name for name in flatten(merged.attributes) if name not in fields.fields and name not in ours}
    places = {name for name in PLACES if getattr(survivor, name) is None and getattr(merged, name) is not None}
    return set(take) | unseen | places


def _ending(
    session: Session, context: Context, survivor: Customer, merged: Customer, said: Mapping[UUID, OnLease]
) -> list[UUID]:
    """Engagements whose lease ends. Raises Conflict where nobody said what becomes of one that would see more."""
    wider = checks.widened(session, survivor=survivor, merged=merged)
    if not wider:
        return []
    if not context.may(checks.LEND):
        message = N_("%(provider)s would see more of the customer. Somebody who may lend customers has to merge them.")
        raise Conflict(message, field="leases", provider=wider[0].provider)
    open_ = [each for each in wider if said.get(each.engagement_id) not in ("keep", "end")]
    if open_:
        message = N_("Say whether %(provider)s keeps the customer on lease: it would see what both held.")
        raise Conflict(message, field="leases", provider=open_[0].provider)
    return [each.engagement_id for each in wider if said[each.engagement_id] == "end"]


class _Merging:
    """The steps of one merge. Statements are the database's own, set by set; row-level security holds each of them."""

    def __init__(
        self, session: Session, *, context: Context, survivor: Customer, merged: Customer, run: BulkRun
    ) -> None:
        self._session, self._context = session, context
        self._survivor, self._merged, self._run = survivor, merged, run
        self._clear: dict[UUID, str] = {}
        self._values = {"tenant": merged.tenant_id, "survivor": survivor.id, "merged": merged.id}
        self.counts: dict[str, int] = {}

    def move(self, link: Link) -> None:
        """The rows of one table that go to the survivor, as its rule says."""
        rule, table, column = link.rule, str(link.table.name), quote(link.column)
        if rule is None or rule.how not in ("repoint", "keep_one"):
            return
        twin = ""
        if rule.how == "keep_one":
            same = "".join(f" AND s.{quote(name)} IS NOT DISTINCT FROM x.{quote(name)}" for name in rule.by)
            twin = (
                f"EXISTS (SELECT FROM {quote(table)} s WHERE s.tenant_id = :tenant AND s.{column} = :survivor{same}"
                f" AND ({rule.where}))"
            )
        going = f"x.tenant_id = :tenant AND x.{column} = :merged"
        if twin:
            self._fill(link, same)
            going += f" AND NOT (({rule.where}) AND {twin})"
        rows = f"SELECT x.id FROM {quote(table)} x WHERE {going}"
        self._remember(table, rows, [link.column])
        version = "" if link.model.__walls__.append_only else ", version = x.version + 1"
        moved = self._run_sql(f"UPDATE {quote(table)} x SET {column} = :survivor{version} WHERE {going}")
        if moved:
            self.counts[table] = self.counts.get(table, 0) + moved

    def _fill(self, link: Link, same: str) -> None:
        """What the survivor's row of two lacks is taken from the one that stays behind."""
        rule, table, column = link.rule, quote(link.table.name), quote(link.column)
        if rule is None or not rule.fill:
            return
        lacking = " OR ".join(f"(s.{quote(name)} IS NULL AND x.{quote(name)} IS NOT NULL)" for name in rule.fill)
        pairs = (
            f"FROM {table} x WHERE x.tenant_id = :tenant AND x.{column} = :merged AND s.tenant_id = :tenant"
            f" AND s.{column} = :survivor{same} AND ({lacking})"
        )
        self._remember(link.table.name, f"SELECT s.id FROM {table} s, {pairs[5:]}", rule.fill)
        sets = ", ".join(f"{quote(name)} = coalesce(s.{quote(name)}, x.{quote(name)})" for name in rule.fill)
        self._run_sql(f"UPDATE {table} s SET {sets}, version = s.version + 1 {pairs}")

    def end_leases(self, engagement_ids: Sequence[UUID]) -> None:
        """End what the person chose to end."""
        if engagement_ids:
            self._end(
                "x.customer_id IN (:survivor, :merged) AND x.engagement_id = ANY(cast(:ending AS uuid[]))",
                {"ending": list(engagement_ids)},
            )

    def end_twins(self) -> None:
        """What did not move is live and has a twin: the survivor's own lease goes on, until when it says."""
        self._end("x.customer_id = :merged", {})

    def _end(self, which: str, values: Mapping[str, Any]) -> None:
        going = f"x.tenant_id = :tenant AND {which} AND x.ended_at IS NULL"
        rows = f"SELECT x.id FROM lease x WHERE {going}"
        self._remember(Lease.__tablename__, rows, ["ended_at", "end_reason"], values)
        ended = self._run_sql(
            "UPDATE lease x SET ended_at = least(now(), x.expires_at), end_reason = 'merged', updated_at = now(),"
            f" version = x.version + 1 WHERE {going}",
            values,
        )
        if ended:
            self.counts["lease_ended"] = self.counts.get("lease_ended", 0) + ended

    def open_seals(self) -> None:
        """Numbers sealed with the merged customer's key, in clear, before they move: nobody is shown them."""
        key = customers.existing_key(self._session, self._merged.id)
        if key is None:
            return
        sealed = select(CustomerIdentifier.id, CustomerIdentifier.sealed).where(
            CustomerIdentifier.customer_id == self._merged.id, CustomerIdentifier.sealed.is_not(None)
        )
        for row in self._session.execute(sealed):
            with suppress(InvalidTag):  # whose key was destroyed or bytes are not its own stays as it is
                self._clear[row.id] = keys.decrypt(row.sealed, data_key=key, tenant_id=self._context.tenant_id)

    def seal_again(self) -> None:
        """With the survivor's key, so that whoever may sees them and its erasure reaches them."""
        if not self._clear:
            return
        key = customers.data_key(self._session, self._survivor.id)
        assert key is not None
        rows = "SELECT unnest(cast(:rows AS uuid[]))"
        self._remember(CustomerIdentifier.__tablename__, rows, ["sealed"], {"rows": list(self._clear)})
        for row_id, number in self._clear.items():
            sealed = keys.encrypt(number, data_key=key, tenant_id=self._context.tenant_id)
            self._session.execute(
                update(CustomerIdentifier)
                .where(CustomerIdentifier.id == row_id)
                .values(sealed=sealed, version=CustomerIdentifier.version + 1),
                execution_options={"synchronize_session": False},
            )

    def choose(self, taken: Collection[str]) -> list[str]:
        """The survivor's values, and the merged one's state. Names of what changed on the survivor."""
        survivor, merged = self._survivor, self._merged
        flat = flatten(merged.attributes)
        ours = {name: getattr(survivor, name) for name in taken if "." not in name} | flatten(survivor.attributes)
        theirs = {name: flat.get(name) if "." in name else getattr(merged, name) for name in taken}
        changed = sorted(name for name in taken if ours.get(name) != theirs[name])
        columns = {name for name in changed if "." not in name} | (
            {"attributes"} if any("." in name for name in changed) else set()
        )
        if "name" in columns:
            columns.add("name_key")
        if changed:
            self._remember(Customer.__tablename__, "SELECT cast(:survivor AS uuid)", sorted(columns))
        self._remember(Customer.__tablename__, "SELECT cast(:merged AS uuid)", ["state", "merged_into_id"])
        for name in changed:
            put(survivor, name, theirs[name])
        if "name" in columns:
            survivor.name_key = name_key(survivor.name)
        merged.state, merged.merged_into_id = MERGED, survivor.id
        self._session.flush()
        return changed

    def prefer(self) -> None:
        """Of each kind the point is preferred that the survivor repeats, and no other."""
        for kind in PREFERRED:
            value = getattr(self._survivor, kind)
            key = "" if value is None else name_key(value) if kind == "address" else value
            wrong = (
                "x.tenant_id = :tenant AND x.customer_id = :survivor AND x.kind = :kind AND x.contact_id IS NULL"
                " AND x.preferred <> (x.value_key = :key)"
            )
            values = {"kind": kind, "key": key}
            self._remember("contact_point", f"SELECT x.id FROM contact_point x WHERE {wrong}", ["preferred"], values)
            self._run_sql(
                f"UPDATE contact_point x SET preferred = NOT x.preferred, version = x.version + 1 WHERE {wrong}",
                values,
            )

    def _remember(self, table: str, rows: str, columns: Sequence[str], values: Mapping[str, Any] | None = None) -> None:
        self._session.flush()
        remember(
            self._session, run_id=self._run.id, table=table, rows=rows, columns=columns,
            values={**self._values, **(values or {})},
        )  # fmt: skip

    def _run_sql(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        done: Any = self._session.execute(
            text(statement).execution_options(**scope.RLS_ONLY), {**self._values, **(values or {})}
        )
        return int(done.rowcount)


def _settle(session: Session, context: Context, survivor: Customer, merged: Customer) -> None:
    """The pair is decided, and nobody is asked about the merged one any more: its other pairs are the survivor's."""
    lower, higher = sorted((survivor.id, merged.id))
    session.execute(
        update(DuplicatePair)
        .where(DuplicatePair.customer_id == lower, DuplicatePair.other_id == higher)
        .values(
            state=MERGED, decided_at=datetime.now(UTC), decided_by=context.participant_id, version=DuplicatePair.version + 1
        ),
        execution_options={"synchronize_session": False},
    )  # fmt: skip


def _tell(
    session: Session, context: Context, row: CustomerMerge, survivor: Customer, merged: Customer, changed: Sequence[str]
) -> None:
    details = {"survivor_id": str(survivor.id), "customer_id": str(merged.id), "merge_id": str(row.id)}
    for subject, fields in ((survivor, changed), (merged, [])):
        audit.append(
            session, context=context, action="customers.merged", subject=("customer", subject.id), fields=fields,
            details=details,
        )  # fmt: skip
    timeline.tell(
        session,
        context=context,
        customer_id=survivor.id,
        kind="customer.merged",
        message=N_("Customer %(number)s was merged into this one"),
        values={"number": str(merged.number)},
        note=row.reason,
        icon="branch",
        visibility="client",
        subject=("customer_merge", row.id),
    )
    bus.emit(session, CustomersMerged(context=context, subject=survivor.id, customer_id=merged.id, fields=changed))


def survivor_of(session: Session, *, customer_id: UUID) -> UUID | None:
    """Where a merged customer leads in the end; None for one that is not merged, or leads where the reader does not see."""
    found: UUID | None = session.scalar(
        text("SELECT merged_into(:customer)").execution_options(**scope.RLS_ONLY), {"customer": customer_id}
    )
    if found is None or session.scalar(select(Customer.id).where(Customer.id == found)) is None:
        return None
    return found


__all__ = ["Wish", "both", "may_merge", "merge", "refuse", "survivor_of"]
