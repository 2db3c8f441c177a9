"""Open cases and move them by the named steps of their workflow.

1. A case is pinned to the definition it was opened with, which is kept with the tenant.
2. A step asks for vertical, side, permission, guard and required fields, then for a second person where it needs one, then
   the gate. It writes the case, its clocks, one row of history, the effects, timeline, trail and event in one transaction.
3. Two people who move one case: the second has looked at an older version and is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import effects, standing, writing
from core.cases.definitions import ENDS, case_fields, initial_state, qualified, state_of, steps_from
from core.cases.models import Case
from core.cases.moves import refuse, why_not
from core.cases.pinning import pin
from core.cases.standing import Standing
from core.cases.writing import NOTE_LIMIT as NOTE_LIMIT
from core.clocks.models import Clock
from core.clocks.service import Entered, follow, next_due
from core.conditions import flatten
from core.context import Context
from core.db.append import send
from core.errors import N_, Conflict, FieldError, Invalid, NotFound
from core.fields import FieldSet, merge_attributes
from core.fields.unseen import without_echoes
from core.gate.acts import Act, decide_act
from core.gate.acts import refuse as refuse_act
from core.plugin import Timer, Transition, Workflow
from core.plugin.catalog import CatalogView

TITLE_LIMIT = 200
SEVERITIES = ("low", "normal", "high", "urgent")


class ApprovalNeeded(Conflict):
    """The step is taken once a second person has approved it: ask for that."""

    code = "approval_needed"
    default = N_("A second person must approve this step. Ask for it, and it is taken once somebody has approved.")


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

    Raises NotFound (customer or record absent or not leased, vertical off), Conflict (customer not active), Invalid and
    GateRefused.
    """
    definition = view.workflow(workflow)
    customer = standing.find_customer(session, customer_id=customer_id)
    if definition is None or customer is None:
        raise NotFound
    if customer["state"] != "active":
        raise Conflict(N_("A case is opened for an active customer only."))
    owner = workflow.partition(".")[0]
    fields = case_fields(view, vertical=owner)
    given = parsed(fields, values or {}, context, owner=owner)
    moment = at or datetime.now(UTC)
    case = Case(
        number=func.next_number("case", 1),
        customer_id=customer_id,
        record_id=record_id,
        workflow=workflow,
        workflow_version=definition.version,
        state=initial_state(definition).key,
        severity="normal",
        title=titled(title),
        engagement_id=context.engagement_id,
        opened_at=moment,
        entered_at=moment,
        attributes=merge_attributes({}, fields.changes(given)),
    )
    stand = Standing(case=case, customer=customer, definition=definition, record=_bound(session, case, definition))
    act = standing.act_of(stand, step=None, target=case.state, approved=None)
    _pass_gate(session, context=context, view=view, act=act, at=moment)
    case.workflow_revision = pin(session, context=context, workflow=workflow, definition=definition)
    session.add(case)
    session.flush()
    case.due_at = _due(session, context, view, stand, history=[Entered(case.state, moment)], at=moment)
    writing.note_opening(session, context, case, definition, values=fields.changes(given), note=note, at=moment)
    writing.announce_opening(session, context, case, fields=sorted(given))
    session.flush()
    return case


def _bound(session: Session, case: Case, definition: Workflow) -> Mapping[str, Any] | None:
    """The record the case is about. Raises Invalid where the workflow wants another, NotFound where it may not be seen."""
    wanted = definition.record_type and qualified(definition.record_type, case.workflow.partition(".")[0])
    if case.record_id is None:
        if definition.record_required:
            raise Invalid(N_("Choose the record that the case is about."), field="record_id")
        return None
    record = standing.record_of(session, record_id=case.record_id)
    if record is None:
        raise NotFound
    if wanted is not None and record["type"] != wanted:
        raise Invalid(N_("A case of this workflow is about another type of record."), field="record_id")
    if record["customer_id"] not in (None, case.customer_id):
        raise Invalid(N_("This record belongs to another customer."), field="record_id")
    return record


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that somebody may take now: where the case stands, what is given with it."""

    standing: Standing
    transition: Transition
    changes: Mapping[str, Mapping[str, Any]]

    @property
    def case(self) -> Case:
        return self.standing.case


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
    here, its guard, the vertical is off), Invalid (required fields), ApprovalNeeded and GateRefused.
    """
    stand = standing.locked(session, context=context, case_id=case_id, version=version)
    step = prepared(stand, context=context, view=view, transition=transition, values=values)
    if step.transition.approval:
        raise ApprovalNeeded
    return carry_out(session, context=context, view=view, step=step, note=note, at=at)


