"""Pages of keeping: every clock with what is due under it, and one clock with the rows, its times and its hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import Conflict, DomainError, Invalid
from core.privacy import policy
from core.privacy import retention_queries as queries
from core.privacy import retention_service as service
from core.privacy.retention_models import MODES
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("retention", __name__)
pages.nav(
    section="engagement", key="retention", label=_l("Keeping times"), icon="clock", endpoint="retention.index",
    permission=policy.RIGHTS_READ, order=76,
)  # fmt: skip


@pages.page("/retention", permission=policy.RIGHTS_READ)
def index() -> str:
    found = queries.standings(db.session(), context=context())
    return render_template("privacy/retention.html", clocks=found, most=service.MOST_COUNTED, modes=service.MODE_WORDS)


@pages.page("/retention/<key>", permission=policy.RIGHTS_READ)
def show(key: str) -> str:
    return _page(key)


@pages.page("/retention/<key>/runs", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def ask(key: str) -> ResponseReturnValue:
    return _act(key, service.ask, _("A second person is asked"), reason=request.form.get("reason", ""))


@pages.page("/retention/<key>/times", permission=policy.RIGHTS_MANAGE, methods=["POST"])
def change(key: str) -> ResponseReturnValue:
    form = request.form
    months = form_number("months") if form.get("months", "").strip() else None
    given = {"mode": form.get("mode", ""), "months": months, "reason": form.get("why", "")}
    return _act(key, service.ask_policy, _("A second person is asked"), **given)


@pages.page("/retention/<key>/hold", permission=policy.HOLD, methods=["POST"])
def hold(key: str) -> ResponseReturnValue:
    on = request.form.get("on") == "yes"
    words = _("Held: nothing goes") if on else _("The hold is lifted")
    return _act(key, service.hold, words, on=on, reason=request.form.get("held_reason", ""))


def _act(clock: str, act: Callable[..., Any], words: str, **given: Any) -> ResponseReturnValue:
    try:
        act(db.session(), context=context(), clock=clock, version=form_number("version"), **given)
    except (Invalid, Conflict) as error:
        return _page(clock, error), error.status
    to = url_for("retention.show", key=clock)
    db.session.commit()
    toast(words)
    return redirect(to, 303)


def _page(clock: str, error: DomainError | None = None) -> str:
    session = db.session()
    found = queries.standing(session, context=context(), clock=clock)
    return render_template(
        "privacy/retention_clock.html", each=found, error=error, wrong=errors_of(error) if error else {},
        page=queries.due_page(session, standing=found, after=request.args.get("after")),
        controls=filled(_controls(found), values=request.form.to_dict() if error else {},
                        errors=errors_of(error) if error else {}),
        modes=service.MODE_WORDS,
    )  # fmt: skip


def _controls(found: queries.Standing) -> list[Control]:
    usual = int(str(found.home.parameter.value))
    own = found.row.months if found.row is not None else None
    return [
        control("months", _("Months of your own"), kind="number", value=own if own is not None else "",
                help=_("Empty: the usual %(months)s months.", months=usual)),
        control("mode", _("When it falls due"), kind="select", required=True, value=found.mode,
                options=[(key, str(label(service.MODE_WORDS[key]))) for key in MODES]),
        control("why", _("Reason"), required=True),
    ]  # fmt: skip
