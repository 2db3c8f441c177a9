"""The dashboard."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.cases.shown import Line
from core.context import Context
from core.db.base import db
from core.insights import queries
from core.metrics.queries import Board
from core.metrics.shown import board
from core.web.chart import Chart, draw_bars
from core.web.current import catalog_view, context
from core.web.errors import is_partial
from core.web.routes import Pages

pages = Pages("insights", __name__)
pages.nav(section="work", key="home", label=_l("Dashboard"), icon="home", endpoint="insights.home", tab=True, order=10)


@pages.page("/", permission=None)
def home() -> ResponseReturnValue:
    actor, now = context(), datetime.now(ZoneInfo(context().zone))
    days = queries.days(db.session(), context=actor, today=now.date()) if actor.may("interaction.read") else []
    tiles = {"days": days, "board": board() if actor.may("kpi.read") else Board()}
    if is_partial():
        page = render_template("insights/_tiles.html", **tiles)
    else:
        cases = _cases(actor) if actor.may("case.read") else []
        chart = _chart(days) if days else None
        page = render_template(
            "insights/home.html", today=now.date(), chart=chart, blocked=_verdicts(now), cases=cases, **tiles
        )
    db.session.commit()
    return page


def _verdicts(now: datetime) -> dict[str, int]:
    since = datetime.combine(now.date() - timedelta(days=29), time(), now.tzinfo)
    return queries.verdicts(db.session(), context=context(), since=since) if context().may("gate.read") else {}


def _cases(actor: Context) -> list[Line]:
    return [
        Line(row, catalog_view().workflow(row.workflow), actor)
        for row in queries.open_cases(db.session(), context=actor)
    ]


def _chart(days: list[queries.Day]) -> Chart:
    best = max(days, key=lambda day: day.made)
    return draw_bars(
        [format_date(day.day, "EEE") for day in days],
        series=[(_("Interactions"), [day.made for day in days]), (_("Reached"), [day.reached for day in days])],
        title=_("Interactions each day"),
        summary=_(
            "Interactions of the last seven days; most on %(day)s, %(count)s",
            day=format_date(best.day, "EEEE"),
            count=best.made,
        ),
    )
