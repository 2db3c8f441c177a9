"""What every act on a case leaves behind: a row of its history, a line on the timeline, an entry in the trail, an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases.events import CaseOpened, CaseTransitioned
from core.cases.models import Case, CaseStep
from core.context import Context
from core.db.append import append
from core.errors import N_, Invalid
from core.events import bus
from core.plugin import State, Transition, Workflow
from core.timeline import service as timeline

NOTE_LIMIT = 4000

OPENED = N_("Case %(number)s opened: %(workflow)s")
MOVED = N_("Case %(number)s: %(step)s, now %(state)s")


def noted(text: str | None) -> str | None:
    """A note as it is kept. Raises Invalid for one that is too long."""
    note = (text or "").strip() or None
    if note is not None and len(note) > NOTE_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="note", limit=NOTE_LIMIT)
    return note


def note_step(
    session: Session,
    context: Context,
    case: Case,
    *,
    transition: str | None,
    source: str | None,
    values: Mapping[str, Any],
    note: str | None,
    at: datetime,
) -> None:
    row = {
        "case_id": case.id, "customer_id": case.customer_id, "transition": transition, "source": source,
        "target": case.state, "taken_at": at, "note": note, "values": dict(values), "party": context.party,
        "participant_id": context.participant_id, "shown_name": context.shown_name,
    }  # fmt: skip
    append(session, CaseStep, row)


def note_opening(
    session: Session,
    context: Context,
    case: Case,
    definition: Workflow,
    *,
    values: Mapping[str, Any],
    note: str | None,
    at: datetime,
) -> None:
    """The first row of its history, and the line on the timeline."""
    text = noted(note)
    note_step(session, context, case, transition=None, source=None, values=values, note=text, at=at)
    tell(session, context, case, definition, note=text, at=at)


def tell(
    session: Session,
    context: Context,
    case: Case,
    definition: Workflow,
    *,
    step: Transition | None = None,
    target: State | None = None,
    note: str | None,
    at: datetime,
) -> None:
    """On the customer's timeline."""
    tone = {"done": "ok", "failed": "warn"}.get(target.kind, "info") if target else "info"
    values: dict[str, Any] = {"number": str(case.number), "workflow": dict(definition.label)}
    if step is not None and target is not None:
        values |= {"step": dict(step.label), "state": dict(target.label)}
    timeline.tell(
        session,
        context=context,
        customer_id=case.customer_id,
        kind="case.transitioned" if step is not None else "case.opened",
        message=MOVED if step is not None else OPENED,
        values=values,
        note=note,
        tone=tone,
        icon="case",
        subject=("case", case.id),
        occurred_at=at,
    )


def announce_opening(session: Session, context: Context, case: Case, *, fields: Sequence[str]) -> None:
    details: dict[str, Any] = {"customer_id": str(case.customer_id), "workflow": case.workflow}
    if case.record_id is not None:
        details["record_id"] = str(case.record_id)
    audit.append(
        session, context=context, action="case.opened", subject=("case", case.id), fields=fields, details=details,
        customer_id=case.customer_id,
    )  # fmt: skip
    event = CaseOpened(
        context=context, subject=case.id, customer_id=case.customer_id, workflow=case.workflow, state=case.state
    )
    bus.emit(session, event)


def announce_step(
    session: Session,
    context: Context,
    case: Case,
    *,
    step: Transition,
    fields: Sequence[str],
    approved: Mapping[str, Any] | None,
) -> None:
    details = {"transition": step.key, "source": step.source, "target": step.target}
    if approved is not None:
        details["approval_id"] = str(approved["approval_id"])
    audit.append(
        session,
        context=context,
        action="case.transitioned",
        subject=("case", case.id),
        fields=fields,
        details=details,
        customer_id=case.customer_id,
    )
    event = CaseTransitioned(
        context=context,
        subject=case.id,
        fields=["state"],
        customer_id=case.customer_id,
        workflow=case.workflow,
        transition=step.key,
        source=step.source,
        target=step.target,
        closed=case.closed_at is not None,
    )
    bus.emit(session, event)
