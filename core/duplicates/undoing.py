# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""Undo a merge: last in first out, exactly, and list what came since.

1. Neither party may have been merged again: then that merge is undone first (`checks`). 2. Rows that the merge moved go back, if
they still are the survivor's, whatever else became of them. 3. What it changed of a row goes back where the row was not changed
since; of the survivor, field by field. What was changed is left, and listed. A lease that the merge ended goes on only where its
grant and its list still do. 4. Rows that were made since stay with the survivor; `since` lists them, `hand_over` moves them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.conditions.predicate import flatten
from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.db.merging import Link, links
from core.db.walls import quote
from core.duplicates import checks
from core.duplicates.events import CustomersUnmerged
from core.duplicates.merging import MERGED, both, may_merge, refuse
from core.duplicates.models import CustomerMerge, DuplicatePair
from core.duplicates.survivorship import put
from core.engagements.granting import LIVE
from core.engagements.models import Lease
from core.errors import N_, NotFound
from core.events import bus
from core.timeline import service as timeline
from core.undo.models import BeforeImage
from core.undo.remembering import restorable

LISTED = 200
"""Rows of one table that are listed."""


def undo(session: Session, *, context: Context, merge_id: UUID) -> CustomerMerge:
    """Undo. Raises Denied, NotFound where one of the two is out of reach, Conflict with every reason against."""
    may_merge(context)
    row = session.scalar(
        select(CustomerMerge).where(CustomerMerge.id == merge_id).with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    if row is None:
        raise NotFound
    survivor, merged = both(session, row.survivor_id, row.customer_id)
    refuse(checks.undo_refusals(session, merge=row, survivor=survivor, merged=merged))
    work = _Undoing(session, row=row, survivor=survivor, merged=merged)
    moved = [link for link in links() if link.rule is not None and link.rule.how in ("repoint", "keep_one")]
    for table, named in groupby(moved, key=lambda link: link.table.name):
        work.table_back(table, list(named))
    changed = work.customers_back()
    work.forget()
    row.state, row.undone_at, row.undone_by, row.left = "undone", datetime.now(UTC), context.participant_id, work.left
    _reopen(session, survivor, merged)
    session.flush()
    session.expire_all()
    _tell(session, context, row, survivor, merged, changed)
    return row


def refusals(session: Session, *, merge: CustomerMerge) -> list[checks.Refusal]:
    """Every reason that stands against undoing, before anybody asks for it."""
    found = {
        row.id: row
        for row in session.scalars(select(Customer).where(Customer.id.in_([merge.survivor_id, merge.customer_id])))
    }
    survivor, merged = found.get(merge.survivor_id), found.get(merge.customer_id)
    return checks.undo_refusals(session, merge=merge, survivor=survivor, merged=merged)


class _Undoing:
    def __init__(self, session: Session, *, row: CustomerMerge, survivor: Customer, merged: Customer) -> None:
        self._session, self._row = session, row
        self._survivor, self._merged = survivor, merged
        self._values = {
            "tenant": row.tenant_id, "run": row.run_id, "survivor": survivor.id, "merged": merged.id,
        }  # fmt: skip
        self.left: list[dict[str, Any]] = []

    def table_back(self, table: str, named: list[Link]) -> None:
        """The rows of one table. What other runs keep of a row that nobody has changed since follows it to its new version, so that
        they can still be undone."""
        append_only = named[0].model.__walls__.append_only
        as_left = (
            []
            if append_only
            else self._run(f"SELECT x.id {self._of(table)} AND x.version = b.version_after").scalars().all()
        )
        for link in named:
            self._rows_back(link)
        if not append_only:
            self._values_back(named[0].table, as_left)
        if as_left:
            self._run(
                f"UPDATE before_image o SET version_after = x.version {self._of(table)} AND x.id = ANY(cast(:rows AS uuid[]))"
                " AND o.tenant_id = :tenant AND o.table_name = b.table_name AND o.row_id = x.id AND o.run_id <> :run"
                " AND o.version_after = cast(b.was->>'version' AS integer) AND o.reason IS NULL",
                {"rows": as_left},
            )

    def _values_back(self, table: Table, as_left: Sequence[UUID]) -> None:
        """Values that the merge changed, where the row is as the merge left it."""
        columns = [name for name in restorable(table) if name not in _columns_of(table)]
        listed, former = ", ".join(map(quote, columns)), ", ".join(f"r.{quote(name)}" for name in columns)
        lapsed = _LAPSED if table.name == Lease.__tablename__ else ""
        back = self._run(
            f"UPDATE {quote(table.name)} x SET ({listed}) = (SELECT {former} FROM jsonb_populate_record(x, b.was) r),"
            f" version = x.version + 1 {self._of(table.name, updating=True)} AND {_changed(table)}"
            f" AND x.id = ANY(cast(:rows AS uuid[])){lapsed} RETURNING x.id",
            {"rows": as_left},
        ).scalars()  # fmt: skip
        put_back = set(back)
        asked = self._run(f"SELECT x.id {self._of(table.name)} AND {_changed(table)}").scalars()
        self.left += [{"table": str(table.name), "row_id": str(each)} for each in asked if each not in put_back]

    def _rows_back(self, link: Link) -> None:
        """Rows that moved, and still are the survivor's."""
        table, column = link.table, quote(link.column)
        version = "" if link.model.__walls__.append_only else ", version = x.version + 1"
        self._run(
            f"UPDATE {quote(table.name)} x SET {column} = cast(b.was->>'{link.column}' AS uuid){version}"
            f" {self._of(table.name, updating=True)} AND b.was->>'{link.column}' = cast(:merged AS text)"
            f" AND x.{column} = :survivor"
        )

    def customers_back(self) -> list[str]:
        """The merged one stands for itself again. The survivor gets back each field that still has the value it took over."""
        images = self._session.scalars(
            select(BeforeImage).where(BeforeImage.run_id == self._row.run_id, BeforeImage.table_name == "customer")
        )
        was: Mapping[str, Any] = next((each.was or {} for each in images if each.row_id == self._survivor.id), {})
        changed = []
        for name in self._row.taken:
            if ("attributes" if "." in name else name) not in was:
                continue
            mine, took = _value(self._survivor, name), _value(self._merged, name)
            former = flatten(was["attributes"]).get(name) if "." in name else was[name]
            if mine == took:
                put(self._survivor, name, former if "." in name else _read(self._session, name, former))
                changed.append(name)
            else:
                self.left.append({"table": "customer", "row_id": str(self._survivor.id), "field": name})
        if "name" in changed:
            self._survivor.name_key = was["name_key"]
        self._merged.state, self._merged.merged_into_id = "active", None
        self._session.flush()
        return changed

    def forget(self) -> None:
        """The images have served."""
        self._session.execute(delete(BeforeImage).where(BeforeImage.run_id == self._row.run_id))

    def _of(self, table: str, *, updating: bool = False) -> str:
        """FROM and WHERE of the merge's images of one table (b) with the rows themselves (x)."""
        joined = "before_image b" if updating else f"before_image b, {quote(table)} x"
        return (
            f"FROM {joined} WHERE b.tenant_id = :tenant AND b.run_id = :run AND b.table_name = '{table}'"
            " AND x.tenant_id = b.tenant_id AND x.id = b.row_id"
        )

    def _run(self, statement: str, values: Mapping[str, Any] | None = None) -> Any:
        self._session.flush()
        return self._session.execute(
            text(statement).execution_options(**scope.RLS_ONLY), {**self._values, **(values or {})}
        )


_LAPSED = (
    " AND EXISTS (SELECT FROM engagement e WHERE e.tenant_id = x.tenant_id AND e.id = x.engagement_id AND e.state <> 'closed')"
    " AND (x.lease_list_id IS NULL OR EXISTS (SELECT FROM lease_list t WHERE t.tenant_id = x.tenant_id"
    " AND t.id = x.lease_list_id AND t.state IN ('lending', 'live')))"
    " AND (x.data_grant_id IS NULL OR EXISTS (SELECT FROM data_grant g WHERE g.tenant_id = x.tenant_id"
    f" AND g.id = x.data_grant_id AND g.state IN ({', '.join(repr(each) for each in LIVE)}) AND g.ends_at > now()))"
)  # fmt: skip
"""A lease that was ended by a merge does not outlive what it stood on."""


def _columns_of(table: Table) -> set[str]:
    """The columns of a table that name customers."""
    return {link.column for link in links() if link.table is table}


def _changed(table: Table) -> str:
    """Images of more than where a row was."""
    moved = ", ".join(f"'{name}'" for name in ("version", *sorted(_columns_of(table))))
    return f"(b.was - ARRAY[{moved}]) <> '{{}}'::jsonb"


def _value(customer: Customer, name: str) -> Any:
    return flatten(customer.attributes).get(name) if "." in name else getattr(customer, name)


def _read(session: Session, column: str, former: Any) -> Any:
    """A column's value from an image: the database wrote it, the database reads it."""
    statement = f"SELECT r.{quote(column)} FROM jsonb_populate_record(NULL::customer, cast(:was AS jsonb)) r"
    found = text(statement).columns(Customer.__table__.c[column])

    return session.execute(
        found.execution_options(**scope.RLS_ONLY), {"was": orjson.dumps({column: former}).decode()}
    ).scalar_one()


def _reopen(session: Session, survivor: Customer, merged: Customer) -> None:
    """Somebody decides about the pair again."""
    lower, higher = sorted((survivor.id, merged.id))
    session.execute(
        update(DuplicatePair)
        .where(DuplicatePair.customer_id == lower, DuplicatePair.other_id == higher, DuplicatePair.state == MERGED)
        .values(state="open", decided_at=None, decided_by=None, version=DuplicatePair.version + 1),
        execution_options={"synchronize_session": False},
    )


def _tell(
    session: Session, context: Context, row: CustomerMerge, survivor: Customer, merged: Customer, changed: Sequence[str]
) -> None:
    details = {"survivor_id": str(survivor.id), "customer_id": str(merged.id), "merge_id": str(row.id)}
    for subject, other, fields in ((survivor, merged, changed), (merged, survivor, [])):
        audit.append(
            session, context=context, action="customers.unmerged", subject=("customer", subject.id), fields=fields,
            details=details,
        )  # fmt: skip
        timeline.tell(
            session,
            context=context,
            customer_id=subject.id,
            kind="customer.unmerged",
            message=N_("The merge with customer %(number)s was undone"),
            values={"number": str(other.number)},
            icon="undo",
            visibility="client",
            subject=("customer_merge", row.id),
        )
    bus.emit(session, CustomersUnmerged(context=context, subject=survivor.id, customer_id=merged.id, fields=changed))
