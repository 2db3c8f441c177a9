"""/account: what a person may see and change of themselves, in whatever workspace they are, or in none yet.

Whoever changes factors must have proved who they are within the last minutes, as for dangerous acts in a workspace.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from core.db.base import db
from core.errors import DomainError, Invalid
from core.identity import accounts, door, entering, passkeys, passwords, recovery, service, totp
from core.identity.accounts import Account
from core.identity.agents import carried, named
from core.identity.assurance import STEP_UP
from core.identity.views import options
from core.identity.visits import secret_of, site, visit
from core.web.flash import toast
from core.web.forms import errors_of
from core.web.routes import Pages
from core.web.security import renew_session_token, session_token
from core.web.state import SignedOut

pages = Pages("account", __name__)
View = Callable[..., ResponseReturnValue]


def own(rule: str, *, methods: tuple[str, ...] = ("GET",), fresh: bool = False) -> Callable[[View], View]:
    """A page of the account: the person is in `g.person`. `fresh`: only for who proved who they are a moment ago."""

    def register(view: View) -> View:
        @wraps(view)
        def run(**values: Any) -> ResponseReturnValue:
            g.person = _signed_in()
            if _must_prove(g.person, fresh=fresh):
                db.session.rollback()
                back = request.path if "GET" in methods else url_for("account.show")
                return redirect(url_for("identity.prove_self", next=back), 303)
            return view(**values)

        pages.page(rule, permission=None, methods=methods, public=True)(run)
        return view

    return register


def _must_prove(who: Account, *, fresh: bool) -> bool:
    """Whoever came in on the word of a company's identity provider alone proves themselves to us before they see their account."""
    now = datetime.now(UTC)
    return now >= who.stepped_at + STEP_UP if fresh else who.stepped_at.year == 1


def person() -> Account:
    found: Account = g.person
    return found


def token() -> str:
    return session_token() or ""


def _signed_in() -> Account:
    """Raises SignedOut."""
    found = accounts.account(db.session(), token=token())
    if found is None:
        raise SignedOut
    g.language = found.locale
    return found


@own("/account")
def show() -> ResponseReturnValue:
    return _page()


@own("/account/profile", methods=("POST",))
def save_profile() -> ResponseReturnValue:
    form = request.form
    try:
        accounts.save_profile(
            db.session(), who=person(), name=form.get("name", ""), locale=form.get("locale", ""),
            zone=form.get("time_zone", ""), zones=zones(),
        )  # fmt: skip
    except Invalid as error:
        return _page(errors=errors_of(error), form="profile"), error.status
    return _done(_("Your profile is saved"))


@own("/account/password", methods=("POST",), fresh=True)
def change_password() -> ResponseReturnValue:
    try:
        ended = passwords.change(
            db.session(), who=person(), present=request.form.get("present", ""),
            password=request.form.get("password", ""), token=token(), visit=visit(),
        )  # fmt: skip
    except Invalid as error:
        db.session.commit()
        return _page(errors=errors_of(error), form="password"), error.status
    accounts.tell(db.session(), who=person(), change="password")
    renew_session_token(entering.renew(db.session(), token=token(), method="password"))
    detail = ngettext("%(num)s other session was ended", "%(num)s other sessions were ended", ended)
    return _done(_("Your password is changed"), detail=detail)


# -- the authenticator app ----------------------------------------------------------------------------------------------


@own("/account/totp", methods=("POST",), fresh=True)
def enrol_totp() -> ResponseReturnValue:
    totp.enrol(db.session(), who=person())
    db.session.commit()
    return redirect(url_for("account.totp_page"), code=303)


@own("/account/totp", fresh=True)
def totp_page() -> ResponseReturnValue:
    return _totp_page()


@own("/account/totp/confirm", methods=("POST",), fresh=True)
def confirm_totp() -> ResponseReturnValue:
    first = not person().second_factor
    try:
        entering.take_code(
            db.session(), who=person(), code=request.form.get("code", ""), recovering=False, visit=visit(),
            kind="factor.added",
        )  # fmt: skip
    except DomainError as error:
        db.session.commit()
        return _totp_page(error=error)
    return _factor_added("totp", first=first)


@own("/account/totp/remove", methods=("POST",), fresh=True)
def remove_totp() -> ResponseReturnValue:
    totp.remove(db.session(), who=person())
    return _factor_removed("totp", last=not person().passkeys)


# -- passkeys -----------------------------------------------------------------------------------------------------------


