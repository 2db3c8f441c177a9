"""Invented customers in a list, known to the client alone: who touches one outside the lease shows that the list got out.

They look like everybody else, with a telephone number and an address of their own in each list; the numbers are of ranges that no
subscriber has. A sweep looks for touches that no lease explains: by another engagement, by the client's own people, or after
the list was over. A sign from outside (a call to the number, a letter to the address) is noted by hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import db, new_id
from core.engagements import lists, policy, service
from core.engagements.models import Canary, CanaryAlarm, Lease, LeaseList
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import service as notify

MOST = 20
EVERY = timedelta(minutes=15)
AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})
SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英秀兰华玉梅建国志晨雨欣宇轩"
PREFIX = "17405"
"""Of Chinese mobile numbers 1740-0 to 1740-5 are of satellite telephones: no shop sells one to a subscriber (not verified)."""
DOMAIN = "example.net"
"""Reserved by RFC 2606: no letter to it arrives anywhere."""


@dataclass(frozen=True, kw_only=True)
class Invented:
    """A customer who does not exist."""

    name: str
    phone: str
    email: str


MAKE: list[Callable[[Session, Context, Invented, UUID | None], tuple[UUID, int, str, str]]] = []
"""How a customer is made like another of the list: its id, number, and keys of phone and e-mail.

