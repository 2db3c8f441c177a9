"""Pages of roles: the built-in ones, the tenant's own, the catalogue of permissions, and the duties that are kept apart."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import DomainError, NotFound
from core.identity import policy, role_book
from core.identity.duties import DUTIES
from core.identity.permissions import PERMISSIONS, grouped
from core.identity.role_book import Draft, RoleRow
from core.identity.roles import grantable
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("roles", __name__)
pages.nav(
    section="people", key="roles", label=_l("Roles"), icon="shield", endpoint="roles.index", permission=policy.PEOPLE,
    order=12,
)  # fmt: skip


@pages.page("/settings/roles", permission=policy.PEOPLE)
def index() -> ResponseReturnValue:
    book = role_book.role_book(db.session(), counted=True)
    shown = [row for row in book.rows.values() if context().party == "client" or "provider" in row.parties]
    return render_template("identity/roles.html", rows=shown)


@pages.page("/settings/roles/new", permission=policy.ROLES)
def draft() -> ResponseReturnValue:
    """An empty role, or a copy of another."""
    copied = role_book.role_book(db.session()).rows.get(request.args.get("of", ""))
    return _form(None, _draft_of(copied, copied=True))


@pages.page("/settings/roles/new", permission=policy.ROLES, methods=["POST"])
def create() -> ResponseReturnValue:
    try:
        row = role_book.make_role(db.session(), context=context(), draft=_sent())
    except DomainError as error:
        afresh(error)
        return _form(None, _sent(), error=error), error.status
    return _saved(row.key, row.label)


@pages.page("/settings/roles/<key>", permission=policy.PEOPLE)
def show(key: str) -> ResponseReturnValue:
    row = _role(key)
    return render_template("identity/role.html", row=row, groups=grouped(row.permissions))


@pages.page("/settings/roles/<key>/edit", permission=policy.ROLES)
def edit(key: str) -> ResponseReturnValue:
    row = _own(key)
    return _form(row, _draft_of(row))


@pages.page("/settings/roles/<key>/edit", permission=policy.ROLES, methods=["POST"])
def change(key: str) -> ResponseReturnValue:
    row = _own(key)
    try:
        kept = role_book.change_role(
            db.session(), context=context(), key=row.key, draft=_sent(), version=form_number("version")
        )
    except DomainError as error:
        afresh(error)
        return _form(row, _sent(), error=error), error.status
    return _saved(kept.key, kept.label)


@pages.page("/settings/roles/<key>/archive", permission=policy.ROLES, methods=["POST"])
def archive(key: str) -> ResponseReturnValue:
    row = _own(key)
    role_book.archive_role(db.session(), context=context(), key=row.key, version=form_number("version"))
    db.session.commit()
    toast(_("%(name)s is archived", name=label(row.label)))
    return redirect(url_for("roles.index"), code=303)


@pages.page("/settings/permissions", permission=policy.PEOPLE)
def permissions() -> ResponseReturnValue:
    rows = role_book.role_book(db.session()).rows.values()
    holders = {key: [row.label for row in rows if key in row.permissions and not row.archived] for key in PERMISSIONS}
    return render_template("identity/permissions.html", groups=grouped(PERMISSIONS), holders=holders)


@pages.page("/settings/duties", permission=policy.PEOPLE)
def duties() -> ResponseReturnValue:
    return render_template("identity/duties.html", duties=DUTIES)


def _saved(key: str, name: Any) -> ResponseReturnValue:
    shown = label(name)
    db.session.commit()
    toast(_("%(name)s is saved. Whoever holds it has it from the next request on", name=shown))
    return redirect(url_for("roles.show", key=key), code=303)


def _role(key: str) -> RoleRow:
    row = role_book.role_book(db.session(), counted=True).rows.get(key)
    if row is None:
        raise NotFound
    return row


def _own(key: str) -> RoleRow:
    row = _role(key)
    if row.own is None:
        raise NotFound
    return row


def _sent() -> Draft:
    return Draft(
        label={"zh-CN": request.form.get("label.zh-CN", ""), "en": request.form.get("label.en", "")},
        about=request.form.get("about", ""),
        permissions=request.form.getlist("permissions"),
        parties=request.form.getlist("parties"),
    )


def _draft_of(row: RoleRow | None, *, copied: bool = False) -> Draft:
    if row is None:
        return Draft(label={}, permissions=[], parties=["client"])
    names = {"zh-CN": f"{row.label['zh-CN']}（副本）", "en": f"{row.label['en']} (copy)"} if copied else row.label
    return Draft(label=names, permissions=sorted(row.permissions), parties=sorted(row.parties), about=row.about)


def _form(row: RoleRow | None, said: Draft, *, error: DomainError | None = None) -> str:
    wrong = errors_of(error) if error is not None else {}
    givable = frozenset().union(*(grantable(context(), party=party) for party in ("client", "provider")))
    return render_template(
        "identity/role_form.html", row=row, said=said, controls=filled(_controls(said), values={}, errors=wrong),
        groups=grouped(PERMISSIONS), givable=givable | (row.permissions if row else frozenset()), wrong=wrong,
    )  # fmt: skip


def _controls(said: Draft) -> list[Control]:
    return [
        control("label.zh-CN", _l("Name in Chinese"), value=said.label.get("zh-CN", ""), maxlength=role_book.NAME,
                autocomplete="off"),
        control("label.en", _l("Name in English"), value=said.label.get("en", ""), maxlength=role_book.NAME,
                autocomplete="off", help=_l("One is enough; it is then used for both")),
        control("about", _l("What it is for"), kind="textarea", rows=2, value=said.about, maxlength=role_book.ABOUT),
        control("parties", _l("Who may hold it"), kind="checks", value=list(said.parties),
                options=[("client", _l("The client's people")), ("provider", _l("A provider's people"))]),
    ]  # fmt: skip
