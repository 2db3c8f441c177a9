"""How exports are wired to approvals, jobs and the lists below: called once by `app.py`."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.events import ApprovalDecided, ApprovalExpired
from core.engagements import ending
from core.events import bus
from core.exports import api, service, views
from core.tenants import life
from core.web.links import LINKS

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)


def wire() -> None:
    """An approved request is written; a refused or forgotten one is over. Taking data is open while nothing may change."""
    approvals.HANDLERS[service.KIND] = service.approved
    ending.FILES[:] = [service.forget_of]
    life.WHILE_READ_ONLY.add(service.KIND)
    bus.subscribe(ApprovalDecided, _decided)
    bus.subscribe(ApprovalExpired, _decided)
    LINKS["export"] = lambda export_id: url_for("exports.show", export_id=export_id)


def _decided(session: Session, event: Any) -> None:
    state = getattr(event, "state", "expired")
    if event.kind == service.KIND and state != "approved":
        service.refused(session, context=event.context, approval_id=event.subject, state=state)
