"""Cases of the last weeks, opened and moved by the case service itself, each step after a call that the gate allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.cases import service as cases
from core.cases.definitions import ENDS, case_fields, state_of, steps_from
from core.cases.models import Case
from core.cases.moves import known_of, why_not
from core.context import Context
from core.demo.crowd import Member, Stage
from core.demo.touches import Touch, play
from core.errors import DomainError
from core.plugin.processes import Transition, Workflow
from core.plugin.types import Field
from core.timeline.models import TimelineEntry

SHARES = {True: 0.55, False: 0.12}
"""How many of the leased customers have a case, by whether they agreed to be called about offers."""
STALLS = 0.2
"""How often a case waits where it is."""
SELLS, SERVES = "retention", "service"
"""What a call about a case is for. Of a complaint nobody sells anything."""


class Plan(NamedTuple):
    """A case to be: its workflow, when it is opened, and the record it is about."""

    workflow: str
    opened: datetime
    record_id: UUID | None


def chosen(stage: Stage, members: Sequence[Member]) -> dict[int, Plan]:
    """By customer number: the case it has."""
    found = {}
    for member in members:
        random = stage.random("case", member.number)
        agreed = any(status == "granted" for _, _, status, *_ in member.consents) and not member.refusals
        if random.random() < SHARES[agreed]:
            ago = timedelta(days=1 + 27 * random.random() ** 1.4)
            opened = (stage.now - ago).replace(microsecond=0)
            possible = list(_possible(stage, member))
            if possible:
                workflow, records = random.choice(possible)
                found[member.number] = Plan(workflow, opened, records.pop() if records else None)
    return found


def _possible(stage: Stage, member: Member) -> Iterator[tuple[str, list[UUID]]]:
    """Workflows of the vertical that this customer can have a case of, with the records it can be about."""
    for key, flow in stage.view.workflows.items():
        kind = f"{stage.vertical}.{flow.record_type}" if flow.record_type else ""
        records = member.records.get(kind) or stage.stock.get(kind) or []
        if key.startswith(f"{stage.vertical}.") and (records or not flow.record_required):
            yield key, records


def unfold(
    session: Session,
    stage: Stage,
    member: Member,
    *,
    plan: Plan,
    people: Sequence[Context],
    leased_until: datetime,
) -> None:
    """Open the case and take steps until one is not allowed, the customer is let wait, or it is over."""
    random = stage.random("story", member.number)
    definition = stage.view.workflows[plan.workflow]
    purpose = SERVES if definition.blocks_marketing else SELLS
    agent = random.choice(people)
    case = cases.open_case(
        session, context=agent, view=stage.view, customer_id=member.id, workflow=plan.workflow,
        record_id=plan.record_id, at=plan.opened,
    )  # fmt: skip
    session.flush()
    at = plan.opened
    while state_of(definition, case.state).kind not in ENDS and random.random() > STALLS:
        at += timedelta(hours=random.uniform(5, 60))
        step = _next(random, stage, definition, member, case, agent)
        call = Touch(
            at=_in_hours(at, stage), by=agent, direction="outbound", purpose=purpose, case_id=case.id,
            outcome="connected_right_party",
        )  # fmt: skip
        if step is None or call.at > stage.now - timedelta(hours=1):
            return
        if not play(stage, member, [call], leased_until=leased_until):
            return
        at = call.at + timedelta(minutes=random.randint(6, 12))
        try:
            with session.begin_nested():
                _take(session, stage, case, step, agent, random, at)
        except DomainError:  # what a rule refuses does not happen
            return


def _in_hours(at: datetime, stage: Stage) -> datetime:
    """The same day in the afternoon, when everybody may be called."""
    local = at.astimezone(stage.zone)
    return local.replace(hour=13 + local.hour % 6).astimezone(at.tzinfo)


def _next(
    random: Random, stage: Stage, definition: Workflow, member: Member, case: Case, agent: Context
) -> Transition | None:
    known = known_of(
        {
            "state": "active", "kind": member.person.kind, "country": stage.context.country, "grade": None,
            "attributes": member.attributes,
        },
        case,
    )  # fmt: skip
    steps = [
        step
        for step in steps_from(definition, case.state)
        if why_not(step, context=agent, view=stage.view, workflow=case.workflow, known=known) is None
    ]
    weights = [1 if state_of(definition, step.target).kind == "failed" else 4 for step in steps]
    return random.choices(steps, weights=weights)[0] if steps else None


def _take(
    session: Session, stage: Stage, case: Case, step: Transition, agent: Context, random: Random, at: datetime
) -> None:
    fields = case_fields(stage.view, vertical=stage.vertical).fields
    values = {
        key: _filled(random, fields[f"{stage.vertical}.{key}"], at.astimezone(stage.zone)) for key in step.required
    }
    cases.take_step(
        session, context=agent, view=stage.view, case_id=case.id, version=case.version, transition=step.key,
        values=values, at=at,
    )  # fmt: skip
    if step.effects:  # what an effect tells, it tells as of now; here it happened then
        session.execute(
            update(TimelineEntry)
            .where(TimelineEntry.customer_id == case.customer_id, TimelineEntry.occurred_at > stage.now)
            .values(occurred_at=at)
        )


def _filled(random: Random, field: Field, at: datetime) -> Any:
    """What somebody would have entered then, in the client's time."""
    if field.choices:
        return random.choice(list(field.choices)).key
    if field.kind in ("date", "datetime"):
        return f"{at:%Y-%m-%d}" if field.kind == "date" else f"{at:%Y-%m-%dT%H:%M}"
    return {"boolean": "yes", "integer": "1", "decimal": "1", "money": "10"}.get(field.kind, "已与客户确认")
