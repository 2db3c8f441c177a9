"""Where a case stands and all that is known of it: what guards, rules, clocks and effects of a step look at.

One statement locks the case and reads its customer, the digest of its definition, its history and its clocks; a case that is
about a record reads that record with those it belongs to, one statement each. Nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from core.cases.definitions import guard_values
from core.cases.models import Case, CaseStep, WorkflowVersion
from core.cases.pinning import definition_of
from core.clocks.models import Clock
from core.clocks.service import ClockSubject, Entered
from core.context import Context
from core.customers.models import Customer
from core.db.reading import Objects, columns_of
from core.engagements.queries import live_lease
from core.errors import NotFound, Stale
from core.fields import merge_attributes
from core.gate.acts import Act
from core.gate.subject import zone_of
from core.plugin import Workflow
from core.records.models import Record

GENERATIONS = 5
"""Records above a case's own that rules may look at: a unit, its building, its project."""

CUSTOMER = (
    Customer.state.label("customer_state"), Customer.kind, Customer.country, Customer.grade, Customer.time_zone,
    Customer.attributes.label("customer_attributes"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A case with its customer (`state`, `kind`, `country`, `grade`, `time_zone`, `attributes`), definition and record.

    One that was locked has its history and its clocks too.
    """

    case: Case
    customer: Mapping[str, Any]
    definition: Workflow
    record: Mapping[str, Any] | None = field(default=None)
    history: Sequence[Entered] = ()
    clocks: Sequence[Clock] | None = None

    @property
    def owner(self) -> str:
        """The vertical."""
        return self.case.workflow.partition(".")[0]

    def known(self) -> dict[str, Any]:
        """What guards are asked on."""
        case = self.case
        held = {"attributes": case.attributes, "state": case.state, "severity": case.severity}
        return guard_values(self.customer, held)


def visible(context: Context) -> Sequence[Any]:
    """Conditions a case meets for somebody to see it. The database asks the same of its own roles."""
    if context.party != "provider":
        return ()
    return _visible_to(context.engagement_id)


def _visible_to(engagement_id: Any) -> Sequence[Any]:
    own = or_(Case.engagement_id.is_(None), Case.engagement_id == engagement_id)
    return (live_lease(Case.customer_id, engagement_id=engagement_id), own)


def locked(session: Session, *, context: Context, case_id: UUID, version: int | None = None) -> Standing:
    """The case, locked until the transaction ends. Raises NotFound, and Stale where it is not at `version` any more."""
    provider = context.party == "provider"
    values = {"engagement": context.engagement_id} if provider else {}
    with_case = _locking(provider)
    found = with_case.load(session, case=case_id, **values)
    if not found:
        session.execute(_WAITED.where(Case.id == case_id))
        found = with_case.load(session, case=case_id, **values)
    if not found:
        raise NotFound
    case, others, _ = found[0]
    if version is not None and case.version != version:
        raise Stale
    row = SimpleNamespace(Case=case, **dict(zip(with_case.others, others, strict=True)))
    record = record_of(session, record_id=case.record_id) if case.record_id is not None else None
    entered = zip(row.states or (), row.times or (), strict=True)
    clocks = [clock for _, _, clock in found if clock is not None]
    return replace(_standing(session, row, record, [Entered(state, at) for state, at in entered]), clocks=clocks)


def many(session: Session, *, context: Context, case_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Cases to look at, without a lock and without their records. Those that may not be seen are not there."""
    rows = session.execute(
        _STANDING.where(Case.id.in_(case_ids), *visible(context)).execution_options(populate_existing=True)
    )
    return {row.Case.id: _standing(session, row, None) for row in rows}


VERSION = (WorkflowVersion.id.label("version_id"), WorkflowVersion.digest)


def _joined(statement: Select[Any]) -> Select[Any]:
    pinned = and_(
        WorkflowVersion.workflow == Case.workflow,
        WorkflowVersion.workflow_version == Case.workflow_version,
        WorkflowVersion.revision == Case.workflow_revision,
    )
    return statement.join(Customer, Customer.id == Case.customer_id).join(WorkflowVersion, pinned)


_STANDING = _joined(select(Case, *CUSTOMER, *VERSION))


_HISTORY = (
    select(
        func.array_agg(aggregate_order_by(CaseStep.target, CaseStep.taken_at, CaseStep.id)).label("states"),
        func.array_agg(aggregate_order_by(CaseStep.taken_at, CaseStep.taken_at, CaseStep.id)).label("times"),
    )
    .where(CaseStep.case_id == Case.id)
    .correlate(Case)
    .lateral("history")
)


@cache
def _locking(provider: bool) -> Objects[Case]:
    """The case, locked, with the states it has been in: one statement tells everything a step needs to know of it.

    A row for each of its clocks, the oldest first.
    """
    clock = [column.label(f"clock_{column.key}") for column in columns_of(Clock)]
    statement = _joined(select(*columns_of(Case), *CUSTOMER, *VERSION, _HISTORY.c.states, _HISTORY.c.times, *clock))
    visible = _visible_to(bindparam("engagement")) if provider else ()
    statement = statement.join(_HISTORY, true()).where(Case.id == bindparam("case"), *visible)
    statement = statement.outerjoin(Clock, and_(Clock.case_id == Case.id, Clock.owner == Case.workflow))
    ordered = statement.order_by(Clock.started_at, Clock.id)
    return Objects(Case, ordered.with_for_update(of=Case, skip_locked=True), beside=Clock)


_WAITED = select(Case.id).with_for_update()
"""For a case that somebody holds: a statement that waits tells of the clocks what they were when it began to wait."""


def _standing(
    session: Session, row: Any, record: Mapping[str, Any] | None, history: Sequence[Entered] = ()
) -> Standing:
    definition = definition_of(session, version_id=row.version_id, digest=row.digest)
    return Standing(case=row.Case, customer=customer_of(row), definition=definition, record=record, history=history)


def customer_of(row: Any) -> dict[str, Any]:
    """The customer's part of a row that was selected with `CUSTOMER`."""
    return {
        "state": row.customer_state,
        "kind": row.kind,
        "country": row.country,
        "grade": row.grade,
        "time_zone": row.time_zone,
        "attributes": row.customer_attributes,
    }


def find_customer(session: Session, *, customer_id: UUID) -> dict[str, Any] | None:
    row = session.execute(select(*CUSTOMER).where(Customer.id == customer_id)).one_or_none()
    return customer_of(row) if row is not None else None


def record_of(session: Session, *, record_id: UUID) -> dict[str, Any] | None:
    """A record as rules see it, with `parents`, the nearest first. None where it may not be seen."""
    found: list[dict[str, Any]] = []
    following: UUID | None = record_id
    while following is not None and len(found) <= GENERATIONS:
        row = session.execute(
            select(
                Record.id, Record.type, Record.state, Record.attributes, Record.amount_minor, Record.currency,
                Record.occurred_at, Record.ends_at, Record.customer_id, Record.version, Record.parent_id,
            ).where(Record.id == following)
        ).one_or_none()  # fmt: skip
        if row is None or any(row.id == each["id"] for each in found):
            break
        found.append({name: value for name, value in row._mapping.items() if name != "parent_id"} | {"parents": ()})
        following = row.parent_id
    return {**found[0], "parents": tuple(found[1:])} if found else None


def act_of(
    standing: Standing,
    *,
    step: str | None,
    target: str,
    approved: Mapping[str, Any] | None,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Act:
    """What the gate is asked about; `step` is None on opening. `changes` are given with the step: rules look at them too."""
    case = standing.case
    return Act(
        action="case_step",
        on=case.workflow,
        step=step,
        customer_id=case.customer_id,
        case={
            "id": case.id,
            "state": case.state,
            "target": target,
            "severity": case.severity,
            "attributes": merge_attributes(case.attributes, changes or {}),
        },
        record=standing.record,
        approved=approved,
    )


def clock_subject(standing: Standing, *, context: Context, attributes: Mapping[str, Mapping[str, Any]]) -> ClockSubject:
    """Whom the case's clocks are about; `attributes` as they will be."""
    case, customer = standing.case, standing.customer
    return ClockSubject(
        owner=case.workflow,
        case_id=case.id,
        record_id=None,
        customer_id=case.customer_id,
        country=customer["country"] or context.country,
        zone=zone_of(customer["time_zone"] or context.zone),
        values={key: value for held in ("own", standing.owner) for key, value in attributes.get(held, {}).items()},
        readings={},
    )
