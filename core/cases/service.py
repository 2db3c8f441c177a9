"""Open cases and move them by the named steps of their workflow.

1. A case is pinned to the version of the workflow it was opened with; the definition is kept with the tenant.
2. A step asks for permission, side, guard and required fields; it then writes the case, one row of history, the effects,
   the timeline, the trail and the event, in one transaction.
3. Two people who move one case: the second has looked at an older version and is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases import effects
from core.cases.clocks import Entered, clocks, next_due
from core.cases.definitions import (
    ENDS,
    case_fields,
    from_document,
    initial_state,
    state_of,
    steps_from,
    to_document,
)
from core.cases.events import CaseOpened, CaseTransitioned
from core.cases.models import Case, CaseStep, WorkflowVersion
from core.cases.moves import known_of, refuse, why_not
from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.db.base import new_id
from core.errors import N_, Conflict, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.fields import FieldSet, merge_attributes
from core.gate.subject import zone_of
from core.plugin import Label, State, Transition, Workflow
from core.plugin.catalog import CatalogView
from core.timeline import service as timeline

NOTE_LIMIT = 4000
TITLE_LIMIT = 200


def open_case(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    customer_id: UUID,
    workflow: str,
    title: str | None = None,
    record_id: UUID | None = None,
    values: Mapping[str, Any] | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> Case:
    """A new case in the first state of `<vertical>.<workflow>`.

    Raises NotFound (customer absent or not leased, vertical off), Conflict (customer not active) and Invalid.
    """
    definition = view.workflow(workflow)
    customer = _customer(session, customer_id)
    if definition is None or customer is None:
        raise NotFound
    if customer["state"] != "active":
        raise Conflict(N_("A case is opened for an active customer only."))
    fields = case_fields(view, vertical=workflow.partition(".")[0])
    given = _parsed(fields, values or {}, context)
    moment = at or datetime.now(UTC)
    first = initial_state(definition)
    case = Case(
        number=func.next_number("case", 1),
        customer_id=customer_id,
        record_id=record_id,
        workflow=workflow,
        workflow_version=definition.version,
        state=first.key,
        title=_titled(title),
        engagement_id=context.engagement_id,
        opened_at=moment,
        entered_at=moment,
        attributes=merge_attributes({}, fields.changes(given)),
    )
    pinned = _pin(session, context, workflow, definition)
    case.due_at = _due(case, pinned, [Entered(first.key, moment)], customer, view=view, context=context)
    session.add(case)
    session.flush()
    _note_step(session, context, case, None, source=None, values=fields.changes(given), note=note, at=moment)
    _tell(session, context, case, pinned, words=_OPENED, note=note, at=moment)
    _announce_opening(session, context, case, fields=sorted(given))
    return case


def _announce_opening(session: Session, context: Context, case: Case, *, fields: list[str]) -> None:
    audit.append(
        session,
        context=context,
        action="case.opened",
        subject=("case", case.id),
        fields=fields,
        details={"customer_id": str(case.customer_id), "workflow": case.workflow},
    )
    bus.emit(
        session,
        CaseOpened(
            context=context, subject=case.id, customer_id=case.customer_id, workflow=case.workflow, state=case.state
        ),
    )


def take_step(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    case_id: UUID,
    version: int,
    transition: str,
    values: Mapping[str, Any] | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> Case:
    """Move a case. `version` is the one the person looked at; `values` are fields of the case by key.

    Raises NotFound, Stale (moved by somebody else meanwhile), Denied (permission, side), Conflict (no such step from
    here, its guard, the vertical is off) and Invalid (required fields).
    """
    case = session.scalar(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    )
    customer = _customer(session, case.customer_id) if case is not None else None
    if case is None or customer is None:
        raise NotFound
    if case.version != version:
        raise Stale
    definition = pinned_workflow(session, workflow=case.workflow, version=case.workflow_version)
    step = next((each for each in steps_from(definition, case.state) if each.key == transition), None)
    if step is None:
        raise Conflict(N_("This step does not exist from here."))
    refused = why_not(step, context=context, view=view, workflow=case.workflow, known=known_of(customer, case))
    if refused is not None:
        refuse(refused, context)
    fields = case_fields(view, vertical=case.workflow.partition(".")[0])
    changes = fields.changes(_required(step, fields, case, values or {}, context))
    _move(session, context, view, case, definition, step, customer, changes=changes, note=note, at=at)
    return case


def _move(
    session: Session,
    context: Context,
    view: CatalogView,
    case: Case,
    definition: Workflow,
    step: Transition,
    customer: Mapping[str, Any],
    *,
    changes: Mapping[str, Mapping[str, Any]],
    note: str | None,
    at: datetime | None,
) -> None:
    moment = max(at or datetime.now(UTC), case.entered_at)
    source, target = case.state, state_of(definition, step.target)
    case.state, case.entered_at = step.target, moment
    case.attributes = merge_attributes(case.attributes, changes)
    if target.kind in ENDS:
        case.closed_at, case.outcome = moment, step.target
    history = [*_history(session, case.id), Entered(step.target, moment)]
    case.due_at = None
    if case.closed_at is None:
        case.due_at = _due(case, definition, history, customer, view=view, context=context)
    for effect in step.effects:
        effects.run(session, context, case, effect, at=moment)
    session.flush()
    _note_step(session, context, case, step.key, source=source, values=changes, note=note, at=moment)
    _tell(session, context, case, definition, words=_MOVED, step=step.label, target=target, note=note, at=moment)
    audit.append(
        session,
        context=context,
        action="case.transitioned",
        subject=("case", case.id),
        fields=[f"{owner}.{key}" for owner, held in changes.items() for key in held],
        details={"transition": step.key, "source": source, "target": step.target},
    )
    event = CaseTransitioned(
        context=context,
        subject=case.id,
        fields=["state"],
        customer_id=case.customer_id,
        workflow=case.workflow,
        transition=step.key,
        source=source,
        target=step.target,
        closed=case.closed_at is not None,
    )
    bus.emit(session, event)


def _required(
    step: Transition, fields: FieldSet, case: Case, values: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """The given values, typed; what the step requires is there, given now or before. Raises Invalid."""
    owner = case.workflow.partition(".")[0]
    given = _parsed(fields, values, context)
    held = {**fields.flat(case.attributes), **given}
    missing = [
        FieldError(field=f"{owner}.{key}", code="required", message=N_("This must be filled in."))
        for key in step.required
        if held.get(f"{owner}.{key}") in (None, "", (), [])
    ]
    if missing:
        raise Invalid(errors=missing)
    return given


def _parsed(fields: FieldSet, values: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Values by bare or qualified key, typed. Raises Invalid for a wrong one and for one that is no field here."""
    owner = next(iter(fields.fields), "").partition(".")[0]
    named = {name if "." in name else f"{owner}.{name}": value for name, value in values.items()}
    typed, errors = fields.parse(named, partial=True, zone=ZoneInfo(context.zone), currency=context.currency)
    errors += [
        FieldError(field=name, code="unknown", message=N_("There is no such field."))
        for name in sorted(named.keys() - fields.fields.keys())
    ]
    if errors:
        raise Invalid(errors=errors)
    return typed


