"""What the page of an act on many shows: the acts there are, the form of one, what the trial found, how far it is, the rows
that were refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.lists import acts
from core.lists.acts import Act, Target
from core.lists.models import ListRow
from core.lists.places import Place, place_of
from core.plugin.catalog import CatalogView
from core.web.forms import Control, filled

REFUSED = 100
PATIENCE = timedelta(seconds=5)


class ActScreen:
    """One run."""

    def __init__(
        self, session: Session, *, context: Context, view: CatalogView, run: BulkRun, errors: Mapping[str, str]
    ) -> None:
        self._session, self._context, self._view = session, context, view
        self.run, self.errors = run, errors

    @property
    def target(self) -> Target:
        return acts.target_of(self.run)

    @cached_property
    def place(self) -> Place:
        """The list whose rows they are."""
        return place_of(self._view, self._context, self.run.settings["target"])

    @property
    def phase(self) -> str:
        return str(self.run.settings["phase"])

    @property
    def running(self) -> bool:
        return self.run.state == "running"

    @property
    def ended(self) -> bool:
        return self.run.state in jobs.ENDED

    @property
    def choosing(self) -> bool:
        return self.run.state == "waiting"

    @property
    def unattended(self) -> bool:
        """Whether no worker has taken it up yet."""
        return self.running and datetime.now(UTC) - self.run.updated_at > PATIENCE

    @property
    def step(self) -> int:
        if self.ended:
            return 4
        return {"draft": 1, "checking": 2, "checked": 2, "changing": 3}[self.phase]

    @property
    def offered(self) -> list[Act]:
        return self.target.of(self._context)

    @cached_property
    def chosen(self) -> Act:
        """The act whose form is open: the one just chosen, else the run's, else the first."""
        asked = request.values.get("act") or self.run.settings["act"] or ""
        return next((each for each in self.offered if each.key == asked), self.offered[0])

    @cached_property
    def controls(self) -> list[Control]:
        held = self.run.settings["asked"] if self.run.settings["act"] == self.chosen.key else {}
        sent = {
            **{name: value for name, value in (held or {}).items() if isinstance(value, str)},
            **request.values.to_dict(),
        }
        made = self.chosen.controls(self._session, context=self._context, view=self._view, sent=sent)
        return filled(made, values={}, errors=self.errors)

    @cached_property
    def said(self) -> str:
        """The act in words."""
        if not self.run.settings["act"]:
            return ""
        return acts.act_of(self.run).said(
            self._session, context=self._context, view=self._view, asked=self.run.settings["asked"]
        )

    @cached_property
    def refused(self) -> list[dict[str, Any]]:
        """Rows on which the act is not possible, and why."""
        model = self.target.model
        rows = self._session.execute(
            select(ListRow.row_id, ListRow.problem, model.number)
            .join(model, model.id == ListRow.row_id)
            .where(ListRow.run_id == self.run.id, ListRow.outcome == "refused")
            .order_by(ListRow.position)
            .limit(REFUSED)
        )
        return [
            {
                "number": row.number,
                "href": url_for(self.target.row_endpoint, **{self.target.row_argument: row.row_id}),
                "why": _said(row.problem),
            }
            for row in rows
        ]


def _said(problem: Mapping[str, Any] | None) -> str:
    if problem is None:
        return ""
    text = problem["message"]
    return str(_(text, **problem["params"]))
