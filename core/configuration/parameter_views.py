"""Pages of parameters: all of them with their sources, one with its history, and the request for another value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.approvals import service as approvals
from core.configuration import overrides, parameter_list, policy
from core.configuration import parameter_screen as screen
from core.db.base import db
from core.errors import Conflict, DomainError, Invalid, NotFound
from core.parameters.service import own_values
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.forms import control, errors_of
from core.web.routes import Pages

pages = Pages("parameters", __name__)
pages.nav(
    section="settings", key="parameters", label=_l("Parameters"), icon="book", endpoint="parameters.index",
    permission=policy.READ, order=73,
)  # fmt: skip


@pages.page("/settings/parameters", permission=policy.READ)
def index() -> ResponseReturnValue:
    show = request.args.get("show", "all")
    if show not in parameter_list.SHOWN:
        raise NotFound
    vertical, view, on = request.args.get("vertical") or None, catalog_view(), screen.today()
    return render_template(
        "configuration/parameters.html",
        groups=parameter_list.groups(view, on=on, vertical=vertical, show=show),
        every=parameter_list.groups(view, on=on),
        counts=parameter_list.counts(view, on=on),
        vertical=vertical,
        show=show,
        screen=screen,
    )


@pages.page("/settings/parameters/<key>", permission=policy.READ)
def show(key: str) -> ResponseReturnValue:
    return _page(key)


@pages.page("/settings/parameters/<key>", permission=policy.ASK, methods=["POST"])
def ask(key: str) -> ResponseReturnValue:
    session, view = db.session(), catalog_view()
    try:
        wanted = screen.wanted(view, key, request.form)
        asked = overrides.ask(session, context=context(), view=view, wanted=wanted, reason=request.form["reason"])
    except (Invalid, Conflict) as error:
        return _page(key, error=error), error.status
    return _asked(asked.id)


@pages.page("/settings/parameters/<key>/end/<uuid:parameter_override_id>", permission=policy.ASK, methods=["POST"])
def end(key: str, parameter_override_id: UUID) -> ResponseReturnValue:
    try:
        asked = overrides.ask_end(
            db.session(), context=context(), view=catalog_view(), override_id=parameter_override_id,
            on=screen.day(request.form, "on"), reason=request.form.get("reason", ""),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _page(key, ending=(parameter_override_id, error)), error.status
    return _asked(asked.id)


@pages.page("/settings/parameters/<key>/withdraw/<uuid:approval_id>", permission=policy.ASK, methods=["POST"])
def withdraw(key: str, approval_id: UUID) -> ResponseReturnValue:
    approvals.withdraw(
        db.session(), context=context(), approval_id=approval_id, version=int(request.form.get("version", "0") or 0)
    )
    db.session.commit()
    toast(_("The request is withdrawn"))
    return redirect(url_for("parameters.show", key=key), code=303)


def _asked(approval_id: UUID) -> ResponseReturnValue:
    where = url_for("approvals.show", approval_id=approval_id)
    db.session.commit()
    toast(_("A second person is asked for approval"))
    return redirect(where, code=303)


def _page(key: str, *, error: DomainError | None = None, ending: tuple[UUID, DomainError] | None = None) -> str:
    """The page of one parameter, with what was wrong in a form."""
    session, view, on = db.session(), catalog_view(), screen.today()
    found = parameter_list.values_of(view, key=key, on=on)
    model = next((each.row for each in found if not each.row.set_by_tenant), found[0].row)
    places = list(dict.fromkeys(each.row.jurisdiction for each in found))
    asked = overrides.history(session, context=context(), key=key, jurisdictions=places)
    free = screen.choosable(found)
    own = [row for place in places for row in own_values(session, key=key, jurisdiction=place)]
    return render_template(
        "configuration/parameter.html",
        key=key,
        model=model,
        values=found,
        uses=parameter_list.uses(view, key=key),
        asked=[screen.ShownRequest(row, model) for row in asked],
        rows=free,
        controls=screen.controls(free, request.form, error) if free else [],
        failed=_general(error),
        ends=[_ending(row, ending) for row in own if row.effective_to is None or row.effective_to > on],
        screen=screen,
        vertical=view.verticals.get(key.partition(".")[0]),
    )


def _general(error: DomainError | None) -> list[str]:
    """What belongs to no field."""
    found: Mapping[str, str] = errors_of(error) if error is not None else {}
    return [found[""]] if "" in found else []


def _ending(row: Any, ending: tuple[UUID, DomainError] | None) -> dict[str, Any]:
    """One of the tenant's own values with the form that ends it."""
    wrong = errors_of(ending[1]) if ending is not None and ending[0] == row.id else {}
    typed = request.form if wrong else {}
    first = max(row.effective_from, screen.today()).isoformat()
    return {
        "row": row,
        "open": bool(wrong),
        "failed": [wrong[""]] if "" in wrong else [],
        "controls": [
            control("on", _("First day of the declared value"), kind="date", required=True,
                    value=typed.get("on", first), error=wrong.get("on")),
            control("reason", _("Reason"), required=True, maxlength=2000, value=typed.get("reason"),
                    error=wrong.get("reason"), autocomplete="off"),
        ],
    }  # fmt: skip
