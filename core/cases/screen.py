"""What the page of one case shows around its moves: forms, people, the request that waits, and what was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.attachments import parts as attachment_parts
from core.cases import policy, queries, second, service
from core.cases.pinning import pinned_workflow
from core.cases.shown import ShownCase
from core.context import Context
from core.errors import NotFound
from core.identity.directory import colleagues
from core.plugin.catalog import CatalogView
from core.records.queries import record_row
from core.timeline import queries as timeline
from core.timeline.stream import Stream
from core.web import looks
from core.web.forms import Control, control
from core.web.i18n import label
from core.web.words import word


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """What went wrong with which form: `step`, `edit`, `assign` or `comment`."""

    form: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    step: str | None = None
    askable: bool = False

    def of(self, form: str) -> Mapping[str, str]:
        return self.errors if self.form == form else {}


def case_page(
    session: Session, *, context: Context, view: CatalogView, case_id: UUID, wrong: Wrong | None = None
) -> str:
    """The page as text. Raises NotFound."""
    found = load(session, context=context, view=view, case_id=case_id)
    return Screen(session, case=found, context=context, wrong=wrong or Wrong()).page()


def load(session: Session, *, context: Context, view: CatalogView, case_id: UUID) -> ShownCase:
    """A case with all that is shown of it. Raises NotFound."""
    row = queries.case_row(session, context=context, case_id=case_id)
    if row is None:
        raise NotFound
    looks.of(row.customer_id)
    workflow = pinned_workflow(
        session, workflow=row.workflow, version=row.workflow_version, revision=row.workflow_revision
    )
    return ShownCase(
        row,
        queries.steps_of(session, case_id=case_id),
        workflow,
        view,
        context,
        clock_rows=queries.clocks_of(session, case_id=case_id),
        comment_rows=queries.comments_of(session, context=context, case_id=case_id),
        pending=approvals.open_for(session, ("case", case_id), kind=second.KIND),
    )


class Screen:
    def __init__(self, session: Session, *, case: ShownCase, context: Context, wrong: Wrong) -> None:
        self._session, self._context = session, context
        self.case, self.wrong = case, wrong
        asked = wrong.step if wrong.form == "step" else request.args.get("step")
        self.step = case.asked(asked)

    def page(self) -> str:
        return render_template("cases/show.html", screen=self, case=self.case)

    @property
    def attachments(self) -> Markup:
        return attachment_parts.card(self._context, case_id=self.case.row.id)

    @cached_property
    def stream(self) -> Stream | None:
        """What the customer's timeline tells of this case, where it is asked for."""
        if request.args.get("told") != "1":
            return None
        wanted = replace(timeline.wanted_of(request.args), case=self.case.row.id)
        page = timeline.entries(
            self._session, context=self._context, customer_id=self.case.row.customer_id, wanted=wanted,
            after=request.args.get("after"),
        )  # fmt: skip
        return Stream(context=self._context, wanted=wanted, page=page, labels={})

    @property
    def asking(self) -> bool:
        """The step is asked of a second person: its workflow says so, or the gate holds it."""
        return self.step is not None and (self.step.approval or self.wrong.askable)

    @property
    def failed(self) -> str | None:
        return self.wrong.errors.get("")

    @property
    def step_controls(self) -> list[Control]:
        if self.step is None:
            return []
        return self.case.controls(self.step, request.form, self.wrong.of("step"))

    @property
    def note(self) -> Control:
        wrong = self.wrong.of("step")
        return control(
            "note", _("Why it should be approved") if self.asking else _("Note"), kind="textarea", rows=2,
            maxlength=service.NOTE_LIMIT, value=request.form.get("note"), error=wrong.get("note"),
        )  # fmt: skip

    @property
    def record(self) -> str | None:
        """What the case is about, as its list calls it; None where it is about none, or one the reader may not see."""
        if self.case.row.record_id is None:
            return None
        row = record_row(self._session, context=self._context, record_id=self.case.row.record_id)
        kind = self.case.view.record_types.get(row.type) if row is not None else None
        return f"{label(kind.label)} {row.number}" if row is not None and kind is not None else None

    @property
    def may_work(self) -> bool:
        return self._context.may(policy.TRANSITION) and self.case.row.closed_at is None

    @property
    def mine(self) -> bool:
        return self._context.participant_id is not None and self.case.row.assignee_id == self._context.participant_id

    @property
    def may_take(self) -> bool:
        """Nobody has it, or the reader may give it to anybody."""
        free = self.case.row.assignee_id is None or self._context.may(policy.ASSIGN)
        return self.may_work and free and not self.mine and self._context.participant_id is not None

    @property
    def assignee(self) -> Control | None:
        """Whom the case may be given to; None for who may only take it."""
        if not (self.may_work and self._context.may(policy.ASSIGN)):
            return None
        people = colleagues(self._session, context=self._context, permission=policy.TRANSITION)
        held = self.case.row.assignee_id
        return control(
            "assignee_id", _("Give to"), kind="select", placeholder=_("Nobody"), value=str(held) if held else None,
            options=[(str(row.id), row.shown_name) for row in people], error=self.wrong.of("assign").get("assignee_id"),
        )  # fmt: skip

    @property
    def editing(self) -> bool:
        return self.may_work and (self.wrong.form == "edit" or request.args.get("edit") == "1")

    @property
    def edit_controls(self) -> list[Control]:
        """Severity, title, and the fields of the case."""
        wrong, row, sent = self.wrong.of("edit"), self.case.row, request.form
        own = [
            control("severity", _("Severity"), kind="select", required=True, value=sent.get("severity", row.severity),
                    options=[(each, word("severity", each)) for each in service.SEVERITIES], error=wrong.get("severity")),
        ]  # fmt: skip
        if not self._context.masked:  # who reads a title masked would write the mask over it
            own.append(
                control("title", _("Title"), maxlength=service.TITLE_LIMIT, value=sent.get("title", row.title),
                        error=wrong.get("title"), autocomplete="off")
            )  # fmt: skip
            own += self.case.edit_controls(sent, wrong)
        return own

    @property
    def comment_controls(self) -> list[Control]:
        wrong, sent = self.wrong.of("comment"), request.form
        side = _("Own side only") if self._context.party != "provider" else _("Your company only")
        return [
            control("body", _("Comment"), kind="textarea", rows=3, required=True, maxlength=4000, value=sent.get("body"),
                    error=wrong.get("body")),
            control("audience", _("Who reads it"), kind="radio", required=True, value=sent.get("audience", "internal"),
                    options=[("internal", side), ("shared", _("Both sides"))], error=wrong.get("audience")),
        ]  # fmt: skip
