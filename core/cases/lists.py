"""The pages of the list of cases (`table.py`) and of the board of one workflow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.cases import board as lanes
from core.cases.board import Lane
from core.cases.table import PLACE, Table
from core.context import Context
from core.lists import arranging
from core.plugin.catalog import CatalogView
from core.web import looks


def list_page(session: Session, *, context: Context, view: CatalogView) -> ResponseReturnValue:
    around = arranging.arranged(PLACE)
    if (elsewhere := around.elsewhere) is not None:
        return redirect(elsewhere)
    table = Table(session, context, view, request.args)
    looks.counted(len(table.lines))
    return render_template("cases/index.html", table=table, around=around)


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
    board = Board(session, context, view)
    looks.counted(sum(len(lane.tiles) for lane in board.lanes))
    return render_template("cases/board.html", board=board)
