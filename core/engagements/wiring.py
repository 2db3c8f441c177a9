"""What `app.py` plugs in for engagements: the slices of long lists, links of notices, and refused entries."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from core.context import Context
from core.db.base import db
from core.engagements import (
    api,
    canaries,
    entries,
    grant_api,
    grant_views,
    list_views,
    lists,
    partner_api,
    seat_views,
    views,
)
from core.engagements.canaries import Invented
from core.jobs import service as jobs
from core.web.links import LINKS
from core.web.state import Refusal

PAGES = (views.pages, grant_views.pages, list_views.pages, seat_views.pages)
RESOURCES = (
    api.endpoints, grant_api.asked, grant_api.endpoints, grant_api.lent, grant_api.proved, partner_api.codes, partner_api.offered,
    partner_api.closed, partner_api.people, partner_api.invented, partner_api.alarms,
)  # fmt: skip


def wire(make: Callable[[Session, Context, Invented, UUID | None], tuple[UUID, int, str, str]]) -> None:
    jobs.register(lists.KIND, lists.work)
    canaries.MAKE[:] = [make]
    LINKS["data_grant"] = lambda grant_id: url_for("grants.show", grant_id=grant_id)
    LINKS["lease_list"] = lambda list_id: url_for("lists.show", list_id=list_id)
    LINKS["engagement"] = lambda engagement_id: url_for("engagements.show", engagement_id=engagement_id)


def note_refused_entry(refusal: Refusal) -> None:
    """A person without the grant, the seat or the skill that a customer asks for: both managers see it."""
    if refusal.context is not None and refusal.context.withheld is not None:
        entries.note(db.engine, context=refusal.context)
