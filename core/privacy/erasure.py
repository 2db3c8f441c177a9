"""Erase a person: every row that names them is deleted or blanked, their key is destroyed, files that hold them are removed.

1. Leases end, so that no provider sees the row meanwhile. 2. Features remove what they keep in files, and whatever names the
person otherwise (`STORES`). 3. The customer's row is blanked and its key destroyed. 4. With the eraser's role, which sees the
rows of this one customer and no other, each table's rule is done (`forgetting.RULES`). All in the transaction of the act.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from core.api.idempotency import forget_answers
from core.attachments import service as attachments
from core.audit import service as audit
from core.context import Context
from core.customers import forgetting as own_row
from core.customers.models import Customer
from core.customers.service import find
from core.db import scope
from core.engagements.ending import end_leases
from core.engagements.models import Lease
from core.events import bus
from core.plugin.types import PersonalData
from core.privacy.events import CustomerErased
from core.privacy.forgetting import Ruled, ruled

Store = Callable[..., int]
"""`forget(session, customer_id=...)`: what a feature removes beside its rows. How much."""
STORES: dict[str, Store] = {}
"""By name, filled by `app.py`."""

_ROLE = text("SELECT current_setting('role')").execution_options(**scope.PLATFORM)
_AS_ERASER = text(
    "SELECT set_config('app.forgotten', :customer, true), set_config('role', current_database() || '_eraser', true)"
).execution_options(**scope.PLATFORM)
_BACK = text("SELECT set_config('app.forgotten', '', true), set_config('role', :role, true)").execution_options(
    **scope.PLATFORM
)


def erase(
    session: Session, *, context: Context, customer_id: UUID, declared: Mapping[str, PersonalData]
) -> dict[str, int]:
    """How many rows of each table were deleted or blanked. Raises NotFound; Conflict under a legal hold, or where it was done."""
    row = find(session, customer_id=customer_id)
    own_row.refuse_held(row)
    counts: Counter[str] = Counter()
    tables = [each for each in ruled(declared) if each.rule.how != "keep"]
    for each in (row, *_merged_into(session, customer_id)):
        counts += _erase_one(session, context, each, tables)
    done = {f"{name}": count for name, count in sorted(counts.items()) if count}
    audit.append(session, context=context, action="customer.erased", subject=("customer", customer_id), details=done)
    bus.emit(session, CustomerErased(context=context, subject=customer_id, counts=done))
    return done


def _merged_into(session: Session, customer_id: UUID) -> Iterator[Customer]:
    """The customers that became this one, and those that became them: they are the same person."""
    for each in session.scalars(select(Customer).where(Customer.merged_into_id == customer_id)).all():
        yield each
        yield from _merged_into(session, each.id)


def _erase_one(session: Session, context: Context, row: Customer, tables: list[Ruled]) -> Counter[str]:
    _end_leases(session, context, row.id)
    counts = Counter({name: forget(session, customer_id=row.id) for name, forget in STORES.items()})
    counts["attachment"] = attachments.forget(session, customer_ids=[row.id])
    counts["idempotency_key"] = forget_answers(session, mentioning=row.id)
    own_row.forget(session, row=row)
    counts["customer"] = 1
    counts.update(_clear(session, row.id, tables))
    _let_go(session, row.id, {f"{each.table.name}" for each in tables})
    return counts


def _end_leases(session: Session, context: Context, customer_id: UUID) -> None:
    live = select(Lease.engagement_id).where(Lease.customer_id == customer_id, Lease.ended_at.is_(None)).distinct()
    for engagement_id in session.scalars(live).all():
        end_leases(
            session, context=context, engagement_id=engagement_id, reason="the person was erased",
            customer_id=customer_id,
        )  # fmt: skip


def _clear(session: Session, customer_id: UUID, tables: list[Ruled]) -> dict[str, int]:
    session.flush()
    counts: dict[str, int] = {}
    role = session.scalar(_ROLE)
    session.execute(_AS_ERASER, {"customer": str(customer_id)})
    for each in tables:
        mine = or_(*(each.table.c[column] == customer_id for column in each.columns))
        act: Any = delete(each.table).where(mine)
        if each.rule.how == "blank":
            act = update(each.table).where(mine).values(**each.rule.values)
        counts[each.table.name] = _do(session, act)
    session.execute(_BACK, {"role": role})
    return counts


def _let_go(session: Session, customer_id: UUID, names: set[str]) -> None:
    """What the session remembers of the person is not as it was; an approval that is being decided on is still written to."""
    for held in list(session):
        table = getattr(held, "__tablename__", "")
        if getattr(held, "customer_id", None) == customer_id and table in names - {"approval"}:
            session.expunge(held)


def _do(session: Session, act: Any) -> int:
    """Core statements: the role's own policies admit one customer's rows of the scope's tenant."""
    found: Any = session.execute(act, execution_options={**scope.RLS_ONLY, "synchronize_session": False})
    return int(found.rowcount)
