"""Pages of KPIs: the numbers, the rows behind each, each told apart, its stored readings, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import NotFound
from core.fields.masks import shown_as
from core.metrics import apart, jobs, policy, queries, service
from core.metrics.naming import Naming
from core.metrics.queries import Reading
from core.metrics.shown import board
from core.web.chart import Chart, draw_bars
from core.web.current import catalog_view, context
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("metrics", __name__)
pages.nav(
    section="engagement", key="kpis", label=_l("KPIs"), icon="pie", endpoint="metrics.index",
    permission=policy.READ, order=55,
)  # fmt: skip

CSV_HEAD = ("kpi", "label", "numerator", "denominator", "value", "unit", "formula_version", "data_cut")
PAGE = 50


@pages.page("/kpis", permission=policy.READ)
def index() -> ResponseReturnValue:
    template = "metrics/_table.html" if is_partial() else "metrics/index.html"
    page = render_template(template, board=board())
    db.session.commit()
    return page


@pages.page("/kpis.csv", permission=policy.READ)
def as_csv() -> ResponseReturnValue:
    headers = {"Content-Disposition": f'attachment; filename="kpis-{context().workspace}.csv"'}
    answer = Response(_csv(board().readings), mimetype="text/csv", headers=headers)
    db.session.commit()
    return answer


@pages.page("/kpis/<key>", permission=policy.READ)
def show(key: str) -> ResponseReturnValue:
    seen = board()
    values = {"board": seen, "reading": seen.reading(key)}
    if is_partial():
        page = render_template("metrics/_tile.html", **values)
    else:
        stored = queries.history(db.session(), context=context(), key=key)
        kpi = catalog_view().kpis[key]
        more = {"stored": stored, "apart": bool(kpi.by) or kpi.on != "customer"}
        page = render_template("metrics/show.html", **more, **values, **_behind(key))
    db.session.commit()
    return page


@pages.page("/kpis/<key>/apart", permission=policy.READ)
def told_apart(key: str) -> ResponseReturnValue:
    """By the values of its fields and by month: a part of the KPI's page, which asks for it by itself."""
    template = "metrics/_apart.html" if is_partial() else "metrics/apart.html"
    page = render_template(template, reading=board().reading(key), **_apart(key))
    db.session.commit()
    return page


@pages.page("/kpis/readings", permission=policy.READ, methods=["POST"])
def store() -> ResponseReturnValue:
    if context().party == "provider":
        raise NotFound
    readings = service.store_readings(db.session(), context=context(), view=catalog_view())
    db.session.commit()
    toast(_("%(count)s readings stored", count=len(readings)))
    return redirect(url_for("metrics.index"), code=303)


@pages.page("/kpis/recount", permission=policy.READ, methods=["POST"])
def recount() -> ResponseReturnValue:
    jobs.ask(db.session(), context=context())
    db.session.commit()
    toast(_("Counting again"), detail=_("The numbers follow in a few seconds, with their new data cut."))
    return redirect(url_for("metrics.index"), code=303)


def _apart(key: str) -> dict[str, object]:
    session, view, actor = db.session(), catalog_view(), context()
    naming = Naming(view, key)
    groups = {name: apart.by_field(session, context=actor, view=view, key=key, name=name) for name in view.kpis[key].by}
    today = datetime.now(ZoneInfo(actor.zone)).date()
    months = apart.by_month(session, context=actor, view=view, key=key, today=today)
    return {"groups": groups, "months": months, "naming": naming, "chart": _chart(months, naming)}


def _chart(months: Sequence[apart.Month], naming: Naming) -> Chart | None:
    """Amounts are drawn in major units. None where nothing is told by month."""
    if not any(each.denominator for each in months):
        return None
    scale = 100 if naming.kpi.unit == "money" else 1
    values = [None if each.value is None else each.value / scale for each in months]
    name = label(naming.kpi.label)
    return draw_bars(
        [format_date(each.begins, "MMM") for each in months], series=[(name, values)], title=_("By month"),
        summary=_("%(name)s in each of the last twelve months", name=name),
    )  # fmt: skip


def _behind(key: str) -> dict[str, object]:
    part = request.args.get("part", "numerator")
    after = request.args.get("after", "0")
    rows = queries.rows_behind(
        db.session(), context=context(), view=catalog_view(), key=key, part=part,
        after=int(after) if after.isdigit() else 0, limit=PAGE,
    )  # fmt: skip
    kind = catalog_view().kpis[key].on.partition(":")[0]
    shown = [
        {
            "href": url_for(f"{kind}s.show", **{f"{kind}_id": row.id}),
            "number": row.number,
            "name": _name(row.name),
        }
        for row in rows[:PAGE]
    ]
    following = rows[PAGE - 1].number if len(rows) > PAGE else None
    return {"part": part, "kind": kind, "rows": shown, "next": following}


def _name(name: str | None) -> str:
    """Of whom a row is; of stock, nobody."""
    if name is None:
        return ""
    return str(shown_as("name", name, name="name", sight=context().sight))


def _csv(readings: Sequence[Reading]) -> str:
    """UTF-8 with a mark, so that a spreadsheet reads Chinese; the value is the screen's. Blank: not counted yet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for each in readings:
        value = "" if each.value is None else str(each.value)
        counts: tuple[object, ...] = (each.numerator, each.denominator) if each.cut_at else ("", "")
        cut = each.cut_at.isoformat(timespec="seconds").replace("+00:00", "Z") if each.cut_at else ""
        writer.writerow((each.key, label(each.label), *counts, value, each.unit, each.version, cut))
    return "\ufeff" + out.getvalue()
