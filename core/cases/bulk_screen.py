"""What the page of an act on many cases shows: which cases, which act, what it would do or did, and why not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.cases import policy, service
from core.cases.bulk import UNDONE
from core.cases.definitions import case_fields, qualified, state_of, steps_from
from core.cases.models import Case, CaseBulkRow
from core.context import Context
from core.fields.controls import controls
from core.fields.masks import written
from core.identity.directory import colleagues
from core.jobs.models import BulkRun
from core.plugin import Transition
from core.plugin.catalog import CatalogView
from core.web.forms import Control, control
from core.web.i18n import label
from core.web.words import word

REFUSED = 200
"""Cases with a reason that the page lists; the report has them all."""
PATIENCE = timedelta(seconds=5)


class BulkScreen:
    """`run` is locked for this request, so what is shown is of one moment."""

    def __init__(
        self, session: Session, *, context: Context, view: CatalogView, run: BulkRun, errors: Mapping[str, str]
    ) -> None:
        self._session, self._context, self._view = session, context, view
        self.run, self.errors = run, errors

    @property
    def phase(self) -> str:
        return str(self.run.settings["phase"])

    @property
    def act(self) -> Mapping[str, Any]:
        return self.run.settings["act"] or {}

    @property
    def running(self) -> bool:
        return self.run.state == "running"

    @property
    def ended(self) -> bool:
        return self.run.state in ("done", "failed", "cancelled")

    @property
    def choosing(self) -> bool:
        """A person says what is to be done, or changes their mind after a preview."""
        return self.run.state == "waiting"

    @property
    def step(self) -> int:
        if self.ended:
            return 4
        return 3 if self.phase == "changing" else 2 if self.phase in ("checking", "checked") else 1

    @property
    def undoable(self) -> bool:
        done = self.run.state == "done" and self.run.counts.get("done", 0) > 0
        return done and self.act.get("kind") in UNDONE and not self.run.settings.get("undone_by")

    @property
    def unattended(self) -> bool:
        """Nothing has been done for a while: no worker runs, or all are busy."""
        began = self.run.started_at
        return bool(self.running and not self.run.cursor and began and datetime.now(UTC) - began > PATIENCE)

    @cached_property
    def groups(self) -> list[tuple[str, str, int]]:
        """The chosen cases by workflow and state, the most first."""
        return [(self._flow(row.workflow), self._state(row.workflow, row.state), row.cases) for row in self._grouped]

    @cached_property
    def _grouped(self) -> Sequence[Any]:
        return self._session.execute(
            select(Case.workflow, Case.state, func.count().label("cases"))
            .join(CaseBulkRow, CaseBulkRow.case_id == Case.id)
            .where(CaseBulkRow.run_id == self.run.id)
            .group_by(Case.workflow, Case.state)
            .order_by(func.count().desc(), Case.workflow, Case.state)
        ).all()

    def _flow(self, key: str) -> str:
        flow = self._view.workflow(key)
        return label(flow.label) if flow is not None else key

    def _state(self, key: str, state: str) -> str:
        flow = self._view.workflow(key)
        return label(state_of(flow, state).label) if flow is not None else state

    @property
    def said(self) -> str:
        """The act in words."""
        act = self.act
        if act["kind"] == "assign":
            person = next((row.shown_name for row in self._people if str(row.id) == act["assignee_id"]), None)
            return str(_("Give to %(name)s", name=person) if person else _("Take from everybody"))
        if act["kind"] == "severity":
            return str(_("Severity: %(name)s", name=word("severity", act["severity"])))
        if act["kind"] == "undo":
            return str(_("Bring back what was there before"))
        step = self._transition(act["workflow"], act["transition"])
        return f"{self._flow(act['workflow'])}: {label(step.label) if step is not None else act['transition']}"

    @cached_property
    def _people(self) -> Sequence[Any]:
        return colleagues(self._session, context=self._context, permission=policy.TRANSITION)

    def _transition(self, workflow: str, key: str) -> Transition | None:
        flow = self._view.workflow(workflow)
        return next((step for step in flow.transitions if step.key == key), None) if flow is not None else None

    @cached_property
    def assignee(self) -> Control:
        people = [(str(row.id), row.shown_name) for row in self._people]
        return control("assignee_id", _("Give to"), kind="select", placeholder=_("Nobody"), options=people,
                       value=self._held("assignee_id"), error=self.errors.get("assignee_id"))  # fmt: skip

    @cached_property
    def severity(self) -> Control:
        words = [(each, word("severity", each)) for each in service.SEVERITIES]
        return control("severity", _("Severity"), kind="select", required=True, options=words,
                       value=self._held("severity") or "high")  # fmt: skip

    @cached_property
    def steps(self) -> list[tuple[str, str]]:
        """Steps that lead on from where some of the cases are, and that no second person must approve one by one."""
        found: dict[str, tuple[str, int]] = {}
        for row in self._grouped:
            flow = self._view.workflow(row.workflow)
            for step in steps_from(flow, row.state) if flow is not None else ():
                if not step.approval:
                    text, cases = found.get(f"{row.workflow}:{step.key}", (label(step.label), 0))
                    found[f"{row.workflow}:{step.key}"] = (text, cases + row.cases)
        return [
            (
                key,
                _(
                    "%(workflow)s: %(step)s (%(count)s)",
                    workflow=self._flow(key.partition(":")[0]),
                    step=text,
                    count=cases,
                ),
            )
            for key, (text, cases) in found.items()
        ]

    @cached_property
    def chosen_step(self) -> str:
        """The step whose fields the form shows: the one just chosen, else the act's, else the first."""
        asked = request.values.get("step") or ""
        if not asked and self.act.get("kind") == "step":
            asked = f"{self.act['workflow']}:{self.act['transition']}"
        known = [key for key, _text in self.steps]
        return asked if asked in known else (known[0] if known else "")

    @cached_property
    def step_fields(self) -> list[Control]:
        """What the chosen step requires, once for all cases."""
        workflow, _colon, key = self.chosen_step.partition(":")
        step = self._transition(workflow, key)
        if step is None:
            return []
        owner = workflow.partition(".")[0]
        fields = case_fields(self._view, vertical=owner)
        names = [name for name in (qualified(each, owner) for each in step.required) if name in fields.fields]
        held = self.act["values"] if self.act.get("kind") == "step" else {}
        sent = {name: request.form[name] for name in names if name in request.form}
        made = controls(fields, {**held, **sent}, names=names, errors=self.errors, currency=self._context.currency)
        return [replace(each, required=True) for each in made]

    def _held(self, name: str) -> str | None:
        value = request.form.get(name) or self.act.get(name)
        return str(value) if value else None

    @cached_property
    def refused(self) -> list[dict[str, Any]]:
        """Cases on which the act is not possible, and why."""
        rows = self._session.execute(
            _rows(self.run.id).where(CaseBulkRow.outcome == "refused").order_by(CaseBulkRow.position).limit(REFUSED)
        )
        return [shown_row(row, self._context, self._view) for row in rows]


