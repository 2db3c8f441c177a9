"""One act on many cases: choose them, try it on each, see what would happen, then do it slice by slice.

1. `choose` keeps which cases are meant: those that were ticked, or all that a filter finds, up to `LIMIT`.
2. `try_out` asks for each whether the act is possible; nothing is changed. A small choice is tried at once.
3. `start` does it: each case in a savepoint of its own, with the checks, history, trail and gate that one alone would have.
   A case that somebody changed since the trial is left alone. Assigning and severity can be undone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases import details, policy, service, standing
from core.cases.events import CasesChanged
from core.cases.models import Case, CaseBulkRow
from core.cases.queries import CaseFilters, conditions, filtered_count
from core.cases.standing import Standing
from core.context import Context
from core.db import reach, scope
from core.errors import N_, Conflict, Denied, DomainError, Invalid, NotFound, Stale
from core.events import bus
from core.gate.acts import GateRefused
from core.identity.directory import colleagues, context_of
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.notify import service as notify
from core.plugin.catalog import CatalogView
from core.tenants.queries import filled_context

KIND = "cases.change"
LIMIT = 20_000
BATCH = 100
AT_ONCE = 0.6
"""Seconds a trial may take while somebody waits for the page."""

UNDONE = ("assign", "severity")
NO_COUNTS = {"possible": 0, "refused": 0, "done": 0}
YOURS = N_("%(count)s cases are yours now")

ViewOf = Callable[[Session, Context], CatalogView]
Act = Mapping[str, Any]
"""`{"kind": "assign", "assignee_id"}`, `{"kind": "severity", "severity"}`, `{"kind": "step", "workflow", "transition", "values",
"note"}` or `{"kind": "undo", "run_id"}`; ids are text."""


def choose(
    session: Session, *, context: Context, case_ids: Sequence[UUID] = (), filters: CaseFilters | None = None
) -> BulkRun:
    """A run over the cases that were ticked, or that a filter finds. Raises Denied and Invalid."""
    _allowed(context)
    if filters is None:
        if not case_ids:
            raise Invalid(N_("Choose at least one case."), field="case_ids")
        filters = CaseFilters(open=None)
    wanted = [*conditions(context, filters), *([Case.id.in_(case_ids)] if case_ids else [])]
    within = reach.condition(Case, context.reach, context.party)
    wanted += [within] if within is not None else []
    found = filtered_count(session, context=context, filters=filters, cap=LIMIT) if not case_ids else len(case_ids)
    if found > LIMIT:
        raise Invalid(N_("These are more than %(limit)s cases. Narrow the filter."), limit=LIMIT)
    run = jobs.create_run(
        session,
        kind=KIND,
        settings={"phase": "draft", "act": None, "within": sorted(context.permissions)},
        engagement_id=context.engagement_id,
    )
    place = func.row_number().over(order_by=(Case.opened_at.desc(), Case.id.desc()))
    chosen = select(*_stamp(context, run), place, Case.id, Case.customer_id, literal("waiting")).where(*wanted)
    run.total = _insert(session, run, chosen)
    run.counts = dict(NO_COUNTS)
    if not run.total:
        raise Invalid(N_("No case meets these conditions."))
    session.flush()
    return run


def _stamp(context: Context, run: BulkRun) -> list[Any]:
    ids = {"tenant_id": context.tenant_id, "run_id": run.id, "engagement_id": context.engagement_id}
    return [literal(value, type_=CaseBulkRow.__table__.c[name].type) for name, value in ids.items()]


def _insert(session: Session, run: BulkRun, chosen: Any) -> int:
    """The rows of a run, and how many there are. Ids are the database's, since nobody points to them."""
    columns = ["tenant_id", "run_id", "engagement_id", "position", "case_id", "customer_id", "outcome", "id"]
    made = insert(CaseBulkRow).from_select(columns, chosen.add_columns(func.gen_random_uuid()), include_defaults=False)
    session.execute(made.execution_options(**scope.RLS_ONLY))
    return session.scalar(select(func.count()).select_from(CaseBulkRow).where(CaseBulkRow.run_id == run.id)) or 0


def _allowed(context: Context) -> None:
    if not context.may(policy.ASSIGN):
        raise Denied(N_("Your role does not include acting on many cases at once."))


def found_run(session: Session, *, context: Context, run_id: UUID, version: int | None = None) -> BulkRun:
    """A run over cases, locked. Raises NotFound, Denied, and Stale where it is not at `version` any more."""
    run = jobs.locked_run(session, run_id=run_id)
    if run.kind != KIND or run.engagement_id != context.engagement_id:
        raise NotFound
    _allowed(context)
    if version is not None and run.version != version:
        raise Stale
    return run


def try_out(session: Session, *, context: Context, view: CatalogView, run: BulkRun, act: Act) -> bool:
    """Ask of each case whether the act is possible. Whether that is done; otherwise whoever calls sets the run going.

    Raises Conflict for a run that has begun, and Invalid for an act that is none.
    """
    if run.state != "waiting" or run.settings["phase"] not in ("draft", "checked"):
        raise Conflict(N_("This has already been started."))
    _check_act(session, context, view, act)
    run.settings = {**run.settings, "phase": "checking", "act": dict(act)}
    _narrow(run, context)
    run.cursor, run.counts = 0, dict(NO_COUNTS)
    more = _Work(session, context=context, view=view, run=run).try_rows(until=time.monotonic() + AT_ONCE)
    if not more:
        run.settings = {**run.settings, "phase": "checked"}
    session.flush()
    return not more


