"""The page of a tenant's sign-in policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import Invalid
from core.identity import policies, policy, queries
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.routes import Pages

pages = Pages("sign_in_policy", __name__)
pages.nav(
    section="people", key="sign_in_policy", label=_l("Sign-in policy"), icon="lock", endpoint="sign_in_policy.show",
    permission=policy.SIGN_IN, order=89,
)  # fmt: skip


@pages.page("/settings/sign-in", permission=policy.SIGN_IN)
def show() -> ResponseReturnValue:
    return _page()


@pages.page("/settings/sign-in", permission=policy.SIGN_IN, methods=["POST"])
def save() -> ResponseReturnValue:
    form = request.form
    try:
        policies.save_policy(
            db.session(), context=context(), peer=request.remote_addr or "", second_factor=form.get("second_factor", ""),
            methods=form.getlist("methods"), session_hours=_number("session_hours"),
            idle_minutes=_number("idle_minutes"), networks=form.get("networks", ""), version=form_number("version"),
        )  # fmt: skip
    except Invalid as error:
        return _page(errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("The sign-in policy is saved"), detail=_("It holds from everybody's next request on."))
    return redirect(url_for("sign_in_policy.show"), code=303)


def _number(name: str) -> int | None:
    """A whole number; nothing for an empty field, and one that no range takes for any other text."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def _page(*, errors: Mapping[str, str] | None = None) -> str:
    known = policies.policy_of(db.session())
    typed: dict[str, Any] = {**request.form, "methods": request.form.getlist("methods")} if errors else {}
    return render_template(
        "identity/policy.html",
        controls={each.name: each for each in filled(_controls(known), values=typed, errors=errors)},
        version=known.version,
        failed=bool(errors),
        peer=request.remote_addr,
        entered=queries.sign_ins(db.session()),
    )


def _controls(known: policies.Policy) -> list[Control]:
    return [
        control("second_factor", _l("Second factor"), kind="radio", value=known.second_factor, required=True,
                options=[("none", _l("Not asked for")), ("any", _l("An app, a passkey or the company's own sign-in")),
                         ("passkey", _l("A passkey only, which nobody can be tricked out of"))]),
        control("methods", _l("Ways to sign in"), kind="checks", value=list(known.methods), required=True,
                help=_l("With company sign-in alone, nobody enters by a password of ours"),
                options=[("password", _l("Password")), ("passkey", _l("Passkey")), ("sso", _l("Company sign-in (SSO)"))]),
        control("session_hours", _l("Sign in anew after"), kind="number", unit=_l("hours"), value=known.session_hours,
                help=_l("From 1 to 168; empty: as the platform does")),
        control("idle_minutes", _l("Sign in anew when away for"), kind="number", unit=_l("minutes"), value=known.idle_minutes,
                help=_l("From 5 to 1440; empty: as the platform does")),
        control("networks", _l("Networks"), kind="textarea", value="\n".join(known.networks), rows=4,
                help=_l("One a line, such as 203.0.113.0/24; empty: from anywhere. Holds for people and for API tokens")),
    ]  # fmt: skip
