"""Who resembles a customer that is being made, for the form and the API; and what the asker said about it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.alike import Alike
from core.customers.models import Customer
from core.duplicates.linkage.model import probability
from core.duplicates.matching import Match, matches, records_of
from core.duplicates.models import DuplicatePair
from core.duplicates.runs import note

LIKELY = 0.0
"""log2 odds: more likely the same than not."""


def resembled(session: Session, context: Context, customer_id: UUID) -> list[Alike]:
    """Customers that the asker reaches and that a new one resembles, the likeliest first."""
    record = records_of(session, [customer_id]).get(customer_id)
    if record is None:
        return []
    found = matches(session, context=context, record=record, kind=record["kind"], apart_from=[customer_id])
    likely = [match for match in found if match.weight >= LIKELY]
    if not likely:
        return []
    ids = [match.customer_id for match in likely]
    rows = session.execute(select(Customer.id, Customer.number).where(Customer.id.in_(ids)))
    numbers = {row.id: row.number for row in rows}
    return [
        Alike(
            customer_id=match.customer_id,
            number=numbers[match.customer_id],
            likelihood=min(probability(match.weight), 0.999),
            same=_at(match, "same"),
            close=_at(match, "close"),
            held=match,
        )
        for match in likely
    ]


def _at(match: Match, level: str) -> list[str]:
    return [term.field for term in match.terms if term.level == level]


def made_all_the_same(
    session: Session, _context: Context, customer_id: UUID, found: Sequence[Alike], reason: str
) -> None:
    """Somebody made a customer although it resembles others: a second person looks, and reads why."""
    for each in found:
        match: Match = each.held
        note(
            session,
            one=customer_id,
            other=match.customer_id,
            weight=match.weight,
            match_terms=match.terms,
            source="create",
        )
        lower, higher = sorted((customer_id, match.customer_id))
        pair = session.scalars(
            select(DuplicatePair).where(DuplicatePair.customer_id == lower, DuplicatePair.other_id == higher)
        ).one()
        pair.note = reason
