"""How many a segment has, how two overlap, and what is known of the five criteria.

A preview is counted to a cap and says so; what a snapshot holds, and an overlap, is counted whole.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, text
from sqlalchemy.orm import Session

from core.customers.models import Customer
from core.plugin.catalog import CatalogView
from core.segments import meaning
from core.segments.meaning import Definition
from core.segments.models import Segment, SegmentMember

CAP = 20_000
"""A preview counts to here: enough to see whether a condition means what it should."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """`capped`: there are more than `count`."""

    count: int
    capped: bool = False


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How many active customers are in the one only, in both, in the other only."""

    only_a: int
    both: int
    only_b: int

    @property
    def of_a(self) -> float | None:
        """The share of the one that is in the other too; None where it is empty."""
        return _share(self.both, self.only_a + self.both)

    @property
    def of_b(self) -> float | None:
        return _share(self.both, self.only_b + self.both)

    @property
    def jaccard(self) -> float | None:
        """What they share of what they have together."""
        return _share(self.both, self.only_a + self.both + self.only_b)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the figures say about the criteria: of all active customers the members, and of them those one can reach."""

    members: int
    active: int
    reachable: int

    @property
    def share(self) -> float | None:
        return _share(self.members, self.active)

    @property
    def access(self) -> float | None:
        return _share(self.reachable, self.members)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def preview(session: Session, *, view: CatalogView, tree: Any, cap: int = CAP) -> Counted:
    """How many active customers meet a condition, up to the cap. Raises ConditionError."""
    return counted(
        session, select(literal(1)).where(_active(), meaning.matches(session, view=view, tree=tree)), cap=cap
    )


def size(session: Session, *, view: CatalogView, found: Definition, cap: int = CAP) -> Counted:
    """Raises SegmentBroken."""
    return counted(
        session, select(literal(1)).where(_active(), meaning.selects(session, view=view, found=found)), cap=cap
    )


def counted(session: Session, rows: Select[Any], *, cap: int) -> Counted:
    found = session.scalar(select(func.count()).select_from(rows.limit(cap + 1).subquery())) or 0
    return Counted(count=min(found, cap), capped=found > cap)


def sizes(session: Session) -> dict[UUID, int]:
    """How many each snapshot holds, by its id."""
    held = SegmentMember
    rows = session.execute(
        select(held.segment_id, func.count().label("size"))
        .join(Segment, and_(Segment.id == held.segment_id, Segment.round == held.round))
        .group_by(held.segment_id)
    )
    return {row.segment_id: row.size for row in rows}


def overlap(session: Session, *, view: CatalogView, one: Definition, other: Definition) -> Overlap:
    """Raises SegmentBroken."""
    both = [meaning.selects(session, view=view, found=each) for each in (one, other)]
    found = _sorted(session, *both, among=or_(*both))
    return Overlap(only_a=found[True, False], both=found[True, True], only_b=found[False, True])


def evidence(session: Session, *, view: CatalogView, found: Definition) -> Evidence:
    """Raises SegmentBroken."""
    reached = or_(Customer.phone.is_not(None), Customer.email.is_not(None), Customer.address.is_not(None))
    inside = meaning.selects(session, view=view, found=found)
    of = _sorted(session, inside, reached, among=inside)
    active = session.scalar(select(func.count()).select_from(Customer).where(_active())) or 0
    return Evidence(members=of.total(), active=active, reachable=of[True, True])


def _sorted(
    session: Session, one: ColumnElement[bool], other: ColumnElement[bool], *, among: ColumnElement[bool]
) -> Counter[tuple[bool, bool]]:
    """The active customers among these by whether they meet the one and the other. For groups, each is asked of a row but once."""
    met = [func.coalesce(each, false()).label(name) for each, name in ((one, "one"), (other, "other"))]
    wanted = select(*met, func.count().label("n")).where(_active(), among)
    rows = session.execute(wanted.select_from(Customer).group_by(text("1"), text("2")))
    return Counter({(row.one, row.other): row.n for row in rows})


def _active() -> ColumnElement[bool]:
    return Customer.state == "active"
