"""What relationships say against two customers becoming one: it would be its own parent, or belong to two households at once.

Circles and doubles are asked of what stands today, where the tenant is, or later: what ended is history, and may contradict
itself. Who was ever related to the other is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import N_
from core.relationships.models import Relationship
from core.relationships.roles import ROLES, Role
from core.relationships.service import leads_to
from core.web.i18n import Spoken

Against = tuple[str, str, Mapping[str, Any]]
"""`(code, msgid, params)`."""

EACH_OTHER = N_(
    "They are related to each other (%(role)s), so they are two. If that is wrong, remove the relationship first."
)
CIRCLE = N_("That would be a circle (%(role)s): a chain of others leads from one of the two to the other.")
TWO_AT_ONCE = N_(
    "Both stand in a relationship of which a customer has one at a time (%(role)s). End one of them first."
)
TWO_HOLDERS = N_(
    "Each of them has somebody else in a role that one customer has once (%(role)s). End one of them first."
)


def against(session: Session, *, zone: str, one_id: UUID, other_id: UUID) -> list[Against]:
    """Every reason, by role."""
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    both = (one_id, other_id)
    r = Relationship
    rows = session.execute(
        select(r.customer_id, r.other_id, r.role, r.starts_on, r.ends_on).where(
            or_(r.customer_id.in_(both), r.other_id.in_(both))
        )
    ).all()
    found: list[Against] = []
    for key in sorted({row.role for row in rows} & ROLES.keys()):
        mine = [row for row in rows if row.role == key]
        spoken = {"role": Spoken(ROLES[key].label)}
        found += [(*each, spoken) for each in _of_role(session, ROLES[key], mine, both, today=today)]
    return found


def _of_role(
    session: Session, role: Role, rows: Sequence[Any], both: tuple[UUID, UUID], *, today: date
) -> Iterator[tuple[str, str]]:
    if any({row.customer_id, row.other_id} == set(both) for row in rows):
        yield "related", EACH_OTHER
        return
    rows = [row for row in rows if row.ends_on is None or row.ends_on >= today]
    days = (today, date.max)
    ways = (both, both[::-1])
    if role.acyclic and any(leads_to(session, role=role.key, start=a, target=b, days=days) for a, b in ways):
        yield "circle", CIRCLE
    if role.one and _clash(rows, both, mutual=role.mutual):
        yield "two_at_once", TWO_AT_ONCE
    if role.alone and _clash([_turned(row) for row in rows], both):
        yield "two_holders", TWO_HOLDERS


def _clash(rows: Sequence[Any], both: tuple[UUID, UUID], *, mutual: bool = False) -> bool:
    """Whether, on some day, each of the two would have another one at the other end."""
    ends = [(row.customer_id, row.other_id, row) for row in rows]
    ends += [(row.other_id, row.customer_id, row) for row in rows] if mutual else []
    one, other = ([(there, row) for here, there, row in ends if here == each] for each in both)
    return any(a != b and _overlap(row, second) for a, row in one for b, second in other)


def _overlap(one: Any, other: Any) -> bool:
    begins = max(one.starts_on or date.min, other.starts_on or date.min)
    return begins <= min(one.ends_on or date.max, other.ends_on or date.max)


def _turned(row: Any) -> Relationship:
    """Seen from its other end."""
    return Relationship(
        customer_id=row.other_id, other_id=row.customer_id, starts_on=row.starts_on, ends_on=row.ends_on
    )
