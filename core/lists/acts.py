"""One act on many rows of a list: choose them, see what it would do to each, do it slice by slice, take it back.

1. A feature registers what its rows are and the acts they know (`TARGETS`). 2. `choose` keeps which rows are meant: those ticked,
or all that the list's conditions find, as far as the person sees and reaches. 3. `try_out` asks of each row whether the act is
possible; nothing changes. 4. `start` does it in one run: a row that somebody changed since the trial is left alone, images of
the others are kept first (`core.undo`), so that the whole can be taken back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, func, insert, literal, select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.audit import service as audit
from core.context import Context
from core.db import reach, scope
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.events.bus import Event
from core.identity.directory import context_of
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.pace import Pace
from core.lists.models import ListRow
from core.lists.places import place_of
from core.plugin.catalog import CatalogView
from core.tenants.queries import filled_context
from core.undo import service as undo
from core.web.forms import Control

KIND = "lists.change"
LIMIT = 50_000
BATCH = 500
AT_ONCE = 0.6
"""Seconds a trial may take while somebody waits for the page."""

NO_COUNTS = {"possible": 0, "same": 0, "refused": 0, "done": 0}
OVERTAKEN = {"message": N_("Somebody changed it since it was looked at."), "params": {}}
GONE = {"message": N_("It is not there any more."), "params": {}}

ViewOf = Callable[[Session, Context], CatalogView]
Asked = Mapping[str, Any]
Problem = Mapping[str, Any]
"""A message in English and its params: why a row was refused."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an act would do to one row. `outcome`: possible, same (there is nothing to do) or refused, with the `problem`."""

    version: int
    outcome: str
    problem: Problem | None = None


def refused(version: int, message: str, **params: Any) -> Verdict:
    return Verdict(version=version, outcome="refused", problem={"message": message, "params": params})


class Act(Protocol):
    """One kind of act. What it is asked for is JSON: it lies in the run's settings."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> Any: ...

    @property
    def permission(self) -> str: ...

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        """Its form."""

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What is asked for, from what a form or program sent. Raises Invalid, Denied, Conflict."""

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        """In the reader's words."""

    def judged(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, ids: Sequence[UUID]
    ) -> Mapping[UUID, Verdict]:
        """Of those rows that are there for the person."""

    def done(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, run: BulkRun, ids: Sequence[UUID]
    ) -> Mapping[UUID, Problem] | None:
        """Do it to rows that are locked and as they were judged: images first, then the change, the trail and the story.

        Answers with those on which it turned out not to be possible, and why.
        """


@dataclass(frozen=True, kw_only=True)
class Target:
    """Rows of one kind. `told` makes the event that is emitted once for the whole run.

    `found` is the condition that a list's arguments ask, `among` what all its rows meet: ticked ones too.
    """

    key: str
    model: Any
    permission: str
    row_endpoint: str
    row_argument: str
    told: Callable[[Context, UUID, str, Mapping[str, int]], Event]
    found: Callable[[Session, Context, CatalogView, MultiDict[str, str]], Sequence[ColumnElement[bool]]]
    among: Sequence[ColumnElement[bool]] = ()
    acts: dict[str, Act] = field(default_factory=dict)

    def of(self, context: Context) -> list[Act]:
        """The acts a person may do."""
        return [each for each in self.acts.values() if context.may(each.permission)]


TARGETS: dict[str, Callable[[str], Target]] = {}
"""By the part of a list's name before its colon, made of what stands behind it; set at boot."""

_MARK = text(
    "UPDATE list_row l SET outcome = r.outcome, problem = nullif(r.problem, 'null'::jsonb), row_version = r.row_version,"
    " updated_at = now(), version = l.version + 1"
    " FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r (position bigint, outcome text, problem jsonb, row_version integer)"
    " WHERE l.tenant_id = :tenant AND l.run_id = :run AND l.position = r.position"
).execution_options(**scope.RLS_ONLY)


def choose(
    session: Session, *, context: Context, target: str, ids: Sequence[UUID] = (),
    where: Sequence[ColumnElement[bool]] | None = None,
) -> BulkRun:  # fmt: skip
    """A run over the rows that were ticked, or that conditions find. Raises Denied and Invalid."""
    of = target_named(target)
    if context.party == "provider" or not context.may(of.permission):
        raise Denied(N_("Your role does not include acting on many at once."))
    if where is None and not ids:
        raise Invalid(N_("Choose at least one row."), field="row_id")
    wanted = [
        of.model.tenant_id == context.tenant_id,
        *of.among,
        *(where or ()),
        *([of.model.id.in_(ids)] if ids else []),
    ]
    within = reach.condition(of.model, context.reach, context.party)
    wanted += [within] if within is not None else []
    settings = {"target": target, "phase": "draft", "act": None, "asked": None, "within": sorted(context.permissions)}
    run = jobs.create_run(session, kind=KIND, settings=settings)
    run.counts = dict(NO_COUNTS)
    run.total = _kept(session, context, run, of, wanted)
    if run.total > LIMIT:
        raise Invalid(N_("These are more than %(limit)s rows. Narrow the filter."), limit=LIMIT)
    if not run.total:
        raise Invalid(N_("Nothing meets these conditions."))
    session.flush()
    return run


