"""One engagement as both sides see it: what each tab needs, loaded for that tab alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import render_template, request

from core.context import Context
from core.db.base import db
from core.engagements import canaries, entries, policy, proofs, queries, seat_queries, states
from core.engagements.models import Engagement
from core.errors import DomainError, NotFound
from core.identity.roles import ROLES
from core.tenants import life
from core.web.current import afresh, catalog_view, context
from core.web.words import word

TABS = ("overview", "grants", "leases", "people", "seats", "history")


def state_word(state: str) -> str:
    return str(word("engagement_state", state))


def again(engagement_id: UUID, *, error: DomainError, tab: str = "overview") -> str:
    """The same page with what went wrong: the act is rolled back, the reader's scope opened anew."""
    afresh(error)
    return engagement(engagement_id, tab=tab, error=error)


def engagement(engagement_id: UUID, *, tab: str, error: DomainError | None = None) -> str:
    row = queries.engagement(db.session(), engagement_id=engagement_id)
    if row is None:
        raise NotFound
    tab = tab if tab in TABS else "overview"
    return render_template(
        f"engagements/{tab}.html",
        row=row,
        tab=tab,
        error=error,
        typed=request.form,
        proposal=(datetime.now(ZoneInfo(context().zone)).date() + timedelta(days=30)).isoformat(),
        working=row.state in states.WORKING,
        **_LOADERS[tab](context(), row),
    )


def _overview(actor: Context, row: queries.EngagementRow) -> dict[str, Any]:
    session = db.session()
    held = session.get(Engagement, (actor.tenant_id, row.id))
    owed = proofs.owed(session, engagement_id=row.id)
    return {
        "moves": states.moves(session, context=actor, row=held)
        if held is not None and actor.party != "provider"
        else [],
        "steps": [(each, state_word(each)) for each in states.PATH],
        "at": states.PATH.index(row.state) + 1 if row.state in states.PATH else states.PATH.index("live") + 1,
        "grants": queries.grant_rows(session, engagement_id=row.id, live=True),
        "owed": owed,
        "leases": queries.lease_groups(session, engagement_id=row.id),
        "provider_life": (halt := life.provider_life(session, engagement_id=row.id)),
        "held": queries.held_work(session, context=actor, engagement_id=row.id)
        if actor.party == "client" and (halt is not None or row.state == "suspended")
        else None,
    }


def _grants(_actor: Context, row: queries.EngagementRow) -> dict[str, Any]:
    return {"grants": queries.grant_rows(db.session(), engagement_id=row.id), "view": catalog_view()}


def _leases(actor: Context, row: queries.EngagementRow) -> dict[str, Any]:
    session = db.session()
    own = actor.may(policy.CANARIES) and actor.party == "client"
    return {
        "leases": queries.lease_groups(session, engagement_id=row.id),
        "lists": queries.list_rows(session, engagement_id=row.id),
        "proofs": proofs.proofs_of(session, engagement_id=row.id),
        "alarms": canaries.alarms(session, engagement_id=row.id) if own else [],
    }


def _people(_actor: Context, row: queries.EngagementRow) -> dict[str, Any]:
    return {"people": seat_queries.people(db.session(), engagement_id=row.id), "roles": ROLES,
            "sites": seat_queries.sites(db.session(), engagement_id=row.id)}  # fmt: skip


def _seats(_actor: Context, row: queries.EngagementRow) -> dict[str, Any]:
    session = db.session()
    return {
        "sites": seat_queries.sites(session, engagement_id=row.id),
        "seats": seat_queries.seats(session, engagement_id=row.id),
        "refused": entries.recent(session, engagement_id=row.id),
    }


def _history(_actor: Context, row: queries.EngagementRow) -> dict[str, Any]:
    return {"history": queries.steps(db.session(), engagement_id=row.id)}


_LOADERS = {
    "overview": _overview, "grants": _grants, "leases": _leases, "people": _people, "seats": _seats, "history": _history,
}  # fmt: skip
