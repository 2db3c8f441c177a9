"""The client's house: regions and branches, people who look after one of them, and those who watch over data and money.

A branch manager sees the customers of a branch, a clerk has a role of the tenant's own, the auditor is one for a quarter; each
provider has a team with a leader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Integer, cast, update
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.demo.crowd import Stage
from core.identity import people, role_book, units
from core.identity import service as identity
from core.identity.models import Participant
from core.identity.people import Grant
from core.tenants.models import Unit

TREE: Sequence[tuple[str, str, str | None]] = (
    ("east", "华东大区", None), ("shanghai", "上海分部", "east"), ("hangzhou", "杭州分部", "east"),
    ("south", "华南大区", None), ("shenzhen", "深圳分部", "south"), ("guangzhou", "广州分部", "south"),
)  # fmt: skip
"""Code, name and the code above."""

BRANCHES = ("shanghai", "hangzhou", "shenzhen", "guangzhou")

CLERK = role_book.Draft(
    label={"zh-CN": "分部专员", "en": "Branch clerk"},
    about="查看本分部的客户并开工单，不改资料",
    permissions=("customer.read", "interaction.read", "record.read", "case.read", "case.open", "approval.read"),
    parties=("client",),
)


@dataclass(frozen=True, kw_only=True)
class Resident:
    """Somebody of the client's besides the administrator and the manager."""

    key: str
    name: str
    role: str
    unit: str | None = None
    reach: str = "all"
    days: int | None = None


NAMES = (
    ("陆知行", "何曼", "秦越", "白露", "丁一"), ("苏文", "叶青", "程远", "夏至", "贺宁"), ("马晓", "田野", "邱月", "温岚", "石磊"),
)  # fmt: skip


def residents(index: int) -> Sequence[Resident]:
    """The people of client number `index`."""
    branch, clerk, dpo, auditor, finance = NAMES[index % len(NAMES)]
    return (
        Resident(key="branch", name=branch, role="client_manager", unit="shanghai", reach="unit_and_below"),
        Resident(key="clerk", name=clerk, role="clerk", unit="shenzhen", reach="unit"),
        Resident(key="dpo", name=dpo, role="dpo"),
        Resident(key="auditor", name=auditor, role="auditor", days=90),
        Resident(key="finance", name=finance, role="finance"),
    )


def furnish(session: Session, stage: Stage, *, by: Context, slug: str, index: int, password: str) -> None:
    """Units, the role of the tenant's own, and the people. `by` is the administrator."""
    made: dict[str, UUID] = {}
    for key, name, above in TREE:
        made[key] = units.make_unit(
            session, context=by, name=name, key=key, parent_id=made[above] if above else None
        ).id
    clerk = role_book.make_role(session, context=by, draft=CLERK).key
    for each in residents(index):
        user = identity.create_user(session, address=f"{each.key}@{slug}.example", name=each.name, password=password)
        ends = stage.now + timedelta(days=each.days) if each.days else None
        role = clerk if each.role == "clerk" else each.role
        people.add_participant(
            session, user_id=user, shown_name=each.name, party="client", unit_id=made[each.unit] if each.unit else None,
            roles=[Grant(role=role, reach=each.reach, ends_at=ends)],
        )  # fmt: skip
    for number, branch in enumerate(BRANCHES):
        _settle(session, made[branch], share=number)


def _settle(session: Session, unit_id: UUID, *, share: int) -> None:
    """Customers go round the branches by their number; their history is left as it is."""
    session.execute(
        update(Customer)
        .where(cast(Customer.number, Integer) % len(BRANCHES) == share)
        .values(unit_id=unit_id, updated_at=Customer.updated_at, version=Customer.version),
        execution_options={"synchronize_session": False},
    )


def team(session: Session, *, engagement_id: UUID, name: str, key: str, members: Sequence[UUID]) -> None:
    """A provider's team, in which these people are."""
    unit = Unit(key=key, name=name, engagement_id=engagement_id)
    session.add(unit)
    session.flush()
    session.execute(
        update(Participant).where(Participant.id.in_(members)).values(unit_id=unit.id, version=Participant.version),
        execution_options={"synchronize_session": False},
    )