def prepared(
    stand: Standing, *, context: Context, view: CatalogView, transition: str, values: Mapping[str, Any] | None
) -> Step:
    """The step, if it can be taken from here by this person with these values. Raises Conflict, Denied, Invalid."""
    found = _possible(stand, context=context, view=view, transition=transition)
    fields = case_fields(view, vertical=stand.owner)
    given = parsed(fields, values or {}, context, owner=stand.owner, held=stand.case.attributes)
    changes = fields.changes(given)
    _demand(found, stand, attributes=merge_attributes(stand.case.attributes, changes))
    return Step(standing=stand, transition=found, changes=changes)


def approved_step(stand: Standing, *, context: Context, view: CatalogView, asked: Mapping[str, Any]) -> Step:
    """The step of an approved request, whose values are stored ones, if it can still be taken by whoever asked."""
    found = _possible(stand, context=context, view=view, transition=asked["transition"])
    changes: Mapping[str, Mapping[str, Any]] = asked["values"]
    _demand(found, stand, attributes=merge_attributes(stand.case.attributes, changes))
    return Step(standing=stand, transition=found, changes=changes)


def _possible(stand: Standing, *, context: Context, view: CatalogView, transition: str) -> Transition:
    case = stand.case
    found = next((each for each in steps_from(stand.definition, case.state) if each.key == transition), None)
    if found is None or case.closed_at is not None:
        raise Conflict(N_("This step does not exist from here."))
    refused = why_not(found, context=context, view=view, workflow=case.workflow, known=stand.known())
    if refused is not None:
        refuse(refused, context)
    return found


def carry_out(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    step: Step,
    note: str | None,
    at: datetime | None,
    approved: Mapping[str, Any] | None = None,
) -> Case:
    """Ask the gate and take the step. `approved` is `{"approval_id", "rules"}` where a second person has agreed."""
    stand, taken, case = step.standing, step.transition, step.case
    moment = max(at or datetime.now(UTC), case.entered_at)
    text = writing.noted(note)
    act = standing.act_of(stand, step=taken.key, target=taken.target, approved=approved, changes=step.changes)
    _pass_gate(session, context=context, view=view, act=act, at=moment)
    attributes = merge_attributes(case.attributes, step.changes)
    for effect in taken.effects:
        attributes = effects.with_field(attributes, effect, owner=stand.owner)
    clocks = _enter(session, context, view, stand, taken, attributes=attributes, at=moment)
    target = state_of(stand.definition, taken.target)
    running = effects.Running(
        session=session, context=context, view=view, case=case, target=target, record=stand.record, at=moment,
        open_case=open_case,
    )  # fmt: skip
    for effect in taken.effects:
        effects.run(running, effect)
    writing.note_step(
        session, context, case, transition=taken.key, source=taken.source, values=step.changes, note=text, at=moment
    )
    writing.tell(session, context, case, stand.definition, step=taken, target=target, note=text, at=moment)
    changed = [f"{owner}.{key}" for owner, held in step.changes.items() for key in held]
    writing.announce_step(session, context, case, step=taken, fields=changed, approved=approved)
    send(session, changed=(case, *clocks))
    return case


def _pass_gate(session: Session, *, context: Context, view: CatalogView, act: Act, at: datetime) -> None:
    """Raises GateRefused, which carries the evidence, unless every rule lets the act pass."""
    refuse_act(decide_act(session, context=context, view=view, act=act, at=at))


