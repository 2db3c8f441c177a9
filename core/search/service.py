"""Find by what somebody typed, note that it was looked for, and remember what they opened.

1. The term is read as every kind of thing it can be (`terms.py`).  2. Each kind that the reader may see is asked (`queries.py`).
3. The search is kept with a digest of the term; a provider's counts against its quota first. The term itself goes into no answer
to a provider, no address and no log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.customers.finding import HEARD
from core.db import scope
from core.errors import N_, Invalid, NotFound
from core.fields.normalise import name_key
from core.plugin.catalog import CatalogView
from core.search import queries
from core.search.models import SearchRecent
from core.search.queries import CANDIDATES, Span
from core.search.terms import Asked, asked

KINDS = ("customers", "contacts", "records", "cases")
PERMISSIONS = {
    "customers": "customer.read",
    "contacts": "customer.read",
    "records": "record.read",
    "cases": "case.read",
}
FIRST = 5
"""Rows of each kind where all kinds are shown."""
PAGE = 50
KEPT = 8
"""What somebody opened last: so many are shown; twice as many are kept."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows of one kind. `next` is how many come before the next page; None on the last."""

    kind: str
    rows: Sequence[Any]
    next: int | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """`capped`: more were found than are put in order."""

    groups: Sequence[Group]
    capped: bool = False

    @property
    def count(self) -> int:
        return sum(len(group.rows) for group in self.groups)


def kinds_for(context: Context) -> list[str]:
    return [kind for kind in KINDS if context.may(PERMISSIONS[kind])]


def find(
    session: Session, *, context: Context, view: CatalogView, term: str, kind: str | None = None, skip: int = 0
) -> Found:
    """The first of every kind, or a page of one. Raises Invalid for a kind or page that is none, TooMany beyond the quota."""
    if kind is not None and kind not in KINDS:
        raise Invalid(N_("Choose what to look for."), field="kind")
    if skip < 0 or skip > CANDIDATES:
        raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after")
    wanted = asked(term, context=context)
    if wanted is None:
        return Found(groups=())
    span = Span(FIRST if kind is None else PAGE, skip)
    groups = [
        _group(each, _rows(session, context, view, each, wanted, term, span), span)
        for each in kinds_for(context)
        if kind in (None, each)
    ]
    found = Found(groups=[group for group in groups if group.rows], capped=any(_over(group, span) for group in groups))
    _note(session, context=context, term=term, found=found.count)
    return found


def _rows(
    session: Session, context: Context, view: CatalogView, kind: str, wanted: Asked, term: str, span: Span
) -> Sequence[Any]:
    if kind == "records":
        return queries.records(session, context=context, view=view, term=term, span=span)
    ask: Callable[..., Sequence[Any]] = getattr(queries, kind)
    return ask(session, context=context, asked=wanted, span=span)


def _group(kind: str, rows: Sequence[Any], span: Span) -> Group:
    more = len(rows) > span.limit and span.skip + span.limit < CANDIDATES
    return Group(kind=kind, rows=rows[: span.limit], next=span.skip + span.limit if more else None)


def _over(group: Group, span: Span) -> bool:
    return span.skip + len(group.rows) >= CANDIDATES


def _note(session: Session, *, context: Context, term: str, found: int) -> None:
    for heard in HEARD:
        heard(session, context=context, term=term.strip(), found=found)
    digest = keys.digest(name_key(term), tenant_id=context.tenant_id)
    audit.append(
        session, context=context, action="customers.searched", subject=("customer", None),
        details={"term": digest, "found": found},
    )  # fmt: skip


# -- what somebody opened last ----------------------------------------------------------------------------------


def open_found(session: Session, *, context: Context, view: CatalogView, kind: str, subject_id: UUID) -> Any:
    """Remember that the reader opened it; its row. Raises NotFound for what they do not see."""
    if kind not in KINDS or not context.may(PERMISSIONS[kind]):
        raise NotFound
    row = next(iter(_of(session, context, view, kind, [subject_id])), None)
    if row is None:
        raise NotFound
    customer_id = row.id if kind == "customers" else row.customer_id
    if context.participant_id is not None and _keeps(session, context, customer_id):
        _remember(session, context, kind.removesuffix("s"), subject_id, customer_id)
    return row


def _keeps(session: Session, context: Context, customer_id: UUID | None) -> bool:
    """A provider keeps what is of a customer lent to it. It may open more: a record that is shared with every provider."""
    if context.party != "provider":
        return True
    return customer_id is not None and bool(queries.customers_of(session, context=context, ids=[customer_id]))


def _remember(session: Session, context: Context, kind: str, subject_id: UUID, customer_id: UUID | None) -> None:
    mine = SearchRecent.participant_id == context.participant_id
    kept = session.scalar(select(SearchRecent).where(mine, SearchRecent.subject_id == subject_id))
    if kept is None:
        kept = SearchRecent(
            participant_id=context.participant_id, engagement_id=context.engagement_id, kind=kind,
            subject_id=subject_id, customer_id=customer_id,
        )  # fmt: skip
        session.add(kept)
    kept.opened_at = datetime.now(UTC)
    session.flush()
    if context.party == "provider":
        return  # its people may not delete here; what they opened goes with the customer
    last = select(SearchRecent.id).where(mine).order_by(SearchRecent.opened_at.desc()).offset(2 * KEPT)
    session.execute(delete(SearchRecent).where(SearchRecent.id.in_(last)), execution_options={**_BARE})


_BARE = {"synchronize_session": False, **scope.RLS_ONLY}


def recent(session: Session, *, context: Context, view: CatalogView) -> Sequence[tuple[str, Any]]:
    """`(kind, row)` of what the reader opened last and still sees, the latest first."""
    kept = session.execute(
        select(SearchRecent.kind, SearchRecent.subject_id)
        .where(SearchRecent.participant_id == context.participant_id)
        .order_by(SearchRecent.opened_at.desc())
        .limit(KEPT)
    ).all()
    rows = {
        row.id: row
        for kind in kinds_for(context)
        for row in _of(session, context, view, kind, [each.subject_id for each in kept if f"{each.kind}s" == kind])
    }
    return [(f"{each.kind}s", rows[each.subject_id]) for each in kept if each.subject_id in rows]


def _of(session: Session, context: Context, view: CatalogView, kind: str, ids: Sequence[UUID]) -> Sequence[Any]:
    if not ids:
        return []
    if kind == "records":
        return queries.records_of(session, context=context, view=view, ids=ids)
    read: Callable[..., Sequence[Any]] = getattr(queries, f"{kind}_of")
    return read(session, context=context, ids=ids)
