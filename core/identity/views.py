"""The door: sign-in, the second step, a forgotten password, the choice of a workspace, and proving oneself again."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from core.context import Context
from core.db.base import db
from core.errors import DomainError, Invalid, NotFound
from core.identity import accounts, entering, loading, passkeys, passwords, proving, service
from core.identity.visits import forget_secret, hand_secret, local_path, secret_of, site, visit
from core.limits import service as limits
from core.web.forms import errors_of
from core.web.routes import Pages
from core.web.security import clear_session_cookie, session_token, set_session_cookie
from core.web.state import SignedOut

pages = Pages("identity", __name__)


@pages.page("/", permission=None, public=True)
def start() -> ResponseReturnValue:
    """The workspaces of a signed-in person; with only one, straight into it."""
    token = session_token()
    places = service.workplaces(db.session(), token=token) if token else []
    if not places:
        signed_in = token is not None and accounts.account(db.session(), token=token) is not None
        return redirect(url_for("account.show" if signed_in else "identity.login"))
    if len(places) == 1:
        return redirect(f"/t/{places[0].slug}/")
    return render_template("identity/workspaces.html", places=places)


@pages.page("/login", permission=None, public=True)
def login() -> ResponseReturnValue:
    return _login_page()


@pages.page("/login", permission=None, methods=["POST"], public=True)
def sign_in() -> ResponseReturnValue:
    limits.take(db.engine, budget="sign_in", whom=visit().peer)
    address, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        token = service.sign_in(db.session(), address=address, password=password, visit=visit())
    except entering.SecondFactorNeeded as waiting:
        response = redirect(url_for("identity.second", next=_next() or None))
        hand_secret(response, purpose="second_step", secret=waiting.secret)
        return response
    except DomainError as error:
        return _login_page(address=address, error=error), error.status, dict(error.headers)
    return _signed_in(token)


@pages.page("/login/passkey/options", permission=None, methods=["POST"], public=True)
def passkey_options() -> ResponseReturnValue:
    """A challenge for whoever comes to the door, or for who is half in."""
    limits.take(db.engine, budget="sign_in", whom=visit().peer)
    waiting = (
        entering.waiting_account(db.session(), secret=secret_of("second_step")) if "step" in request.args else None
    )
    return options(passkeys.begin_proof(db.session(), who=waiting, site=site()))


@pages.page("/login/passkey", permission=None, methods=["POST"], public=True)
def sign_in_with_passkey() -> ResponseReturnValue:
    answer, secret = request.form.get("proof-passkey", ""), secret_of("challenge")
    try:
        token = entering.sign_in_with_passkey(db.session(), secret=secret, answer=answer, site=site(), visit=visit())
    except DomainError as error:
        db.session.commit()
        return _login_page(error=error), error.status
    return _signed_in(token)


@pages.page("/login/second", permission=None, public=True)
def second() -> ResponseReturnValue:
    return _second_page()


@pages.page("/login/second", permission=None, methods=["POST"], public=True)
def second_step() -> ResponseReturnValue:
    try:
        token = _second_step()
    except DomainError as error:
        db.session.commit()
        return _second_page(error=error)
    return _signed_in(token)


def _second_step() -> str:
    waiting, answer = secret_of("second_step"), request.form.get("proof-passkey", "")
    code, recovery = request.form.get("proof-code", ""), request.form.get("proof-recovery", "")
    if answer:
        return entering.second_step_with_passkey(
            db.session(), waiting=waiting, secret=secret_of("challenge"), answer=answer, site=site(), visit=visit()
        )
    return entering.second_step(db.session(), secret=waiting, code=code or recovery, recovering=not code, visit=visit())


@pages.page("/logout", permission=None, methods=["POST"], public=True)
def sign_out() -> ResponseReturnValue:
    token = session_token()
    if token:
        service.sign_out(db.session(), token=token)
    response = redirect(url_for("identity.login"))
    clear_session_cookie(response)
    return response


# -- a forgotten password -----------------------------------------------------------------------------------------------


@pages.page("/login/forgot", permission=None, public=True)
def forgot() -> ResponseReturnValue:
    return render_template("identity/forgot.html", sent=False)


@pages.page("/login/forgot", permission=None, methods=["POST"], public=True)
def send_reset() -> ResponseReturnValue:
    """The same answer, in the same time, for an address that is known and one that is not."""
    address = request.form.get("email", "")
    limits.take(db.engine, budget="reset_address", whom=visit().peer)
    limits.take(db.engine, budget="reset", whom=entering.email_key(address))
    passwords.ask_reset(db.session(), key=entering.email_key(address))
    db.session.commit()
    return render_template("identity/forgot.html", sent=True)


@pages.page("/login/reset/<secret>", permission=None, public=True)
def reset(secret: str) -> ResponseReturnValue:
    who = passwords.reset_account(db.session(), secret=secret)
    return render_template("identity/reset.html", who=who, errors={}), 200 if who else 410


@pages.page("/login/reset/<secret>", permission=None, methods=["POST"], public=True)
def set_password(secret: str) -> ResponseReturnValue:
    try:
        password = request.form.get("password", "")
        who = passwords.reset(db.session(), secret=secret, password=password, visit=visit())
    except Invalid as error:
        found = passwords.reset_account(db.session(), secret=secret)
        return render_template("identity/reset.html", who=found, errors=errors_of(error)), error.status
    db.session.commit()
    if who is None:
        return render_template("identity/reset.html", who=None, errors={}), 410
    response = redirect(url_for("identity.login", why="password_set"), code=303)
    clear_session_cookie(response)
    return response


# -- proving oneself again ----------------------------------------------------------------------------------------------


@pages.page("/prove/options", permission=None, methods=["POST"], public=True)
def prove_options() -> ResponseReturnValue:
    who = accounts.account(db.session(), token=session_token() or "")
    if who is None:
        raise SignedOut
    limits.take(db.engine, budget="step_up", whom=f"options:{who.user_id}")
    return options(passkeys.begin_proof(db.session(), who=who, site=site()))


@pages.page("/prove", permission=None, public=True)
def prove_self() -> ResponseReturnValue:
    return proving.page(None, action=request.full_path.rstrip("?"))


@pages.page("/prove", permission=None, methods=["POST"], public=True)
def proved_self() -> ResponseReturnValue:
    return _proved(None)


@pages.page("/prove/<workspace>", permission=None, public=True)
def prove(workspace: str) -> ResponseReturnValue:
    return proving.page(_place(workspace), action=request.full_path.rstrip("?"))


@pages.page("/prove/<workspace>", permission=None, methods=["POST"], public=True)
def proved(workspace: str) -> ResponseReturnValue:
    return _proved(_place(workspace))


def _proved(place: Context | None) -> ResponseReturnValue:
    db.session.rollback()
    try:
        with Session(db.engine) as session:
            proving.prove(session)
    except DomainError as error:
        return proving.page(place, action=request.full_path.rstrip("?"), error=error), error.status
    return redirect(proving.onward(place), code=303)


def _place(workspace: str) -> Context:
    """The workspace one proves oneself for: one's own, or it is not found."""
    if session_token() is None:
        raise SignedOut
    found = loading.load_context(workspace)
    if found is None:
        raise NotFound
    return found


def options(begun: passkeys.Begun) -> Response:
    """A challenge for the browser's script; its secret goes into a cookie."""
    db.session.commit()
    response = Response(begun.options, mimetype="application/json", headers={"Cache-Control": "no-store"})
    hand_secret(response, purpose="challenge", secret=begun.secret)
    return response


def _signed_in(token: str) -> AnyResponse:
    response = redirect(_next() or url_for("identity.start"))
    set_session_cookie(response, token)
    forget_secret(response, purpose="second_step")
    return response


def _login_page(*, address: str = "", error: DomainError | None = None) -> str:
    return render_template(
        "identity/login.html", address=address, error=error, next=_next(), why=request.args.get("why", "")
    )


def _second_page(*, error: DomainError | None = None) -> ResponseReturnValue:
    who = entering.waiting_account(db.session(), secret=secret_of("second_step"))
    if who is None:
        return redirect(url_for("identity.login", next=_next() or None, why="late"))
    return render_template("identity/second.html", who=who, error=error, next=_next()), error.status if error else 200


def _next() -> str:
    """Where to go after signing in: a path of this site only."""
    return local_path(request.values.get("next"), below=("/t/", "/account", "/invitation/", "/desk"))