Filled by `app.py`: customers are a layer above.
"""

_TOUCHED = text(
    "SELECT k.id AS canary_id, t.kind, t.source_id, t.at, t.engagement_id FROM canary k"
    " JOIN lease_list l ON l.tenant_id = k.tenant_id AND l.id = k.lease_list_id"
    " JOIN LATERAL ("
    "  SELECT 'contact' AS kind, i.id AS source_id, i.started_at AS at, i.engagement_id FROM interaction i"
    "   WHERE i.tenant_id = k.tenant_id AND i.customer_id = k.customer_id"
    "  UNION ALL"
    "  SELECT 'gate', g.id, g.decided_at, g.engagement_id FROM gate_decision g"
    "   WHERE g.tenant_id = k.tenant_id AND g.customer_id = k.customer_id) t ON true"
    " WHERE k.tenant_id = :tenant AND (t.engagement_id IS DISTINCT FROM k.engagement_id"
    "  OR t.at > least(coalesce(l.ended_at, l.expires_at), l.expires_at))"
    " AND NOT EXISTS (SELECT FROM canary_alarm a WHERE a.tenant_id = k.tenant_id AND a.canary_id = k.id"
    "  AND a.kind = t.kind AND a.source_id = t.source_id)"
    " ORDER BY t.at LIMIT 500"
).execution_options(**scope.RLS_ONLY)
"""Touches that no lease explains. Interactions and gate decisions are layers above, read by name inside the tenant."""


def seed(session: Session, *, context: Context, list_id: UUID, count: int) -> Sequence[Canary]:
    """Put invented customers into a lent list. Raises Denied, NotFound, Conflict, Invalid, OverBudget."""
    _allowed(context)
    row = lists.found(session, list_id=list_id, lock=True)
    if row.state != "live":
        raise Conflict(N_("The list is not lent any more."))
    if not 0 < count <= MOST:
        raise Invalid(N_("From 1 to %(most)s invented customers."), field="count", most=MOST)
    made = []
    models = _models(session, list_id=row.id, count=count)
    for like in models:
        person = invent()
        customer_id, _number, phone_key, email_key = MAKE[0](session, context, person, like)
        service.lease_customers(
            session, context=context, engagement_id=row.engagement_id, customer_ids=[customer_id], purpose=row.purpose,
            expires_at=row.expires_at, list_id=row.id,
        )  # fmt: skip
        made.append(
            Canary(engagement_id=row.engagement_id, lease_list_id=row.id, customer_id=customer_id, phone_key=phone_key,
                   email_key=email_key)
        )  # fmt: skip
    session.add_all(made)
    row.size = lists.size_of(session, list_id=row.id)
    session.flush()
    audit.append(
        session, context=context, action="canaries.seeded", subject=("lease_list", row.id), details={"count": count}
    )
    watch(session, context=context)
    return made


def _models(session: Session, *, list_id: UUID, count: int) -> Sequence[UUID | None]:
    """Customers of the list, one for each who is invented: what sets them apart from everybody is their own, the rest is theirs."""
    known = select(Canary.customer_id).where(Canary.lease_list_id == list_id)
    lent = select(Lease.customer_id).where(Lease.lease_list_id == list_id, Lease.customer_id.not_in(known))
    found = session.scalars(lent.order_by(func.random()).limit(count)).all()
    return [found[place % len(found)] if found else None for place in range(count)]


def invent() -> Invented:
    """Somebody who could be anybody."""
    name = secrets.choice(SURNAMES) + "".join(secrets.choice(GIVEN) for _each in range(1 + secrets.randbelow(2)))
    digits = f"{secrets.randbelow(1_000_000):06}"
    word = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _each in range(6))
    return Invented(name=name, phone=f"+86{PREFIX}{digits}", email=f"{word}{secrets.randbelow(900) + 100}@{DOMAIN}")


def sweep(session: Session, *, context: Context) -> int:
    """Raise an alarm for each touch that no lease explains. How many are new."""
    rows = session.execute(_TOUCHED, {"tenant": context.tenant_id}).all()
    for row in rows:
        _raise(session, context, row.canary_id, row.kind, row.source_id, row.at, row.engagement_id, "")
    return len(rows)


def touched(
    session: Session, *, context: Context, customer_id: UUID, kind: str, source_id: UUID, at: datetime,
    engagement_id: UUID | None,
) -> int:  # fmt: skip
    """What another feature saw of a customer (a reveal). An alarm where it is an invented one and no lease explains it."""
    found = session.execute(
        select(Canary.id, Canary.engagement_id, LeaseList.ended_at, LeaseList.expires_at)
        .join(LeaseList, LeaseList.id == Canary.lease_list_id)
        .where(Canary.customer_id == customer_id)
    ).all()
    rung = select(CanaryAlarm.canary_id).where(CanaryAlarm.kind == kind, CanaryAlarm.source_id == source_id)
    known = set(session.scalars(rung)) if found else set()
    outside = [
        row
        for row in found
        if row.id not in known
        if engagement_id != row.engagement_id or at > min(row.ended_at or row.expires_at, row.expires_at)
    ]
    for row in outside:
        _raise(session, context, row.id, kind, source_id, at, engagement_id, "")
    return len(outside)


def report(session: Session, *, context: Context, reached: str, note: str) -> CanaryAlarm:
    """A sign from outside: somebody used a number or an address that only a list knows. Raises Denied, NotFound, Invalid."""
    _allowed(context)
    term = reached.strip()
    digits = "".join(each for each in term if each.isdigit())
    where = Canary.email_key == term.casefold() if "@" in term else Canary.phone_key.endswith(digits[-11:] or "-")
    canary_id = session.scalar(select(Canary.id).where(where).limit(1))
    if canary_id is None:
        raise Invalid(N_("No invented customer has this number or address."), field="reached")
    if not note.strip():
        raise Invalid(N_("Say what happened: who called or wrote, and when."), field="note")
    return _raise(session, context, canary_id, "report", new_id(), datetime.now(UTC), None, note.strip()[:1000])


def _raise(
    session: Session, context: Context, canary_id: UUID, kind: str, source_id: UUID, at: datetime,
    seen_in: UUID | None, note: str,
) -> CanaryAlarm:  # fmt: skip
    row = CanaryAlarm(canary_id=canary_id, kind=kind, source_id=source_id, happened_at=at, seen_in=seen_in, note=note)
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="canary.alarmed", subject=("canary", canary_id),
                 details={"kind": kind, "source_id": str(source_id)})  # fmt: skip
    number = session.scalar(
        select(LeaseList.number).join(Canary, Canary.lease_list_id == LeaseList.id).where(Canary.id == canary_id)
    )
    notify.tell(session, context=context, kind="canary.alarmed", values={"number": number}, subject=("canary", canary_id),
                cause=f"canary.alarmed:{row.id}", permission=policy.CANARIES)  # fmt: skip
    return row


def alarms(session: Session, *, engagement_id: UUID) -> Sequence[Any]:
    """What went off in an engagement, the newest first, with the list that got out."""
    return session.execute(
        select(
            CanaryAlarm.kind, CanaryAlarm.happened_at, CanaryAlarm.note, CanaryAlarm.seen_in, LeaseList.number,
            LeaseList.name, Canary.customer_id,
        )
        .join(Canary, Canary.id == CanaryAlarm.canary_id)
        .join(LeaseList, LeaseList.id == Canary.lease_list_id)
        .where(Canary.engagement_id == engagement_id)
        .order_by(CanaryAlarm.happened_at.desc())
        .limit(100)
    ).all()  # fmt: skip


def of_list(session: Session, *, list_id: UUID) -> Sequence[Canary]:
    return session.scalars(select(Canary).where(Canary.lease_list_id == list_id).order_by(Canary.created_at)).all()


def watch(session: Session, *, context: Context) -> None:
    """Have the tenant's canaries looked at, once every quarter of an hour."""
    enqueue(session, task=look_at_canaries, to="scheduled", at=datetime.now(UTC) + EVERY,
            once=f"canaries:{context.tenant_id}", tenant_id=context.tenant_id)  # fmt: skip


@queue.task(name="look_at_canaries", queue="scheduled", retry=AGAIN)
def look_at_canaries(*, tenant_id: str) -> None:
    """Sweep, and come again while there is one to look at."""
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    session = db.session()
    try:
        scope.enter(session, context)
        sweep(session, context=context)
        if session.scalar(select(Canary.id).limit(1)) is not None:
            watch(session, context=context)
        session.commit()
    finally:
        db.session.remove()


def _allowed(context: Context) -> None:
    if context.party == "provider":
        raise NotFound
    if context.party != "system" and not context.may(policy.CANARIES):
        raise Denied(N_("Your role does not include this."), permission=policy.CANARIES)
