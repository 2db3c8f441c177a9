"""Settings of provisioning: the directories that may name people, and what the members of their groups may do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import DomainError
from core.identity.role_book import role_book
from core.identity.visits import config
from core.scim import service
from core.scim.views import ROOT
from core.sso import domains, policy
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("directory", __name__)
pages.nav(
    section="people", key="directory", label=_l("Directory"), icon="users", endpoint="directory.index",
    permission=policy.MANAGE, order=73,
)  # fmt: skip


@pages.page("/directory", permission=policy.MANAGE)
def index() -> str:
    return _page()


@pages.page("/directory", permission=policy.MANAGE, methods=["POST"])
def add() -> ResponseReturnValue:
    """The token is shown in this answer and never again."""
    form, days = request.form, request.form.get("days", "")
    try:
        row, clear = service.add_client(
            db.session(), context=context(), name=form.get("name", ""), roles=form.getlist("roles"),
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        return _page(error=error), error.status
    page = _page(issued=(row.name, clear))
    db.session.commit()
    return page


@pages.page("/directory/<uuid:client_id>/revoke", permission=policy.MANAGE, methods=["POST"])
def revoke(client_id: UUID) -> ResponseReturnValue:
    service.revoke_client(db.session(), context=context(), client_id=client_id)
    return _done(_("Revoked. The people it named stay until somebody ends their access."))


@pages.page("/directory/groups/<uuid:group_id>", permission=policy.MANAGE, methods=["POST"])
def group_roles(group_id: UUID) -> ResponseReturnValue:
    roles = request.form.getlist("roles")
    service.set_group_roles(db.session(), context=context(), group_id=group_id, roles=roles)
    return _done(_("The members of the group have these roles now"))


def _done(words: str) -> ResponseReturnValue:
    to = url_for("directory.index")
    db.session.commit()
    toast(words)
    return redirect(to, 303)


def _page(error: DomainError | None = None, issued: tuple[str, str] | None = None) -> str:
    session = db.session()
    roles = [(each.key, str(label(each.label))) for each in role_book(session).on("client") if not each.dated]
    shown: dict[str, Any] = {}
    if error is not None:
        shown = {**request.form.to_dict(), "roles": request.form.getlist("roles")}
    controls = filled(_controls(roles), values=shown, errors=errors_of(error) if error is not None else {})
    return render_template(
        "scim/settings.html", clients=service.clients(session), groups=service.groups(session), roles=roles,
        controls=controls, failed=error is not None, issued=issued, address=f"{config().address}{ROOT}",
        proved=sorted(domains.verified(session)),
    )  # fmt: skip


def _controls(roles: list[tuple[str, str]]) -> list[Control]:
    return [
        control("name", _("Name"), required=True, help=_("Such as the name of your directory.")),
        control("days", _("Valid for"), kind="number", value=365, unit=_("days"), minimum=1, maximum=service.LONGEST_DAYS),
        control("roles", _("Roles of everybody it names"), kind="checks", options=roles,
                help=_("May be none: groups give roles too.")),
    ]  # fmt: skip