def _rows(run_id: UUID) -> Select[Any]:
    return (
        select(
            CaseBulkRow.position, CaseBulkRow.case_id, CaseBulkRow.outcome, CaseBulkRow.problem, Case.number, Case.title,
            Case.workflow, Case.state,
        )
        .join(Case, Case.id == CaseBulkRow.case_id)
        .where(CaseBulkRow.run_id == run_id)
    )  # fmt: skip


def shown_row(row: Any, context: Context, view: CatalogView) -> dict[str, Any]:
    """One case of a run in the reader's words; a title is redacted for a provider."""
    flow = view.workflow(row.workflow)
    title = written(row.title, sight=context.sight)
    return {
        "case_id": row.case_id,
        "number": row.number,
        "title": title or (label(flow.label) if flow is not None else row.workflow),
        "state": label(state_of(flow, row.state).label) if flow is not None else row.state,
        "outcome": row.outcome,
        "why": _why(row.problem, view),
    }


def _why(problem: Mapping[str, Any] | None, view: CatalogView) -> str:
    if problem is None:
        return ""
    params = {name: label(value) if isinstance(value, dict) else value for name, value in problem["params"].items()}
    text = problem["message"]
    said = str(_(text, **params))
    field = view.field(problem["field"], on="case") if problem["field"] and "." in problem["field"] else None
    return str(_("%(field)s: %(problem)s", field=label(field.label), problem=said)) if field is not None else said


def row_page(
    session: Session, *, context: Context, view: CatalogView, run_id: UUID, after: int, limit: int = 200
) -> tuple[list[dict[str, Any]], int | None]:
    """Cases of a run in the order they were chosen in, and the place the next page begins after."""
    wanted = _rows(run_id).where(CaseBulkRow.position > after).order_by(CaseBulkRow.position).limit(limit + 1)
    rows = session.execute(wanted).all()
    return [shown_row(row, context, view) for row in rows[:limit]], rows[limit - 1].position if len(
        rows
    ) > limit else None


def report_lines(session: Session, *, context: Context, view: CatalogView, run_id: UUID) -> Iterator[str]:
    """The report as CSV, a line a case."""
    yield "\ufeff" + _line([_("Case number"), _("Case"), _("State"), _("Result"), _("Why")])
    outcomes = {"waiting": _("Not tried"), "possible": _("Possible"), "refused": _("Refused"), "done": _("Done")}
    after = 0
    while rows := session.execute(
        _rows(run_id).where(CaseBulkRow.position > after).order_by(CaseBulkRow.position).limit(1000)
    ).all():
        for row in rows:
            shown = shown_row(row, context, view)
            yield _line([row.number, shown["title"], shown["state"], outcomes[row.outcome], shown["why"]])
        after = rows[-1].position


def _line(cells: Sequence[Any]) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    written = io.StringIO()
    texts = [str(cell) for cell in cells]
    csv.writer(written).writerow([f"'{text}" if text[:1] in "=+-@\t\r" else text for text in texts])
    return written.getvalue()
