"""Pages of a workflow's settings: the form, how the flow will look, and saving it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.configuration import parameter_screen, policy, workflows
from core.configuration.workflow_screen import Screen, read
from core.db.base import db
from core.errors import Invalid
from core.plugin.tailored import WorkflowTailoring
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.routes import Pages

pages = Pages("workflow_settings", __name__)


@pages.page("/settings/workflows/<key>", permission=policy.READ)
def show(key: str) -> ResponseReturnValue:
    workflows.declared_workflow(catalog_view(), key)
    row = workflows.setting_of(db.session(), workflow=key)
    return _page(key, workflows.tailoring_of(row), version=row.version if row is not None else 0)


@pages.page("/settings/workflows/<key>", permission=policy.MANAGE, methods=["POST"])
def save(key: str) -> ResponseReturnValue:
    """First how it will look, where that is asked for; else it is saved."""
    view = catalog_view()
    sent, version = read(request.form, workflows.declared_workflow(view, key)), form_number("version")
    if request.form.get("act") == "preview":
        return _page(key, sent, version=version, preview=True)
    try:
        workflows.save(db.session(), context=context(), view=view, workflow=key, wanted=sent, version=version)
    except Invalid as error:
        return _page(key, sent, version=version, errors=errors_of(error)), 422
    db.session.commit()
    toast(_("The workflow is saved. Cases opened from now on follow it"))
    return redirect(url_for("workflow_settings.show", key=key), code=303)


def _page(
    key: str,
    setting: WorkflowTailoring,
    *,
    version: int,
    errors: Mapping[str, str] | None = None,
    preview: bool = False,
) -> str:
    view = catalog_view()
    screen = Screen(view, key, setting, errors=errors or {}, context=context(), on=parameter_screen.today())
    return render_template(
        "configuration/workflow.html",
        screen=screen,
        version=version,
        preview=preview,
        failed=list((errors or {}).values()),
        open_cases=workflows.open_cases(db.session(), workflow=key),
        vertical=view.verticals[key.partition(".")[0]],
        shown=parameter_screen,
    )
