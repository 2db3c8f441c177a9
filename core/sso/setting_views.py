"""Settings of single sign-on: the tenant's identity providers, and the domains it proves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import Conflict, DomainError, Invalid, Unavailable
from core.identity.role_book import role_book
from core.identity.visits import config
from core.sso import domains, policy, service
from core.sso.models import IdentityProvider
from core.sso.service import Settings
from core.sso.views import site
from core.web.current import context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.i18n import label
from core.web.routes import Pages

pages = Pages("sign_on", __name__)
pages.nav(
    section="people", key="sign_on", label=_l("Single sign-on"), icon="building", endpoint="sign_on.index",
    permission=policy.MANAGE, order=72,
)  # fmt: skip


@pages.page("/single-sign-on", permission=policy.MANAGE)
def index() -> str:
    return _page()


@pages.page("/single-sign-on/new", permission=policy.MANAGE)
def new() -> str:
    return _form(None)


@pages.page("/single-sign-on/new", permission=policy.MANAGE, methods=["POST"])
def add() -> ResponseReturnValue:
    try:
        row = service.add(db.session(), context=context(), settings=_settings(None), site=site())
    except (Invalid, Unavailable, Conflict) as error:
        db.session.rollback()
        return _form(None, error), error.status
    return _done(_("%(name)s is added. Switch it on when a domain is proved.", name=row.name))


@pages.page("/single-sign-on/<uuid:provider_id>", permission=policy.MANAGE)
def edit(provider_id: UUID) -> str:
    return _form(service.found(db.session(), provider_id=provider_id))


@pages.page("/single-sign-on/<uuid:provider_id>", permission=policy.MANAGE, methods=["POST"])
def change(provider_id: UUID) -> ResponseReturnValue:
    row = service.found(db.session(), provider_id=provider_id)
    try:
        service.change(
            db.session(), context=context(), provider_id=provider_id, settings=_settings(row), site=site(),
            version=form_number("version"),
        )  # fmt: skip
    except (Invalid, Unavailable) as error:
        return _form(row, error), error.status
    return _done(_("Saved"))


@pages.page("/single-sign-on/<uuid:provider_id>/switch", permission=policy.MANAGE, methods=["POST"])
def switch(provider_id: UUID) -> ResponseReturnValue:
    on = request.form.get("on") == "yes"
    service.switch(db.session(), context=context(), provider_id=provider_id, on=on, version=form_number("version"))
    return _done(
        _("Switched on") if on else _("Switched off. Who is signed in stays so; sign-in policies decide anew.")
    )


@pages.page("/single-sign-on/<uuid:provider_id>/remove", permission=policy.MANAGE, methods=["POST"])
def remove(provider_id: UUID) -> ResponseReturnValue:
    service.remove(db.session(), context=context(), provider_id=provider_id, version=form_number("version"))
    return _done(_("Removed. The people it let in are still members."))


@pages.page("/single-sign-on/domains", permission=policy.MANAGE, methods=["POST"])
def add_domain() -> ResponseReturnValue:
    try:
        domains.add(db.session(), context=context(), domain=request.form.get("domain", ""))
    except (Invalid, Conflict) as error:
        return _page(error=error), error.status
    return _done(_("Now set the TXT record at your name server, then let it be checked."))


@pages.page("/single-sign-on/domains/<uuid:domain_id>/check", permission=policy.MANAGE, methods=["POST"])
def check_domain(domain_id: UUID) -> ResponseReturnValue:
    resolver = domains.resolver(config().dns_server)
    try:
        row = domains.prove(db.session(), context=context(), domain_id=domain_id, resolver=resolver)
    except (Conflict, Unavailable) as error:
        return _page(error=error), error.status
    return _done(_("%(domain)s is proved", domain=row.domain))


@pages.page("/single-sign-on/domains/<uuid:domain_id>/remove", permission=policy.MANAGE, methods=["POST"])
def remove_domain(domain_id: UUID) -> ResponseReturnValue:
    domains.remove(db.session(), context=context(), domain_id=domain_id)
    return _done(_("Removed"))


def _done(words: str) -> ResponseReturnValue:
    to = url_for("sign_on.index")
    db.session.commit()
    toast(words)
    return redirect(to, 303)


def _page(error: DomainError | None = None) -> str:
    session = db.session()
    held = [(row, domains.record_of(row)) for row in domains.rows(session)]
    return render_template(
        "sso/settings.html", providers=service.providers(session), domains=held, error=error,
        proved=bool(domains.verified(session)), callback=site().callback, door=_door(),
    )  # fmt: skip


def _door() -> str:
    return f"{config().address}{url_for('sso.choose', slug=context().workspace)}"


def _settings(row: IdentityProvider | None) -> Settings:
    form = request.form
    secret = form.get("secret", "")
    kept = row is not None and not secret and "no_secret" not in form
    return Settings(
        name=form.get("name", ""), issuer=form.get("issuer", ""), client_id=form.get("client_id", ""),
        secret=None if kept else secret, makes_people="makes_people" in form, roles=tuple(form.getlist("roles")),
    )  # fmt: skip


def _form(row: IdentityProvider | None, error: DomainError | None = None) -> str:
    shown = {**request.form.to_dict(), "roles": request.form.getlist("roles")} if error is not None else _values(row)
    controls = filled(_controls(row), values=shown, errors=errors_of(error) if error is not None else {})
    return render_template(
        "sso/provider.html", row=row, controls=controls, failed=error is not None, callback=site().callback
    )


def _values(row: IdentityProvider | None) -> dict[str, Any]:
    if row is None:
        return {}
    ticked = {"makes_people": "yes"} if row.makes_people else {}
    return {"name": row.name, "issuer": row.issuer, "client_id": row.client_id, "roles": row.roles, **ticked}


def _controls(row: IdentityProvider | None) -> list[Control]:
    roles = [(each.key, str(label(each.label))) for each in role_book(db.session()).on("client") if not each.dated]
    kept = _("Leave empty to keep the one there is.") if row is not None and row.secret else None
    return [
        control("name", _("Name"), required=True, help=_("What the button at the door says, such as the company's.")),
        control("issuer", _("Issuer"), required=True, help=_("As the provider gives it, such as https://login.example.com.")),
        control("client_id", _("Client ID"), required=True),
        control("secret", _("Client secret"), kind="password", autocomplete="off", help=kept),
        control("makes_people", _("Make people on their first sign-in"), kind="checkbox",
                help=_("Otherwise only those who were invited, or named by your directory, come in.")),
        control("roles", _("Roles of new people"), kind="checks", options=roles),
    ]  # fmt: skip
