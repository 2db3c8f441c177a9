"""Read reveals: of a person, of a customer, the scores, the grants and whether they are frozen, and how many people were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, distinct, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from core.audit.models import AuditEntry
from core.cases.models import CaseStep
from core.context import Context
from core.customers.models import Customer
from core.db.keyset import Page, newest_first
from core.engagements.models import DataGrant, Engagement, Lease
from core.engagements.seat_models import Seat
from core.identity.models import Participant
from core.privacy.models import GrantFreeze, RevealEvent, RevealScore

LOOKS = ("customer.read", "case.read", "record.read", "interaction.read", "customer.revealed", "value.revealed")
"""Acts of the trail by which one customer's data were seen."""

_EVENT = (
    RevealEvent.id, RevealEvent.participant_id, RevealEvent.party, RevealEvent.shown_name, RevealEvent.agent_no,
    RevealEvent.engagement_id, RevealEvent.seat, RevealEvent.country, RevealEvent.customer_id, RevealEvent.record_id,
    RevealEvent.of_case_id, RevealEvent.case_id, RevealEvent.field, RevealEvent.reason, RevealEvent.note,
    RevealEvent.shown_at, RevealEvent.until,
)  # fmt: skip


def reveals(session: Session, *, participant_id: UUID | None = None, after: str | None = None, limit: int = 50) -> Page:
    """The newest first, with the customer's number and name. Raises Invalid for a cursor that is none."""
    wanted: Any = select(
        *_EVENT, Customer.number.label("customer_number"), Customer.name.label("customer_name"),
        Engagement.provider_name,
    ).join(Customer, Customer.id == RevealEvent.customer_id).outerjoin(
        Engagement, Engagement.id == RevealEvent.engagement_id
    )  # fmt: skip
    if participant_id is not None:
        wanted = wanted.where(RevealEvent.participant_id == participant_id)
    return newest_first(
        session, wanted, moment=RevealEvent.shown_at, key=RevealEvent.id, after=after, limit=limit
    )  # fmt: skip


def scores(session: Session) -> Sequence[Any]:
    """Of the latest count, the most unusual first."""
    latest = select(func.max(RevealScore.day)).scalar_subquery()
    found: Sequence[Any] = session.execute(
        select(
            RevealScore.participant_id, RevealScore.engagement_id, RevealScore.role, RevealScore.shown_name,
            RevealScore.since, RevealScore.cut_at, RevealScore.reveals, RevealScore.cases, RevealScore.peers,
            RevealScore.rate, RevealScore.mean, RevealScore.deviation, RevealScore.z, RevealScore.unusual,
            RevealScore.formula, Engagement.provider_name, Engagement.name.label("engagement_name"),
        )
        .outerjoin(Engagement, Engagement.id == RevealScore.engagement_id)
        .where(RevealScore.day == latest)
        .order_by(RevealScore.unusual.desc(), RevealScore.z.desc().nulls_last(), RevealScore.shown_name)
        .limit(500)
    ).all()  # fmt: skip
    return found


def score_of(session: Session, *, participant_id: UUID) -> Any:
    return next((row for row in scores(session) if row.participant_id == participant_id), None)


def person(session: Session, *, participant_id: UUID) -> Any:
    found: Any = session.execute(
        select(Participant.id, Participant.shown_name, Participant.agent_no, Participant.party, Participant.engagement_id)
        .where(Participant.id == participant_id)
    ).one_or_none()  # fmt: skip
    return found


def worked_cases(session: Session, *, since: datetime) -> dict[UUID, int]:
    """Cases that each person worked on: took a step of, or revealed something for."""
    steps = select(CaseStep.participant_id, CaseStep.case_id).where(
        CaseStep.taken_at > since, CaseStep.participant_id.is_not(None)
    )
    shown = select(RevealEvent.participant_id, RevealEvent.case_id).where(
        RevealEvent.shown_at > since, RevealEvent.case_id.is_not(None)
    )
    worked = union_all(steps, shown).subquery()
    rows = session.execute(select(worked.c[0], func.count(distinct(worked.c[1]))).group_by(worked.c[0]))
    return {row[0]: row[1] for row in rows}


def counted_reveals(session: Session, *, since: datetime) -> dict[UUID, int]:
    rows = session.execute(
        select(RevealEvent.participant_id, func.count())
        .where(RevealEvent.shown_at > since)
        .group_by(RevealEvent.participant_id)
    )
    return {row[0]: row[1] for row in rows}