def _kept(session: Session, context: Context, run: BulkRun, of: Target, wanted: Sequence[ColumnElement[bool]]) -> int:
    """The rows of a run, one more than the limit at most. Ids are the database's: nobody points to them."""
    types, model = ListRow.__table__.c, of.model
    customer = model.id if model.__tablename__ == "customer" else model.customer_id
    chosen = (
        select(
            literal(context.tenant_id, type_=types.tenant_id.type), func.gen_random_uuid(),
            literal(run.id, type_=types.run_id.type), func.row_number().over(order_by=model.id), model.id, customer,
            model.version, literal("waiting"),
        ).where(*wanted).limit(LIMIT + 1)
    )  # fmt: skip
    columns = ["tenant_id", "id", "run_id", "position", "row_id", "customer_id", "row_version", "outcome"]
    made = insert(ListRow).from_select(columns, chosen, include_defaults=False)
    session.execute(made.execution_options(**scope.RLS_ONLY))
    return session.scalar(select(func.count()).select_from(ListRow).where(ListRow.run_id == run.id)) or 0


def found_run(session: Session, *, context: Context, run_id: UUID, version: int | None = None) -> BulkRun:
    """A run, locked. Raises NotFound, Denied, and Stale where it is not at `version` any more."""
    run = jobs.locked_run(session, run_id=run_id)
    if run.kind != KIND or context.party == "provider":
        raise NotFound
    if not context.may(target_of(run).permission):
        raise Denied(N_("Your role does not include acting on many at once."))
    if version is not None and run.version != version:
        raise Stale
    return run


def target_named(name: str) -> Target:
    """Raises NotFound for rows on which nobody acts."""
    kind, _colon, rest = name.partition(":")
    if kind not in TARGETS:
        raise NotFound
    return TARGETS[kind](rest)


def target_of(run: BulkRun) -> Target:
    return target_named(run.settings["target"])


def act_of(run: BulkRun) -> Act:
    """The act that was asked for. Raises Conflict where its feature does not know it any more."""
    found = target_of(run).acts.get(run.settings["act"] or "")
    if found is None:
        raise Conflict(N_("Choose what is to be done."))
    return found


def try_out(
    session: Session, *, context: Context, view: CatalogView, run: BulkRun, act: str, sent: Mapping[str, Any]
) -> bool:
    """Ask of each row. Whether that is done; otherwise whoever calls sets the run going. Raises Conflict, Denied, Invalid."""
    if run.state != "waiting" or run.settings["phase"] not in ("draft", "checked"):
        raise Conflict(N_("This has already been started."))
    place_of(view, context, run.settings["target"])
    chosen = target_of(run).acts.get(act)
    if chosen is None:
        raise Invalid(N_("Choose what is to be done."), field="act")
    if not context.may(chosen.permission):
        raise Denied
    asked = chosen.checked(session, context=context, view=view, sent=sent)
    run.settings = {**run.settings, "phase": "checking", "act": act, "asked": asked}
    _narrow(run, context)
    run.cursor, run.counts = 0, dict(NO_COUNTS)
    more = _Work(session, context=context, view=view, run=run).try_rows(until=time.monotonic() + AT_ONCE)
    if not more:
        run.settings = {**run.settings, "phase": "checked"}
    session.flush()
    return not more


def start(session: Session, *, context: Context, run: BulkRun) -> None:
    """Let a run that was tried do its act. Whoever calls sets it going. Raises Conflict."""
    if run.state != "waiting" or run.settings["phase"] != "checked":
        raise Conflict(N_("This has already been started."))
    run.settings = {**run.settings, "phase": "changing"}
    _narrow(run, context)
    run.cursor = 0
    session.flush()


def _narrow(run: BulkRun, context: Context) -> None:
    """A run does no more than each who had a hand in it may do now: a token's scopes hold in its jobs too."""
    run.settings = {**run.settings, "within": sorted(context.permissions.intersection(run.settings["within"]))}