def _check_act(session: Session, context: Context, view: CatalogView, act: Act) -> None:
    kind = act.get("kind")
    if kind == "severity" and act["severity"] in service.SEVERITIES:
        return
    if kind == "assign":
        person = act["assignee_id"]
        able = {str(row.id) for row in colleagues(session, context=context, permission=policy.TRANSITION)}
        if person is None or person in able:
            return
        raise Invalid(N_("Choose a person of your own side who works on cases."), field="assignee_id")
    flow = view.workflow(act["workflow"]) if kind == "step" else None
    if flow is not None and any(step.key == act["transition"] for step in flow.transitions):
        return
    raise Invalid(N_("Choose what is to be done."), field="act")


def _narrow(run: BulkRun, context: Context) -> None:
    """A run does no more than each who had a hand in it may do now: a token's scopes hold in its jobs too."""
    run.settings = {**run.settings, "within": sorted(context.permissions.intersection(run.settings["within"]))}


def start(session: Session, *, context: Context, run: BulkRun) -> None:
    """Let a run that was tried do its act. Whoever calls sets it going. Raises Conflict."""
    if run.state != "waiting" or run.settings["phase"] != "checked":
        raise Conflict(N_("This has already been started."))
    run.settings = {**run.settings, "phase": "changing"}
    _narrow(run, context)
    run.cursor = 0
    session.flush()


def undo(session: Session, *, context: Context, run: BulkRun) -> BulkRun:
    """A run that brings back what a run of assignments or severities changed. Whoever calls sets it going. Raises Conflict."""
    act = run.settings["act"] or {"kind": ""}
    if run.state != "done" or act["kind"] not in UNDONE or run.settings.get("undone_by"):
        raise Conflict(N_("This cannot be undone, or has been."))
    settings = {
        "phase": "changing",
        "act": {"kind": "undo", "run_id": str(run.id), "of": act["kind"]},
        "within": sorted(context.permissions),
    }
    back = jobs.create_run(session, kind=KIND, settings=settings, engagement_id=context.engagement_id)
    columns = (CaseBulkRow.position, CaseBulkRow.case_id, CaseBulkRow.customer_id, literal("possible"))
    done = select(*_stamp(context, back), *columns).where(CaseBulkRow.run_id == run.id, CaseBulkRow.outcome == "done")
    back.total = _insert(session, back, done)
    back.counts = dict(NO_COUNTS)
    run.settings = {**run.settings, "undone_by": str(back.id)}
    audit.append(
        session,
        context=context,
        action="cases.change_undone",
        subject=("bulk_run", run.id),
        details={"run_id": str(back.id)},
    )
    session.flush()
    return back


