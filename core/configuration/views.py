"""The overview of a workspace's settings: what is tailored, and where each is changed."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from core.configuration import policy
from core.configuration.overview import overview
from core.configuration.parameter_screen import today
from core.db.base import db
from core.web.current import catalog_view
from core.web.routes import Pages

pages = Pages("configuration", __name__)
pages.nav(
    section="settings", key="configuration", label=_l("Configuration"), icon="gear", endpoint="configuration.index",
    permission=policy.READ, order=69,
)  # fmt: skip


@pages.page("/settings", permission=policy.READ)
def index() -> ResponseReturnValue:
    seen = overview(db.session(), view=catalog_view(), on=today())
    return render_template(
        "configuration/index.html", seen=seen, has_fields="fields.index" in current_app.view_functions
    )
