"""What leaving is plugged into: guards, kinds of work, documents of the export, and who is told of a tenant's steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.configuration import document
from core.context import Context
from core.engagements.models import Engagement
from core.events import bus
from core.jobs import service as jobs
from core.leaving import service
from core.notify.service import tell
from core.plugin.catalog import CatalogView
from core.tenants import life
from core.tenants.events import TenantMoved
from core.tenants.models import Tenant
from core.web.links import LINKS

MakeView = Callable[[Session, Context], CatalogView]
TOLD: Mapping[str, str] = {"suspend": "tenant.suspended", "close": "tenant.closing", "call_back": "tenant.called_back"}
"""Which steps are told of, as which kind of notice."""


def wire(view_of: MakeView) -> None:
    """Fill in what lower features ask for."""
    life.WHILE_READ_ONLY.add(service.KIND)
    life.GUARDS["close"][:] = [service.refuse_live_provider]
    jobs.REFUSALS[:] = [life.refuse_runs]
    approvals.HANDLERS[service.KIND] = service.approved
    service.DOCUMENTS[:] = [Documents(view_of)]
    bus.subscribe(TenantMoved, tell_of_step)
    for subject in ("tenant", "tenant_export"):
        LINKS[subject] = lambda _id: url_for("organisation.history")
    LINKS["tenant_export"] = lambda _id: url_for("leaving.index")


class Documents:
    """The configuration, as it can be brought in again, and what the fields in `attributes` mean."""

    def __init__(self, view_of: MakeView) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, context: Context) -> Mapping[str, str]:
        view = self._view_of(session, context)
        today = datetime.now(ZoneInfo(context.zone)).date()
        sections = document.sections_of(session, view=view, on=today)
        fields = [
            {"key": key, "label": dict(each.label), "kind": each.kind, "on": each.on, "sensitivity": each.sensitivity,
             "unit": _plain(each.unit), "help": _plain(each.help)}
            for on in ("customer", "case", "interaction", *(f"record:{key}" for key in view.record_types))
            for key, each in view.all_fields(on=on).items()
        ]  # fmt: skip
        return {
            "configuration.json": document.written(sections),
            "fields.json": orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode(),
        }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def tell_of_step(session: Session, event: TenantMoved) -> None:
    """The organisation's administrators, and the people of both sides of its engagements."""
    kind = TOLD.get(event.event)
    if kind is None:
        return
    until = session.scalar(select(Tenant.erase_after).where(Tenant.id == event.subject))
    values = {"day": {"date": until.date().isoformat()}} if until is not None else {}
    cause = f"{kind}:{event.id}"
    subject = ("tenant", event.subject)
    tell(session, context=event.context, kind=kind, values=values, subject=subject, cause=cause, permission="tenant.manage",
         actor_too=True)  # fmt: skip
    working = select(Engagement.id).where(Engagement.tenant_id == event.subject, Engagement.state != "closed")
    for engagement_id in session.scalars(working):
        tell(session, context=event.context, kind=kind, values=values, subject=subject, cause=cause,
             permission="engagement.read", engagement_id=engagement_id)  # fmt: skip
