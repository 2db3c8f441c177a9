"""The card that a run's page shows: undo it, how far the undo is, what was left and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Row
from sqlalchemy.orm import Session

from core.context import Context
from core.jobs.models import BulkRun
from core.undo import service
from core.web.links import link_to

SHOWN = 50
PATIENCE = timedelta(seconds=5)

REASONS = {
    "changed": _l("Somebody has changed it since."),
    "used": _l("Something has been attached to it since."),
    "gone": _l("It has been removed since."),
    "clash": _l("Its place is taken by something newer."),
    "erased": _l("This customer's data were erased."),
    "held": _l("This customer is under a legal hold."),
}

TABLES: dict[str, Any] = {
    "customer": _l("Customer"), "contact": _l("Contact"), "contact_point": _l("Number or address"),
    "customer_identifier": _l("Identifier"), "consent": _l("Consent"), "do_not_contact": _l("Do not contact"),
    "record": _l("Record"), "case": _l("Case"),
}  # fmt: skip
"""What rows of a table are called; features add theirs."""


def card(session: Session, *, context: Context, run: BulkRun | Row[Any], after: int | None = None) -> Markup:
    """Empty for a kind that cannot be undone, and where there is nothing to undo. A row of a run will do."""
    state = service.state_of(session, context=context, run=run)
    if state.undo is None and not state.can:
        return Markup("")
    left = service.left_rows(session, run_id=run.id, after=after, limit=SHOWN + 1) if state.undo else []
    waiting = state.undo is not None and state.undo.state == "running" and state.undo.version <= 2
    drawn = render_template(
        "undo/_card.html",
        run=run,
        link_to=link_to,
        state=state,
        counts=service.plain(state.undo.counts) if state.undo else {},
        left=left[:SHOWN],
        after=left[SHOWN - 1].position if len(left) > SHOWN else None,
        reasons=REASONS,
        tables=TABLES,
        unattended=waiting and datetime.now(UTC) - state.undo.updated_at > PATIENCE,  # type: ignore[union-attr]
    )
    return Markup(drawn)  # noqa: S704 - a template's own output
