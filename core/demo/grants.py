"""What a demonstration shows of grants: one in force with seats and a list, one asked for, one revoked and proved purged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.context import Context
from core.db.base import new_id
from core.demo.crowd import Stage
from core.engagements import canaries
from core.engagements.models import DataGrant, Engagement, EngagementStep, Lease, LeaseList, ReturnProof
from core.engagements.seat_models import AgentProfile, Seat, Site
from core.tenants import service as tenants

FIELDS = {"name": "masked", "phone": "masked", "email": "masked", "address": "masked", "document:ric": "hidden"}
OFFICER = "唐律"
CITIES = ("南京", "成都")
WAY = ("begun", "offered", "accepted", "propose", "source", "examine", "negotiate", "sign", "go_live")
STATES = ("idea", "idea", "idea", "business_case", "sourcing", "due_diligence", "contracting", "transition", "live")


def live(session: Session, stage: Stage, *, engagement: Engagement, asked: str, approved: str) -> DataGrant:
    """The grant under which the team works: asked for, checked and approved by three people before the work began."""
    assert engagement.starts_at is not None
    assert engagement.ends_at is not None
    row = DataGrant(
        provider_tenant_id=engagement.provider_tenant_id, engagement_id=engagement.id, purpose=engagement.purpose,
        fields=dict(FIELDS), countries=["CN"], methods=["view", "call", "record"],
        measures=["masking", "reveal_log", "canaries", "proof"], row_budget=5000, reason="外呼与服务所必需",
        state="active", starts_at=engagement.starts_at, ends_at=min(engagement.ends_at, stage.now + timedelta(days=180)),
        asked_user_id=new_id(), asked_name=asked, checked_user_id=new_id(), checked_name=OFFICER,
        checked_at=engagement.starts_at, approved_user_id=new_id(), approved_name=approved, approved_at=engagement.starts_at,
    )  # fmt: skip
    session.add(row)
    for number, (event, state) in enumerate(zip(WAY, STATES, strict=True)):
        at = engagement.starts_at - timedelta(days=7 * (len(WAY) - number))
        source = STATES[number - 1] if number else None
        session.add(
            EngagementStep(engagement_id=engagement.id, event=event, source=source, target=state, actor_name=approved,
                           created_at=at)
        )  # fmt: skip
    session.flush()
    return row


def furnish(
    session: Session,
    stage: Stage,
    *,
    engagement: Engagement,
    people: Sequence[UUID],
    asked: str,
    approved: str,
    index: int,
) -> None:
    """A site with seats, what the people are trained for, a grant that waits for its check, one that was revoked."""
    site = Site(engagement_id=engagement.id, name=f"{CITIES[index % 2]}一号职场", country="CN", city=CITIES[index % 2])
    session.add(site)
    session.flush()
    for number in range(1, 5):
        session.add(
            Seat(engagement_id=engagement.id, site_id=site.id, label=f"A-{number:02}", country="CN",
                 network=f"203.0.113.{16 * number}/28", state="active" if number < 4 else "waiting")
        )  # fmt: skip
    for person in people:
        session.add(
            AgentProfile(engagement_id=engagement.id, participant_id=person, site_id=site.id, languages=["zh"],
                         skills=[engagement.purpose], nda_signed_on=(stage.now - timedelta(days=200)).date(),
                         certificates=[{"key": engagement.purpose,
                                        "valid_to": (stage.now + timedelta(days=160)).date().isoformat()}])
        )  # fmt: skip
    usual = {"provider_tenant_id": engagement.provider_tenant_id, "engagement_id": engagement.id, "countries": ["CN"],
             "methods": ["view", "call"], "measures": ["masking", "proof"],
             "asked_user_id": new_id(), "asked_name": asked}  # fmt: skip
    session.add(
        DataGrant(**usual, purpose="survey", fields={"name": "masked", "phone": "masked"}, state="requested", row_budget=400,
                  reason="年度满意度调查", starts_at=stage.now, ends_at=stage.now + timedelta(days=60))
    )  # fmt: skip
    ended = DataGrant(
        **usual, purpose="recall", fields={"name": "masked", "phone": "clear"}, state="purge_proved", row_budget=100,
        reason="召回通知", starts_at=stage.now - timedelta(days=120), ends_at=stage.now - timedelta(days=30),
        checked_user_id=new_id(), checked_name=OFFICER, checked_at=stage.now - timedelta(days=121),
        approved_user_id=new_id(), approved_name=approved, approved_at=stage.now - timedelta(days=120),
        ended_at=stage.now - timedelta(days=45), ended_name=OFFICER, end_reason="召回提前完成",
    )  # fmt: skip
    session.add(ended)
    session.flush()
    document = (
        f"归还与删除证明 / Proof of return and deletion\n{stage.context.tenant_name}\n{engagement.provider_name}\n"
    )
    session.add(
        ReturnProof(engagement_id=engagement.id, data_grant_id=ended.id, document=document,
                    digest=hashlib.sha256(document.encode()).hexdigest(), counts={"leased": 86}, signed_party="provider",
                    signed_name=engagement.provider_name)
    )  # fmt: skip
    session.flush()


def as_list(session: Session, stage: Stage, *, engagement_id: UUID, purpose: str, by: Context, seeded: int) -> None:
    """What was lent to the team is one list, with invented customers in it."""
    grant_id = session.scalar(
        select(DataGrant.id).where(DataGrant.engagement_id == engagement_id, DataGrant.state == "active")
    )
    ends = session.scalar(select(func.max(Lease.expires_at)).where(Lease.engagement_id == engagement_id))
    assert grant_id is not None
    assert ends is not None
    row = LeaseList(
        number=tenants.next_numbers(session, kind="lease_list")[0], engagement_id=engagement_id, data_grant_id=grant_id,
        name=f"{stage.now:%Y-%m} 名单", purpose=purpose, state="live", expires_at=ends, lent_name=by.shown_name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.execute(
        update(Lease).where(Lease.engagement_id == engagement_id).values(lease_list_id=row.id),
        execution_options={"synchronize_session": False},
    )
    row.size = session.scalar(select(func.count()).select_from(Lease).where(Lease.lease_list_id == row.id)) or 0
    session.flush()
    if seeded:
        canaries.seed(session, context=by, list_id=row.id, count=seeded)
