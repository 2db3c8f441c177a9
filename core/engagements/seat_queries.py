"""Read sites, seats and the people of an engagement with what they are trained for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.engagements.seat_models import AgentProfile, Seat, Site
from core.identity.models import Participant, RoleAssignment


def sites(session: Session, *, engagement_id: UUID) -> Sequence[Any]:
    """Sites with how many active seats each has."""
    active = (
        select(func.count())
        .select_from(Seat)
        .where(Seat.site_id == Site.id, Seat.state == "active")
        .correlate(Site)
        .scalar_subquery()
    )
    return session.execute(
        select(Site.id, Site.name, Site.country, Site.city, Site.kind, Site.closed_at, active.label("seats"))
        .where(Site.engagement_id == engagement_id)
        .order_by(Site.name)
    ).all()


def seats(session: Session, *, engagement_id: UUID) -> Sequence[Any]:
    return session.execute(
        select(
            Seat.id, Seat.label, Seat.country, Seat.network, Seat.needs_device, Seat.enrolled_at, Seat.state,
            Site.name.label("site"),
        )
        .join(Site, Site.id == Seat.site_id)
        .where(Seat.engagement_id == engagement_id)
        .order_by(Site.name, Seat.label)
        .limit(500)
    ).all()  # fmt: skip


def people(session: Session, *, engagement_id: UUID) -> list[dict[str, Any]]:
    """Who works in an engagement, with roles and profile; those who left last."""
    held: dict[UUID, list[str]] = {}
    for row in session.execute(
        select(RoleAssignment.participant_id, RoleAssignment.role).where(RoleAssignment.engagement_id == engagement_id)
    ):
        held.setdefault(row.participant_id, []).append(row.role)
    rows = session.execute(
        select(
            Participant.id, Participant.shown_name, Participant.agent_no, Participant.ended_at, AgentProfile.skills,
            AgentProfile.languages, AgentProfile.certificates, AgentProfile.nda_signed_on, AgentProfile.checked_on,
            AgentProfile.site_id,
        )
        .outerjoin(AgentProfile, AgentProfile.participant_id == Participant.id)
        .where(Participant.engagement_id == engagement_id)
        .order_by(Participant.ended_at.is_not(None), Participant.shown_name)
        .limit(500)
    )  # fmt: skip
    return [{**row._mapping, "roles": sorted(set(held.get(row.id, [])))} for row in rows]