def _titled(title: str | None) -> str:
    """Without a title of its own a case is shown by its workflow's name, in each reader's language."""
    text = (title or "").strip()
    if len(text) > TITLE_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="title", limit=TITLE_LIMIT)
    return text


def _customer(session: Session, customer_id: UUID) -> Mapping[str, Any] | None:
    row = session.execute(
        select(
            Customer.state, Customer.kind, Customer.country, Customer.grade, Customer.time_zone, Customer.attributes
        ).where(Customer.id == customer_id)
    ).one_or_none()
    return dict(row._mapping) if row is not None else None


def _pin(session: Session, context: Context, workflow: str, definition: Workflow) -> Workflow:
    """Keep this version's definition with the tenant; the first that was kept under a version stands."""
    values = {
        "tenant_id": context.tenant_id,
        "id": new_id(),
        "workflow": workflow,
        "workflow_version": definition.version,
        "definition": to_document(definition),
        "created_by": context.participant_id,
    }
    kept = insert(WorkflowVersion).values(values).on_conflict_do_nothing()
    session.execute(kept.execution_options(**scope.RLS_ONLY))
    return pinned_workflow(session, workflow=workflow, version=definition.version)


def pinned_workflow(session: Session, *, workflow: str, version: int) -> Workflow:
    """The definition that cases of this version follow. Raises NotFound."""
    document = session.scalar(
        select(WorkflowVersion.definition).where(
            WorkflowVersion.workflow == workflow, WorkflowVersion.workflow_version == version
        )
    )
    if document is None:
        raise NotFound
    return from_document(document)


