# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""Why two customers cannot be merged, or a merge cannot be undone: asked before, so that a page can say it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from core.customers.identifiers import DOCUMENTS
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.db.merging import Link, links
from core.db.walls import quote
from core.duplicates.models import CustomerMerge
from core.engagements.models import Engagement, Lease
from core.errors import N_
from core.relationships import joining as related

LEND = "lease.manage"
ONE_OF_A_PERSON = tuple(f"document:{kind}" for kind in DOCUMENTS)
"""Documents of which nobody has two."""


@dataclass(frozen=True)
class Refusal:
    """`message` is a msgid that a person can act on."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Widened:
    """An engagement that has one of the two on lease: if the lease goes on, it sees what the other one held too."""

    engagement_id: UUID
    engagement: str
    provider: str
    leased: UUID


def refusals(session: Session, *, zone: str, survivor: Customer, merged: Customer) -> list[Refusal]:
    """Every reason that stands against a merge, whoever asks. `zone` says which day it is."""
    if survivor.id == merged.id:
        return [Refusal("itself", N_("A customer cannot be merged with itself."))]
    found = []
    for each in (survivor, merged):
        number = {"number": each.number}
        if each.state != "active":
            found.append(
                Refusal("state", N_("Customer %(number)s is not active any more, so it is not merged."), number)
            )
        if each.legal_hold:
            held = N_("Customer %(number)s is under legal hold. Nothing of it may change until the hold is lifted.")
            found.append(Refusal("legal_hold", held, number))
    if survivor.kind != merged.kind:
        unlike = N_("A person, an organisation and a household are never one. Connect them by a relationship instead.")
        found.append(Refusal("kind", unlike))
    found += _documents(session, survivor, merged)
    found += [Refusal(*each) for each in related.against(session, zone=zone, one_id=survivor.id, other_id=merged.id)]
    found += [refusal for link in links() if (refusal := _of_table(session, link, survivor, merged)) is not None]
    return found


def _documents(session: Session, survivor: Customer, merged: Customer) -> list[Refusal]:
    kept = CustomerIdentifier
    held = [
        set(session.scalars(select(kept.scheme).where(kept.customer_id == each.id, kept.scheme.in_(ONE_OF_A_PERSON))))
        for each in (survivor, merged)
    ]
    if not held[0] & held[1]:
        return []
    return [
        Refusal("document", N_("They have two different identity numbers. If they are one, one number is wrong: correct it first."))
    ]  # fmt: skip


def _of_table(session: Session, link: Link, survivor: Customer, merged: Customer) -> Refusal | None:
    if link.rule is None:
        unknown = N_("Nothing says what becomes of %(table)s in a merge. Ask who runs the server.")
        return Refusal("no_rule", unknown, {"table": link.key})
    if link.rule.how != "refuse":
        return None
    statement = (
        f"SELECT EXISTS (SELECT FROM {quote(link.table.name)} x WHERE x.tenant_id = :tenant"
        f" AND x.{quote(link.column)} IN (:one, :other) AND ({link.rule.where}))"
    )
    there = session.scalar(
        text(statement).execution_options(**scope.RLS_ONLY),
        {"tenant": merged.tenant_id, "one": survivor.id, "other": merged.id},
    )
    return Refusal("refused", link.rule.reason) if there else None


def widened(session: Session, *, survivor: Customer, merged: Customer) -> list[Widened]:
    """Engagements that have exactly one of the two on lease now."""
    rows = session.execute(
        select(Lease.customer_id, Lease.engagement_id, Engagement.name, Engagement.provider_name)
        .join(Engagement, Engagement.id == Lease.engagement_id)
        .where(
            Lease.customer_id.in_([survivor.id, merged.id]), Lease.ended_at.is_(None), Lease.expires_at > text("now()")
        )
        .order_by(Engagement.name)
    ).all()
    held: dict[UUID, list[Any]] = {}
    for row in rows:
        held.setdefault(row.engagement_id, []).append(row)
    return [
        Widened(engagement_id=key, engagement=each[0].name, provider=each[0].provider_name, leased=each[0].customer_id)
        for key, each in held.items()
        if len({row.customer_id for row in each}) == 1
    ]


def undo_refusals(
    session: Session, *, merge: CustomerMerge, survivor: Customer | None, merged: Customer | None
) -> list[Refusal]:
    """Every reason that stands against undoing a merge."""
    if merge.state != "done":
        return [Refusal("undone", N_("This merge has been undone already."))]
    if survivor is None or merged is None or "erased" in (survivor.state, merged.state):
        return [Refusal("erased", N_("One of the two was erased. What is erased does not come back."))]
    found = []
    if survivor.legal_hold or merged.legal_hold:
        held = N_("Customer %(number)s is under legal hold. Nothing of it may change until the hold is lifted.")
        found.append(Refusal("legal_hold", held, {"number": survivor.number}))
    parties = [merge.survivor_id, merge.customer_id]
    later = session.execute(
        select(CustomerMerge.id, Customer.number)
        .join(Customer, Customer.id == CustomerMerge.customer_id)
        .where(
            CustomerMerge.state == "done",
            CustomerMerge.id > merge.id,
            or_(CustomerMerge.survivor_id.in_(parties), CustomerMerge.customer_id.in_(parties)),
        )
        .order_by(CustomerMerge.id.desc())
    ).first()
    if later is not None:
        again = N_("One of the two was merged again since: undo the merge of customer %(number)s first.")
        found.append(Refusal("merged_again", again, {"number": later.number}))
    return found
