"""The page of API tokens: list, issue (shown once) and revoke."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import Invalid
from core.identity import policy, queries, service
from core.identity.permissions import PERMISSIONS
from core.identity.tokens import TOKEN_NAME
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("tokens", __name__)
pages.nav(
    section="people", key="tokens", label=_l("API tokens"), icon="key", endpoint="tokens.index",
    permission=policy.TOKENS, order=90,
)  # fmt: skip

LIFETIMES = (30, 90, 365)


@pages.page("/settings/tokens", permission=policy.TOKENS)
def index() -> ResponseReturnValue:
    return _page()


@pages.page("/settings/tokens", permission=policy.TOKENS, methods=["POST"])
def issue() -> ResponseReturnValue:
    try:
        token, clear = service.issue_own_token(
            db.session(),
            context=context(),
            name=request.form.get("name", ""),
            scopes=request.form.getlist("scopes"),
            days=request.form.get("days", 0, type=int),
            networks=request.form.get("networks", ""),
        )
    except Invalid as error:
        return _page(errors=errors_of(error)), error.status
    shown = _page(issued=(token.name, clear))
    db.session.commit()
    return shown


@pages.page("/settings/tokens/<uuid:token_id>/revoke", permission=policy.TOKENS, methods=["POST"])
def revoke(token_id: UUID) -> ResponseReturnValue:
    token = service.revoke_token(db.session(), context=context(), token_id=token_id)
    name = token.name
    db.session.commit()
    toast(_("%(name)s is revoked", name=name))
    return redirect(url_for("tokens.index"), code=303)


def _page(*, issued: tuple[str, str] | None = None, errors: Mapping[str, str] | None = None) -> str:
    typed = {**request.form, "scopes": request.form.getlist("scopes")} if errors else {}
    return render_template(
        "identity/tokens.html",
        rows=queries.token_rows(db.session()),
        controls={each.name: each for each in filled(_controls(), values=typed, errors=errors)},
        issued=issued,
        failed=bool(errors),
    )


def _scope(permission: str) -> str:
    known = PERMISSIONS.get(permission)
    return f"{label(known.label)} · {permission}" if known is not None else permission


def _controls() -> list[Control]:
    return [
        control("name", _l("Name"), required=True, maxlength=TOKEN_NAME, help=_l("Which program uses it")),
        control("days", _l("Valid for"), kind="select", value="90", required=True,
                options=[(str(days), _l("%(days)s days", days=days)) for days in LIFETIMES]),
        control("scopes", _l("Token scopes"), kind="checks", value=[], required=True,
                help=_l("Never more than your own role includes"),
                options=[(each, _scope(each)) for each in sorted(context().permissions)]),
        control("networks", _l("Networks"), kind="textarea", rows=2,
                help=_l("Where the program runs, such as 203.0.113.0/24, one a line; empty: anywhere")),
    ]  # fmt: skip
