"""Read who a customer is related to. A provider sees a relationship where both ends are leased to it, and else nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.context import Context
from core.customers.models import Customer
from core.engagements.queries import leased
from core.relationships.models import Relationship
from core.relationships.roles import ROLES, label_of

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Related:
    """A relationship as seen from one end. `from_other`: the one at the other end is the role of this one.

    Name, phone and address are the other's, in clear: who shows them masks them.
    """

    id: UUID
    role: str
    from_other: bool
    starts_on: date | None
    ends_on: date | None
    note: str | None
    version: int
    customer_id: UUID
    other_id: UUID
    end_id: UUID
    number: int
    kind: str
    state: str
    name: str
    phone: str | None
    address: str | None
    stands: bool
    """It has not ended."""

    @property
    def group(self) -> str:
        return ROLES[self.role].group if self.role in ROLES else "account"

    @property
    def label(self) -> object:
        return label_of(self.role, seen_from_other=self.from_other)


def related(
    session: Session, *, context: Context, customer_id: UUID, ended: bool = False, limit: int = MOST
) -> list[Related]:
    """Whoever it is related to today, or was (`ended`), in one statement."""
    r, end = Relationship, aliased(Customer)
    here = or_(r.customer_id == customer_id, r.other_id == customer_id)
    wanted: list[ColumnElement[bool]] = [here, r.customer_id != r.other_id]
    if context.party == "provider":
        wanted += [leased(r.customer_id, context), leased(r.other_id, context)]
    today = datetime.now(UTC).astimezone(ZoneInfo(context.zone)).date()
    if not ended:
        wanted.append(or_(r.ends_on.is_(None), r.ends_on >= today))
    columns = (
        r.id, r.role, r.starts_on, r.ends_on, r.note, r.version, r.customer_id, r.other_id, end.id.label("end_id"), end.number,
        end.kind, end.state, end.name, end.phone, end.address,
    )  # fmt: skip
    rows = session.execute(
        select(*columns)
        .join(end, or_(and_(r.customer_id == customer_id, end.id == r.other_id),
                       and_(r.other_id == customer_id, end.id == r.customer_id)))
        .where(*wanted)
        .order_by(r.role, func.coalesce(r.starts_on, date(1, 1, 1)), r.id)
        .limit(limit)
    ).all()  # fmt: skip
    return [
        Related(
            from_other=row.other_id == customer_id, stands=row.ends_on is None or row.ends_on >= today, **row._mapping
        )
        for row in rows
    ]


def one(session: Session, *, context: Context, relationship_id: UUID) -> Relationship | None:
    """One, where both ends may be seen."""
    r = Relationship
    wanted = [r.id == relationship_id]
    if context.party == "provider":
        wanted += [leased(r.customer_id, context), leased(r.other_id, context)]
    return session.scalar(select(r).where(*wanted))


def in_groups(rows: Sequence[Related]) -> list[tuple[str, list[Related]]]:
    """By group, in the order of the roles."""
    order = list(dict.fromkeys(role.group for role in ROLES.values()))
    return [(key, found) for key in order if (found := [row for row in rows if row.group == key])]