def _enter(
    session: Session,
    context: Context,
    view: CatalogView,
    stand: Standing,
    step: Transition,
    *,
    attributes: dict[str, Any],
    at: datetime,
) -> Sequence[Clock]:
    """The case in its new state, and its clocks. These are read first, so that the case is written once."""
    case, timers = stand.case, _timers(stand.definition, step)
    clocks: Sequence[Clock] = ()
    if timers:
        history = [*stand.history, Entered(step.target, at)]
        subject = standing.clock_subject(stand, context=context, attributes=attributes)
        clocks = follow(
            session, context=context, view=view, timers=timers, history=history, subject=subject, at=at,
            known=stand.clocks,
        )  # fmt: skip
    due = next_due(clocks)
    case.state, case.entered_at, case.attributes, case.due_at = step.target, at, attributes, due
    if state_of(stand.definition, step.target).kind in ENDS:
        case.closed_at, case.outcome, case.due_at = at, step.target, None
    return clocks


def _due(
    session: Session,
    context: Context,
    view: CatalogView,
    stand: Standing,
    *,
    history: Sequence[Entered],
    at: datetime,
) -> datetime | None:
    """Bring the clocks in line and say when the first is due."""
    timers = _timers(stand.definition)
    if not timers:
        return None
    subject = standing.clock_subject(stand, context=context, attributes=stand.case.attributes)
    found = follow(session, context=context, view=view, timers=timers, history=history, subject=subject, at=at)
    return next_due(found)


def follow_clocks(session: Session, *, context: Context, view: CatalogView, stand: Standing, at: datetime) -> None:
    """After a field of the case changed: its clocks may begin or end at another time."""
    case = stand.case
    if case.closed_at is None:
        case.due_at = _due(session, context, view, stand, history=stand.history, at=at)


def _timers(definition: Workflow, step: Transition | None = None) -> Sequence[Timer]:
    """The workflow's timers. A case that is over has no deadline left, whether its timers say so or not."""
    ends = {state.key for state in definition.states if state.kind in ENDS}
    if step is not None and any(effect.partition(":")[0] == "close" for effect in step.effects):
        ends.add(step.target)
    return [replace(timer, stops=(*timer.stops, *sorted(ends - {*timer.stops}))) for timer in definition.timers]


def _demand(step: Transition, stand: Standing, *, attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """What the step requires is there, given now or before. Raises Invalid."""
    names = [qualified(key, stand.owner) for key in step.required]
    held = flatten(attributes)
    missing = [
        FieldError(field=name, code="required", message=N_("This must be filled in."))
        for name in names
        if held.get(name) in (None, "", [])
    ]
    if missing:
        raise Invalid(errors=missing)


def parsed(
    fields: FieldSet,
    values: Mapping[str, Any],
    context: Context,
    *,
    owner: str,
    held: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Values by bare or qualified key, typed. `held` are the attributes of the case as it is.

    Raises Invalid for a wrong one, for one that is no field here, and for one that its writer sees masked.
    """
    named = {qualified(name, owner): value for name, value in values.items()}
    named = without_echoes(named, fields=fields.fields, held=fields.flat(held or {}), sight=context.sight)
    typed, errors = fields.parse(named, partial=True, zone=ZoneInfo(context.zone), currency=context.currency)
    errors += [
        FieldError(field=name, code="unknown", message=N_("There is no such field."))
        for name in sorted(named.keys() - fields.fields.keys())
    ]
    if errors:
        raise Invalid(errors=errors)
    return typed


def titled(title: str | None) -> str:
    """Without a title of its own a case is shown by its workflow's name, in each reader's language."""
    text = (title or "").strip()
    if len(text) > TITLE_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="title", limit=TITLE_LIMIT)
    return text


def veto_open_cases(session: Session, _context: Context, vertical: str) -> None:
    """A vertical with open cases stays on (wired in `app.py`). Raises Conflict."""
    count = session.scalar(
        select(func.count())
        .select_from(Case)
        .where(Case.closed_at.is_(None), Case.workflow >= f"{vertical}.", Case.workflow < f"{vertical}/")
    )
    if count:
        raise Conflict(N_("%(count)s cases of this vertical are open. Close them, then switch it off."), count=count)