def _history(session: Session, case_id: UUID) -> list[Entered]:
    rows = session.execute(
        select(CaseStep.target, CaseStep.taken_at)
        .where(CaseStep.case_id == case_id)
        .order_by(CaseStep.taken_at, CaseStep.id)
    )
    return [Entered(row.target, row.taken_at) for row in rows]


def _due(
    case: Case,
    definition: Workflow,
    history: list[Entered],
    customer: Mapping[str, Any],
    *,
    view: CatalogView,
    context: Context,
) -> datetime | None:
    running = clocks(
        definition,
        history,
        view=view,
        vertical=case.workflow.partition(".")[0],
        jurisdictions=(customer["country"], context.country),
        zone=zone_of(customer["time_zone"] or context.zone),
    )
    return next_due(running)


def _note_step(
    session: Session,
    context: Context,
    case: Case,
    transition: str | None,
    *,
    source: str | None,
    values: Mapping[str, Any],
    note: str | None,
    at: datetime,
) -> None:
    text = (note or "").strip() or None
    if text is not None and len(text) > NOTE_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="note", limit=NOTE_LIMIT)
    step = CaseStep(
        case_id=case.id,
        customer_id=case.customer_id,
        transition=transition,
        source=source,
        target=case.state,
        taken_at=at,
        note=text,
        values=dict(values),
        party=context.party,
        participant_id=context.participant_id,
        shown_name=context.shown_name,
    )
    session.add(step)


_OPENED = N_("Case %(number)s opened: %(workflow)s")
_MOVED = N_("Case %(number)s: %(step)s, now %(state)s")


def _tell(
    session: Session,
    context: Context,
    case: Case,
    definition: Workflow,
    *,
    words: str,
    step: Label | None = None,
    target: State | None = None,
    note: str | None,
    at: datetime,
) -> None:
    tone = {"done": "ok", "failed": "warn"}.get(target.kind, "info") if target else "info"
    values = {"number": str(case.number), "workflow": dict(definition.label)}
    if step is not None and target is not None:
        values |= {"step": dict(step), "state": dict(target.label)}
    timeline.tell(
        session,
        context=context,
        customer_id=case.customer_id,
        kind="case.transitioned" if step is not None else "case.opened",
        message=words,
        values=values,
        note=(note or "").strip() or None,
        tone=tone,
        icon="case",
        subject=("case", case.id),
        occurred_at=at,
    )


def veto_open_cases(session: Session, _context: Context, vertical: str) -> None:
    """A vertical with open cases stays on (wired in `app.py`). Raises Conflict."""
    count = session.scalar(
        select(func.count())
        .select_from(Case)
        .where(Case.closed_at.is_(None), Case.workflow >= f"{vertical}.", Case.workflow < f"{vertical}/")
    )
    if count:
        raise Conflict(N_("%(count)s cases of this vertical are open. Close them, then switch it off."), count=count)
