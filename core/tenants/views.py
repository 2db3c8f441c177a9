"""Pages of a tenant's verticals: what each brings, its parameters and sources, and the switch."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import NotFound
from core.parameters.queries import list_parameters
from core.plugin.catalog import Catalog
from core.plugin.processes import Workflow
from core.tenants import policy, queries, service
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.flow import Flow, draw_flow
from core.web.i18n import label, language
from core.web.routes import Pages

pages = Pages("tenants", __name__)
pages.nav(
    section="settings", key="verticals", label=_l("Verticals"), icon="puzzle", endpoint="tenants.verticals",
    permission=policy.READ, order=70,
)  # fmt: skip

TABS = ("overview", "fields", "workflows", "rules", "parameters", "kpis")


@pages.page("/verticals", permission=policy.READ)
def verticals() -> ResponseReturnValue:
    return render_template("tenants/verticals.html", rows=queries.vertical_rows(db.session(), catalog=_catalog()))


@pages.page("/verticals/<key>", permission=policy.READ)
def vertical(key: str) -> ResponseReturnValue:
    row = _row(key)
    tab = request.args.get("tab", "overview")
    if tab not in TABS:
        raise NotFound
    today = datetime.now(ZoneInfo(context().zone)).date()
    view = catalog_view() if row.enabled else _catalog().everything
    parameters = list_parameters(view, vertical=key, locale=language(), on=today)
    return render_template(
        "tenants/vertical.html", row=row, tab=tab, drawn=_drawn, view=view, parameters=parameters
    )  # fmt: skip


@pages.page("/verticals/<key>", permission=policy.CONFIGURE, methods=["POST"], endpoint="switch")
def switch(key: str) -> ResponseReturnValue:
    row = _row(key)
    enabled = request.form.get("enabled") == "1"
    service.set_vertical(db.session(), context=context(), key=key, enabled=enabled)
    db.session.commit()
    shown = label(row.loaded.vertical.label)
    toast(_("%(name)s is on", name=shown) if enabled else _("%(name)s is off. Its data are kept", name=shown))
    return redirect(url_for("tenants.vertical", key=key), code=303)


def _drawn(flow: Workflow) -> Flow:
    """The workflow as a picture, nothing walked yet."""
    return draw_flow(
        [(state.key, label(state.label)) for state in flow.states],
        transitions=[(step.source, step.target) for step in flow.transitions],
        title=label(flow.label),
    )


def _catalog() -> Catalog:
    found: Catalog = current_app.extensions["kehub"]["catalog"]
    return found


def _row(key: str) -> queries.VerticalRow:
    for row in queries.vertical_rows(db.session(), catalog=_catalog()):
        if row.key == key:
            return row
    raise NotFound