@own("/account/passkeys/options", methods=("POST",), fresh=True)
def passkey_options() -> ResponseReturnValue:
    return options(passkeys.begin_registration(db.session(), who=person(), site=site()))


@own("/account/passkeys", methods=("POST",), fresh=True)
def add_passkey() -> ResponseReturnValue:
    first = not person().second_factor
    name = request.form.get("name", "").strip() or named(visit().agent)
    try:
        passkeys.register(
            db.session(), who=person(), secret=secret_of("challenge"), answer=request.form.get("proof-passkey", ""),
            name=name, site=site(),
        )  # fmt: skip
    except Invalid as error:
        db.session.commit()
        return _page(errors=errors_of(error), form="passkey"), error.status
    return _factor_added("passkey", first=first)


@own("/account/passkeys/<uuid:passkey_id>/name", methods=("POST",))
def name_passkey(passkey_id: UUID) -> ResponseReturnValue:
    passkeys.rename(db.session(), who=person(), passkey_id=passkey_id, name=request.form.get("name", ""))
    return _done(_("The passkey has its new name"))


@own("/account/passkeys/<uuid:passkey_id>/remove", methods=("POST",), fresh=True)
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    passkeys.remove(db.session(), who=person(), passkey_id=passkey_id)
    return _factor_removed("passkey", last=not person().has_totp and len(person().passkeys) == 1)


@own("/account/codes", methods=("POST",), fresh=True)
def new_codes() -> ResponseReturnValue:
    accounts.tell(db.session(), who=person(), change="codes")
    return _codes_page(_("New recovery codes"))


# -- sessions -----------------------------------------------------------------------------------------------------------


@own("/account/sessions/<uuid:session_id>/end", methods=("POST",))
def end_session(session_id: UUID) -> ResponseReturnValue:
    accounts.end_session(db.session(), who=person(), session_id=session_id, visit=visit())
    return _done(_("That session is ended"))


@own("/account/sessions/end-others", methods=("POST",))
def end_others() -> ResponseReturnValue:
    ended = accounts.end_other_sessions(db.session(), who=person(), token=token(), visit=visit())
    return _done(ngettext("%(num)s other session was ended", "%(num)s other sessions were ended", ended))


# -- parts --------------------------------------------------------------------------------------------------------------


def _done(said: str, *, detail: str = "") -> ResponseReturnValue:
    db.session.commit()
    toast(said, detail=detail)
    return redirect(url_for("account.show"), code=303)


def _factor_added(method: entering.Method, *, first: bool) -> ResponseReturnValue:
    """The session has met the new factor; with the first one come recovery codes."""
    renew_session_token(entering.renew(db.session(), token=token(), method=method))
    door.note(db.session(), kind="factor.added", visit=visit(), user_id=person().user_id, method=method)
    accounts.tell(db.session(), who=person(), change="added")
    if first:
        return _codes_page(_("Your second factor is set up"))
    return _done(_("The factor is added"))


def _factor_removed(method: str, *, last: bool) -> ResponseReturnValue:
    if last:
        recovery.clear(db.session(), who=person())
    door.note(db.session(), kind="factor.removed", visit=visit(), user_id=person().user_id, method=method)
    accounts.tell(db.session(), who=person(), change="removed")
    return _done(_("The factor is removed"))


def _codes_page(title: str) -> str:
    codes = recovery.make(db.session(), who=person())
    door.note(db.session(), kind="codes.made", visit=visit(), user_id=person().user_id, method="recovery")
    db.session.commit()
    return render_template("identity/codes.html", title=title, codes=codes, person=person())


def _totp_page(*, error: DomainError | None = None) -> ResponseReturnValue:
    secret = totp.secret_of(person())
    if secret is None or person().has_totp:
        return redirect(url_for("account.show"), code=303)
    picture = totp.picture(secret, email=person().email)
    shown = render_template(
        "identity/totp.html", person=person(), picture=picture, secret=totp.spaced(secret), error=error
    )
    return shown, error.status if error else 200


def _page(*, errors: dict[str, str] | None = None, form: str = "") -> str:
    return render_template(
        "identity/account.html",
        person=person(),
        places=service.workplaces(db.session(), token=token()),
        sessions=accounts.sessions(db.session(), token=token()),
        events=accounts.events(db.session(), token=token()),
        zones=zones(),
        named=named,
        carried=carried,
        errors=errors or {},
        form=form,
    )


@cache
def zones() -> list[str]:
    """Names of time zones that people know: `Asia/Shanghai`."""
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "UTC")
    return sorted(each for each in available_timezones() if each.startswith(regions))