class Changer:
    """The slices of runs, in the name of who began them, within what they reach now."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        full = filled_context(session, context=context)
        person = context_of(session, context=full, participant_id=run.created_by)
        if person is None:
            raise Denied(N_("The person who began this no longer works here."))
        person = replace(person, permissions=person.permissions.intersection(run.settings["within"]))
        if not person.may(target_of(run).permission) or not person.may(act_of(run).permission):
            raise Denied(N_("The person who began this may not do it any more."))
        work = _Work(session, context=person, view=self._view_of(session, person), run=run)
        if run.settings["phase"] == "checking":
            more = work.try_rows(until=until)
            if not more:
                run.settings = {**run.settings, "phase": "checked"}
                run.state = "waiting"
            return more
        more = work.change_rows(until=until)
        if not more:
            finish(session, context=person, run=run)
        return more


def finish(session: Session, *, context: Context, run: BulkRun) -> None:
    """The run as a whole: in the trail, and told once."""
    run.state, run.finished_at = "done", datetime.now(UTC)
    act, counts = run.settings["act"], dict(run.counts)
    details = {"target": run.settings["target"], "act": act, "count": counts["done"], **counts}
    audit.append(session, context=context, action="list.changed", subject=("bulk_run", run.id), details=details)
    bus.emit(session, target_of(run).told(context, run.id, act, counts))


class _Work:
    """Rows of one run, in the name of one person."""

    def __init__(self, session: Session, *, context: Context, view: CatalogView, run: BulkRun) -> None:
        self._session, self._context, self._view, self._run = session, context, view, run
        self._act, self._model = act_of(run), target_of(run).model
        self._asked: Asked = run.settings["asked"]
        self._more = True

    def try_rows(self, *, until: float) -> bool:
        """Whether more is left."""
        for rows in self._batches(until):
            verdicts = self._judged([row.row_id for row in rows])
            marks, counts = [], dict(self._run.counts)
            for row in rows:
                told = verdicts.get(row.row_id) or Verdict(version=row.row_version, outcome="refused", problem=GONE)
                counts[told.outcome] += 1
                marks.append(_mark(row.position, told.outcome, told.problem, told.version))
            self._save(rows, marks, counts)
        return self._more

    def change_rows(self, *, until: float) -> bool:
        """Whether more is left."""
        for rows in self._batches(until):
            possible = [row for row in rows if row.outcome == "possible"]
            there = self._locked([row.row_id for row in possible])
            able = [row for row in possible if there.get(row.row_id) == row.row_version]
            ids = {row.row_id for row in able}
            left = (
                {key for key, told in self._judged(sorted(ids)).items() if told.outcome != "possible"} if ids else set()
            )
            ids -= left
            problems = self._do(sorted(ids)) if ids else {}
            ids -= problems.keys()
            marks = [
                _mark(row.position, "done", None, row.row_version)
                if row.row_id in ids
                else _mark(
                    row.position, "refused",
                    problems.get(row.row_id) or (OVERTAKEN if row.row_id in there else GONE), row.row_version,
                )
                for row in possible
            ]  # fmt: skip
            counts = dict(self._run.counts)
            counts["done"] += len(ids)
            counts["refused"] += len(possible) - len(ids)
            self._save(rows, marks, counts)
        return self._more

    def _do(self, ids: Sequence[UUID]) -> Mapping[UUID, Problem]:
        """Those on which it was not possible after all."""
        left = self._act.done(
            self._session, context=self._context, view=self._view, asked=self._asked, run=self._run, ids=ids
        )
        self._session.flush()
        return left or {}

    def _judged(self, ids: Sequence[UUID]) -> Mapping[UUID, Verdict]:
        return self._act.judged(self._session, context=self._context, view=self._view, asked=self._asked, ids=ids)

    def _locked(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        """The versions of the rows that are there for the person, locked. In the order of their ids: two runs never wait for
        each other."""
        if not ids:
            return {}
        model = self._model
        wanted = select(model.id, model.version).where(model.id == any_(bindparam("ids", list(ids), type_=ARRAY(Uuid))))
        return {row.id: row.version for row in self._session.execute(wanted.order_by(model.id).with_for_update())}

    def _batches(self, until: float) -> Iterator[Sequence[Any]]:
        pace = Pace(until, most=BATCH)
        while limit := pace.rows():
            wanted = select(ListRow.position, ListRow.row_id, ListRow.row_version, ListRow.outcome).where(
                ListRow.run_id == self._run.id, ListRow.position > self._run.cursor
            )
            rows = self._session.execute(wanted.order_by(ListRow.position).limit(limit)).all()
            if rows:
                yield rows
            self._more = len(rows) == limit
            if not self._more:
                return
            pace.did(len(rows))

    def _save(self, rows: Sequence[Any], marks: Sequence[Mapping[str, Any]], counts: dict[str, int]) -> None:
        if marks:
            values = {"tenant": self._run.tenant_id, "run": self._run.id, "rows": orjson.dumps(marks).decode()}
            self._session.execute(_MARK, values)
        self._run.cursor, self._run.counts = rows[-1].position, counts
        self._session.flush()


def _mark(position: int, outcome: str, problem: Mapping[str, Any] | None, version: int) -> dict[str, Any]:
    return {"position": position, "outcome": outcome, "problem": problem, "row_version": version}


def register(view_of: ViewOf, *, label: Any) -> None:
    """At boot: the slices, and how a run is taken back."""
    jobs.register(KIND, Changer(view_of))
    undo.register(KIND, undo.Undoable(permission="customer.write", label=label))