def grants(session: Session) -> Sequence[Any]:
    """Grants in force with their engagement and, where one is frozen, by whom, since when and why."""
    who = aliased(Participant)
    found: Sequence[Any] = session.execute(
        select(
            DataGrant.id, DataGrant.purpose, DataGrant.ends_at, DataGrant.state, Engagement.name.label("engagement_name"),
            Engagement.provider_name, DataGrant.engagement_id, GrantFreeze.id.label("freeze_id"), GrantFreeze.reason,
            GrantFreeze.frozen_at, GrantFreeze.frozen_by, who.shown_name.label("frozen_by_name"),
        )
        .join(Engagement, Engagement.id == DataGrant.engagement_id)
        .outerjoin(GrantFreeze, and_(GrantFreeze.data_grant_id == DataGrant.id, GrantFreeze.lifted_at.is_(None)))
        .outerjoin(who, who.id == GrantFreeze.frozen_by)
        .where(DataGrant.state.in_(("approved", "active", "expiring")), DataGrant.ends_at > func.now())
        .order_by(Engagement.name, DataGrant.ends_at)
    ).all()  # fmt: skip
    return found


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """Distinct people whose data one engagement's people saw from one country since the year began."""

    engagement_id: UUID
    engagement_name: str
    provider_name: str
    country: str | None
    people: int
    sensitive: int
    leased: int


def year_begin(context: Context, *, now: datetime | None = None) -> datetime:
    zone = ZoneInfo(context.zone)
    moment = (now or datetime.now(UTC)).astimezone(zone)
    return datetime(moment.year, 1, 1, tzinfo=zone)


def exposure(session: Session, *, since: datetime) -> list[Exposure]:
    """By engagement and country, exactly: each person counts once. Looks at lists are not counted, opened customers are."""
    looked = (
        select(AuditEntry.engagement_id, Seat.country, AuditEntry.customer_id, literal(False).label("sensitive"))
        .outerjoin(Seat, Seat.id == AuditEntry.seat_id)
        .where(
            AuditEntry.engagement_id.is_not(None), AuditEntry.customer_id.is_not(None), AuditEntry.outcome == "done",
            AuditEntry.occurred_at >= since, AuditEntry.action.in_(LOOKS),
        )
    )  # fmt: skip
    shown = select(
        RevealEvent.engagement_id, RevealEvent.country, RevealEvent.customer_id, RevealEvent.sensitive
    ).where(RevealEvent.engagement_id.is_not(None), RevealEvent.shown_at >= since)
    seen = union_all(looked, shown).subquery()
    leased = (
        select(func.count())
        .where(Lease.engagement_id == Engagement.id, Lease.ended_at.is_(None), Lease.expires_at > func.now())
        .scalar_subquery()
    )
    people = func.count(distinct(seen.c.customer_id))
    rows = session.execute(
        select(
            Engagement.id.label("engagement_id"), Engagement.name.label("engagement_name"), Engagement.provider_name,
            seen.c.country, people.label("people"), people.filter(seen.c.sensitive).label("sensitive"),
            leased.label("leased"),
        )
        .join(seen, seen.c.engagement_id == Engagement.id)
        .group_by(Engagement.id, Engagement.name, Engagement.provider_name, seen.c.country)
        .order_by(people.desc())
    )  # fmt: skip
    return [Exposure(**row._mapping) for row in rows]


def seen_by(session: Session, *, customer_id: UUID, limit: int = 50) -> Sequence[Any]:
    """Who saw what of one customer, the newest first, out of the trail."""
    return session.execute(
        select(
            AuditEntry.occurred_at, AuditEntry.action, AuditEntry.party, AuditEntry.fields, AuditEntry.details,
            Participant.shown_name, Participant.agent_no, Engagement.provider_name,
        )
        .outerjoin(Participant, Participant.id == AuditEntry.participant_id)
        .outerjoin(Engagement, Engagement.id == AuditEntry.engagement_id)
        .where(
            or_(
                AuditEntry.customer_id == customer_id,
                and_(AuditEntry.subject_type == "customer", AuditEntry.subject_id == customer_id),
            ),
            AuditEntry.action.in_(LOOKS),
            AuditEntry.outcome == "done",
        )
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
