"""Pages of invitations: ask somebody in, send again, withdraw; and the page that an invited person opens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import DomainError, Invalid
from core.identity import accounts, directory, entering, invitations, passwords, policy
from core.identity.accounts import Account
from core.identity.invitations import Offer
from core.identity.people_forms import GrantForm, profile_controls, unit_of
from core.identity.people_shown import named
from core.identity.role_book import role_book
from core.identity.visits import visit
from core.limits import service as limits
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import Control, control, errors_of, filled, form_number
from core.web.routes import Pages
from core.web.security import session_token, set_session_cookie

pages = Pages("invitations", __name__)


@pages.page("/people/invitations", permission=policy.MANAGE)
def index() -> ResponseReturnValue:
    return _list()


@pages.page("/people/invite", permission=policy.MANAGE)
def invite() -> ResponseReturnValue:
    return _form()


@pages.page("/people/invite", permission=policy.MANAGE, methods=["POST"])
def send() -> ResponseReturnValue:
    try:
        row = invitations.invite(
            db.session(), context=context(), email=request.form.get("email", ""),
            shown_name=request.form.get("shown_name", ""), grants=_grants().grants(request.form),
            unit_id=unit_of(request.form), locale=request.form.get("locale") or None,
        )  # fmt: skip
    except DomainError as error:
        afresh(error)
        return _form(error=error), error.status
    return _sent(row, _("%(name)s is invited", name=row.shown_name))


@pages.page("/people/invitations/<uuid:invitation_id>/resend", permission=policy.MANAGE, methods=["POST"])
def resend(invitation_id: UUID) -> ResponseReturnValue:
    row = invitations.resend(
        db.session(), context=context(), invitation_id=invitation_id, version=form_number("version")
    )
    return _sent(row, _("Sent again. The earlier link no longer works"))


@pages.page("/people/invitations/<uuid:invitation_id>/withdraw", permission=policy.MANAGE, methods=["POST"])
def withdraw(invitation_id: UUID) -> ResponseReturnValue:
    row = invitations.withdraw(
        db.session(), context=context(), invitation_id=invitation_id, version=form_number("version")
    )
    name = row.shown_name
    db.session.commit()
    toast(_("The invitation of %(name)s is withdrawn", name=name))
    return redirect(url_for("invitations.index"), code=303)


def _sent(row: Any, said: str) -> ResponseReturnValue:
    """Where no mail server is set, whoever invites hands the link over: it is shown once."""
    if current_app.extensions["kehub"]["config"].smtp_url is not None:
        db.session.commit()
        toast(said)
        return redirect(url_for("invitations.index"), code=303)
    secret = invitations.secret_of(row, tenant_id=context().tenant_id)
    shown = _list(link=(row.shown_name, url_for("invitations.open_link", secret=secret, _external=True)))
    db.session.commit()
    return shown


def _list(*, link: tuple[str, str] | None = None) -> str:
    rows = directory.invitations(db.session(), context=context())
    book = role_book(db.session())
    shown = [(row, named(book, (each["role"] for each in row.grants))) for row in rows]
    return render_template("identity/invitations.html", rows=shown, link=link, now=_now())


def _now() -> datetime:
    return datetime.now(UTC)


def _grants(typed: Any = None) -> GrantForm:
    party = "provider" if context().engagement_id else "client"
    return GrantForm(session=db.session(), context=context(), party=party, typed=typed)


def _form(*, error: DomainError | None = None) -> str:
    wrong = errors_of(error) if error is not None else {}
    controls = [
        control("email", _l("Work e-mail"), kind="email", required=True, autocomplete="off",
                help=_l("The invitation is good for this address only")),
        *profile_controls(db.session(), context()),
        control("locale", _l("Language of the mail"), kind="select", required=True, value=context().locale,
                options=[("zh-CN", "简体中文"), ("en", "English")]),
    ]  # fmt: skip
    return render_template(
        "identity/invite.html", controls=filled(controls, values=request.form, errors=wrong),
        form=_grants(request.form if error is not None else None), refused=error, wrong=wrong,
    )  # fmt: skip


# -- the other side of the link ---------------------------------------------------------------------------------------


@pages.page("/invitation/<secret>", permission=None, public=True)
def open_link(secret: str) -> ResponseReturnValue:
    limits.take(db.engine, budget="sign_in", whom=visit().peer)
    try:
        offered, account = _offered(secret)
    except invitations.Gone as error:
        return render_template("identity/invitation_over.html"), error.status
    return _offer_page(secret, offered, account)


@pages.page("/invitation/<secret>", permission=None, methods=["POST"], public=True)
def accept(secret: str) -> ResponseReturnValue:
    """By who is signed in with the address, or by somebody new, who is signed in from then on."""
    limits.take(db.engine, budget="sign_in", whom=visit().peer)
    offered, account = _offered(secret)
    if account is not None:
        invitations.accept(db.session(), secret=secret, account=account)
        db.session.commit()
        return redirect(f"/t/{offered.workspace}/", code=303)
    return _accept_new(secret, offered)


def _offered(secret: str) -> tuple[Offer, Account | None]:
    token = session_token()
    offered = invitations.offer(db.session(), secret=secret)
    account = accounts.account(db.session(), token=token) if token else None
    if account is not None:
        invitations.refuse_other(db.session(), offered=offered, account=account)
    return offered, account


def _accept_new(secret: str, offered: Offer) -> ResponseReturnValue:
    try:
        person = invitations.accept_new(
            db.session(), secret=secret, name=request.form.get("name", ""), password=request.form.get("password", "")
        )
    except Invalid as error:
        db.session.rollback()
        return _offer_page(secret, offered, None, error=error), error.status
    assert person.user_id is not None
    token = entering.open_session(db.session(), user_id=person.user_id, methods=["password"], visit=visit())
    db.session.commit()
    response = redirect(f"/t/{offered.workspace}/", code=303)
    set_session_cookie(response, token)
    return response


def _offer_page(secret: str, offered: Offer, account: Account | None, *, error: DomainError | None = None) -> str:
    wrong = errors_of(error) if error is not None else {}
    return render_template(
        "identity/invitation.html", secret=secret, offered=offered, account=account,
        controls=filled(_newcomer(), values={"name": request.form.get("name", offered.shown_name)}, errors=wrong),
        failed=error is not None, sign_in=url_for("identity.login", next=f"/invitation/{secret}"),
    )  # fmt: skip


def _newcomer() -> list[Control]:
    return [
        control("name", _l("Your name"), required=True, maxlength=120, autocomplete="name"),
        control("password", _l("Password"), kind="password", required=True, autocomplete="new-password",
                help=_l("At least %(shortest)s characters. Several words in a row are good.", shortest=passwords.SHORTEST)),
    ]  # fmt: skip