class Changer:
    """The slices of runs, as the job queue calls them. `view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        full = filled_context(session, context=context)
        person = context_of(session, context=full, participant_id=run.created_by)
        if person is None:
            raise Denied(N_("The person who began this no longer works here."))
        person = replace(person, permissions=person.permissions.intersection(run.settings["within"]))
        work = _Work(session, context=person, view=self._view_of(session, person), run=run)
        if run.settings["phase"] == "checking":
            more = work.try_rows(until=until)
            if not more:
                run.settings = {**run.settings, "phase": "checked"}
                run.state = "waiting"
            return more
        more = work.change_rows(until=until)
        if not more:
            work.finish()
        return more


class _Work:
    """Rows of one run, in the name of one person."""

    def __init__(self, session: Session, *, context: Context, view: CatalogView, run: BulkRun) -> None:
        self._session, self._context, self._view, self._run = session, context, view, run
        self._act: Act = run.settings["act"]
        self._able = {row.id for row in colleagues(session, context=context, permission=policy.TRANSITION)}

    def try_rows(self, *, until: float) -> bool:
        """Whether more is left."""
        while rows := self._next():
            found = standing.many(self._session, context=self._context, case_ids=[row.case_id for row in rows])
            for row in rows:
                self._try(row, found.get(row.case_id))
            self._count(rows)
            if time.monotonic() >= until:
                return len(rows) == BATCH
        return False

    def _try(self, row: CaseBulkRow, stand: Standing | None) -> None:
        row.problem, row.case_version = None, stand.case.version if stand is not None else None
        try:
            if stand is None:
                raise NotFound
            self._ask(stand)
            row.outcome = "possible"
        except DomainError as error:
            row.outcome, row.problem = "refused", told(error)

    def _ask(self, stand: Standing) -> None:
        """Raises why the act is not possible on a case. The gate is asked when it is done."""
        act, case = self._act, stand.case
        if act["kind"] == "assign":
            details.check_assignment(self._context, case, assignee_id=_id(act["assignee_id"]), able=self._able)
        elif act["kind"] == "severity":
            details.check_change(case, self._context)
        else:
            step = self._prepared(stand)
            if step.transition.approval:
                raise service.ApprovalNeeded

    def _prepared(self, stand: Standing) -> service.Step:
        act = self._act
        if stand.case.workflow != act["workflow"]:
            raise Conflict(N_("This case follows another workflow."))
        return service.prepared(
            stand, context=self._context, view=self._view, transition=act["transition"], values=act["values"]
        )

    def change_rows(self, *, until: float) -> bool:
        """Whether more is left."""
        while rows := self._next():
            for number, row in enumerate(rows):
                if row.outcome == "possible":
                    self._change(row)
                if time.monotonic() >= until:
                    self._count(rows[: number + 1])
                    return True
            self._count(rows)
        return False

    def _change(self, row: CaseBulkRow) -> None:
        session = self._session
        try:
            with session.begin_nested():
                row.before, row.case_version = self._do(row)
            row.outcome, row.problem = "done", None
        except DomainError as error:
            if error.evidence is not None:  # the gate's decision was undone with the act
                error.evidence(session)
            row.outcome, row.problem = "refused", told(error)

    def _do(self, row: CaseBulkRow) -> tuple[dict[str, Any] | None, int]:
        """What was there before, and the version of the case after. Raises why not."""
        session, act = self._session, self._act
        if act["kind"] == "undo":
            return self._bring_back(row)
        stand = standing.locked(session, context=self._context, case_id=row.case_id, version=row.case_version)
        case = stand.case
        if act["kind"] == "assign":
            before: dict[str, Any] | None = {"assignee_id": str(case.assignee_id) if case.assignee_id else None}
            details.assign_locked(
                session,
                context=self._context,
                case=case,
                assignee_id=_id(act["assignee_id"]),
                able=self._able,
                alone=False,
            )
        elif act["kind"] == "severity":
            before = {"severity": case.severity}
            details.set_severity(session, context=self._context, case=case, severity=act["severity"], alone=False)
        else:
            before, step = None, self._prepared(stand)
            if step.transition.approval:
                raise service.ApprovalNeeded
            service.carry_out(session, context=self._context, view=self._view, step=step, note=act["note"], at=None)
        return before, case.version

    def _bring_back(self, row: CaseBulkRow) -> tuple[None, int]:
        session = self._session
        then = session.execute(
            select(CaseBulkRow.before, CaseBulkRow.case_version).where(
                CaseBulkRow.run_id == UUID(self._act["run_id"]), CaseBulkRow.case_id == row.case_id
            )
        ).one()
        case = standing.locked(session, context=self._context, case_id=row.case_id, version=then.case_version).case
        if "severity" in then.before:
            severity = then.before["severity"]
            details.set_severity(session, context=self._context, case=case, severity=severity, alone=False)
        else:
            person = _id(then.before["assignee_id"])
            details.assign_locked(
                session, context=self._context, case=case, assignee_id=person, able=self._able, alone=False
            )
        return None, case.version

    def finish(self) -> None:
        """The run as a whole: in the trail, told once, and to whom the cases were given."""
        run, session = self._run, self._session
        run.state, run.finished_at = "done", datetime.now(UTC)
        kind = self._act["kind"]
        audit.append(
            session, context=self._context, action="cases.changed", subject=("bulk_run", run.id),
            details={"act": kind, **run.counts},
        )  # fmt: skip
        bus.emit(session, CasesChanged(context=self._context, subject=run.id, act=kind, counts=dict(run.counts)))
        person = _id(self._act.get("assignee_id"))
        if person not in (None, self._context.participant_id) and run.counts["done"]:
            notify.tell(
                session, context=self._context, kind="case.assigned", message=YOURS,
                values={"count": run.counts["done"]}, subject=("bulk_run", run.id), cause=f"bulk_run:{run.id}",
                participants=[person] if person is not None else [],
            )  # fmt: skip

    def _next(self) -> Sequence[CaseBulkRow]:
        wanted = select(CaseBulkRow).where(CaseBulkRow.run_id == self._run.id, CaseBulkRow.position > self._run.cursor)
        return self._session.scalars(wanted.order_by(CaseBulkRow.position).limit(BATCH)).all()

    def _count(self, rows: Sequence[CaseBulkRow]) -> None:
        if not rows:
            return
        counts = dict(self._run.counts)
        if self._run.settings["phase"] == "checking":
            for row in rows:
                counts[row.outcome] += 1
        else:
            counts["done"] += sum(row.outcome == "done" for row in rows)
        self._run.cursor, self._run.counts = rows[-1].position, counts


def told(error: DomainError) -> dict[str, Any]:
    """An error as a row keeps it: of several wrong fields the first."""
    first = error.errors[0] if error.errors else None
    message, params = (first.message, first.params) if first is not None else (error.message, error.params)
    kept: dict[str, Any] = {name: value if isinstance(value, int) else str(value) for name, value in params.items()}
    if isinstance(error, GateRefused):
        kept["reason"] = dict(error.reasons[0]["text"])
    return {"message": message, "params": kept, "field": first.field if first is not None else error.field}


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
