"""The list of cases and the board of one workflow: what an address asks for, and what the pages show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.cases import board as lanes
from core.cases import policy, queries, service
from core.cases.board import Lane
from core.cases.queries import CaseFilters
from core.cases.shown import Line
from core.context import Context
from core.db.keyset import Page
from core.identity.directory import colleagues
from core.plugin import Workflow
from core.plugin.catalog import CatalogView
from core.web.forms import Control, control
from core.web.words import word

SHOWN = ("open", "mine", "nobody", "overdue", "closed", "all")
PASSED_ON = ("show", "workflow", "state", "assignee", "severity", "unit")
"""What an address says of the choice; an act on all that a filter finds passes it on."""


def filters_of(args: Mapping[str, str], context: Context) -> CaseFilters:
    """What an address asks for. Values that are none are passed over, as a link may be old."""
    shown = args.get("show", "open")
    assignee: UUID | Literal["none"] | None = None
    chosen = {"mine": "me", "nobody": "none"}.get(shown, args.get("assignee", ""))
    if chosen == "none":
        assignee = "none"
    elif chosen:
        assignee = context.participant_id if chosen == "me" else _id(chosen)
    severity = args.get("severity")
    return CaseFilters(
        workflow=args.get("workflow") or None,
        state=args.get("state") or None if args.get("workflow") else None,
        open={"closed": False, "all": None}.get(shown, True),
        assignee=assignee,
        severity=severity if severity in service.SEVERITIES else None,
        unit_id=_id(args.get("unit", "")) if context.party != "provider" else None,
        overdue=shown == "overdue",
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Listing:
    """The list as `cases/index.html` draws it."""

    session: Session
    context: Context
    view: CatalogView

    @cached_property
    def chosen(self) -> dict[str, str]:
        return {name: request.args[name] for name in PASSED_ON if request.args.get(name)}

    @property
    def shown(self) -> str:
        show = self.chosen.get("show", "open")
        return show if show in SHOWN else "open"

    @property
    def narrowed(self) -> bool:
        return any(name != "show" for name in self.chosen) or self.shown != "open"

    @property
    def order(self) -> Literal["newest", "due"]:
        return "due" if request.args.get("sort") == "due" else "newest"

    @cached_property
    def page(self) -> Page:
        return queries.case_page(
            self.session, context=self.context, filters=filters_of(self.chosen, self.context), order=self.order,
            after=request.args.get("after"),
        )  # fmt: skip

    @cached_property
    def lines(self) -> list[Line]:
        return [Line(row, self.view.workflow(row.workflow), self.context) for row in self.page.rows]

    @property
    def selectable(self) -> bool:
        return self.context.may(policy.ASSIGN)

    @property
    def workflow(self) -> Workflow | None:
        return self.view.workflow(self.chosen.get("workflow", ""))

    @cached_property
    def filters(self) -> list[Control]:
        """The choices of the bar; one that has nothing to choose from is not there."""
        made = [self._pick("workflow", _("Workflow"), [(key, flow.label) for key, flow in self.view.workflows.items()])]
        if self.workflow is not None:
            made.append(self._pick("state", _("State"), [(each.key, each.label) for each in self.workflow.states]))
        if self.shown not in ("mine", "nobody"):
            people = colleagues(self.session, context=self.context, permission=policy.TRANSITION)
            named = [("me", _("Me")), ("none", _("Nobody")), *((str(row.id), row.shown_name) for row in people)]
            made.append(self._pick("assignee", _("Who has it"), named))
        made.append(
            self._pick("severity", _("Severity"), [(each, word("severity", each)) for each in service.SEVERITIES])
        )
        units = queries.units(self.session) if self.context.party != "provider" else ()
        if units:
            made.append(self._pick("unit", _("Unit"), [(str(row.id), row.name) for row in units]))
        made.append(control("sort", _("Order"), kind="select", value="due" if self.order == "due" else None,
                            placeholder=_("The newest first"), options=[("due", _("By deadline"))]))  # fmt: skip
        return made

    def _pick(self, name: str, text: str, options: list[tuple[str, Any]]) -> Control:
        return control(name, text, kind="select", options=options, placeholder=_("Any"), value=self.chosen.get(name))


def list_page(session: Session, *, context: Context, view: CatalogView) -> str:
    return render_template("cases/index.html", listing=Listing(session, context, view))


@dataclass(frozen=True)
class Board:
    """The board as `cases/board.html` draws it: one workflow, a lane for each state."""

    session: Session
    context: Context
    view: CatalogView

    @cached_property
    def key(self) -> str | None:
        """The workflow that was chosen, else the first."""
        asked = request.args.get("workflow", "")
        return asked if asked in self.view.workflows else next(iter(self.view.workflows), None)

    @cached_property
    def mine(self) -> bool:
        return request.args.get("assignee") == "me"

    @cached_property
    def lanes(self) -> list[Lane]:
        if self.key is None:
            return []
        assignee = self.context.participant_id if self.mine else None
        return lanes.lanes_of(self.session, context=self.context, view=self.view, workflow=self.key, assignee=assignee)


def board_page(session: Session, *, context: Context, view: CatalogView) -> str:
    return render_template("cases/board.html", board=Board(session, context, view))
