"""Step-up at the web edge: a workspace whose policy wants more, and dangerous acts, lead to a page where one proves who one is.

A page that was asked for is opened afterwards. A form that was sent is kept in the page, so that proof and act arrive together
and the act goes on at once; a form with a file, and a fragment, are sent again by the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.context import Context
from core.db.base import db
from core.errors import DomainError
from core.identity import accounts, entering
from core.identity.accounts import Account
from core.identity.assurance import STEP_UP
from core.identity.visits import came_from, local_path, secret_of, site, visit
from core.limits import service as limits
from core.limits.budgets import Spent
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.security import SAFE_METHODS, renew_session_token, session_token
from core.web.state import SignedOut, StepUp

FIELDS = ("proof-password", "proof-code", "proof-recovery", "proof-passkey")

ELSEWHERE: list[Callable[[str, str], str | None]] = []
"""Other doors of a workspace, by its address and where to go on to; None where it has none. Filled by `app.py`."""


def step_up(context: Context) -> Context:
    """The context, freshly proved, where the request brings a proof along. Raises StepUp, or Spent after too many tries."""
    if request.method in SAFE_METHODS or not any(request.form.get(name) for name in FIELDS):
        raise StepUp(context)
    with Session(db.engine) as session:
        try:
            prove(session)
        except Spent:
            raise
        except DomainError as error:
            g.proof_error = error
            raise StepUp(context) from None
    return replace(context, assurance=replace(context.assurance, proved_until=datetime.now(UTC) + STEP_UP))


def prove(session: Session) -> None:
    """Take the proof of the form; the session gets a new secret. Raises SignedOut, Spent and what `entering.prove_again` does."""
    token = session_token()
    who = accounts.account(session, token=token) if token else None
    if token is None or who is None:
        raise SignedOut
    limits.take(db.engine, budget="step_up", whom=str(who.user_id))
    password, code, recovery, passkey = (request.form.get(name, "") for name in FIELDS)
    fresh = entering.prove_again(
        session, who=who, token=token, visit=visit(), password=password, code=code, recovery_code=recovery,
        passkey=(secret_of("challenge"), passkey, site()) if passkey else None,
    )  # fmt: skip
    renew_session_token(fresh)


def to_step_up(error: StepUp) -> ResponseReturnValue:
    """The answer to a request that has to prove itself."""
    context, asked = error.context, request.full_path.rstrip("?")
    if is_partial():
        return Response(status=403, headers={"HX-Redirect": address(context, back=came_from())})
    if request.method in SAFE_METHODS:
        return redirect(address(context, back=asked))
    if context.assurance.wants or request.files:
        if request.files:
            toast(_("Nothing was sent yet. Choose the file once more."), tone="info")
        return redirect(address(context, back=came_from()), code=303)
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in FIELDS]
    return make_response(page(context, action=asked, kept=kept), 422 if "proof_error" in g else 403)


def address(context: Context, *, back: str) -> str:
    """Where one proves oneself for a workspace."""
    return f"/prove/{context.workspace}" + (f"?{urlencode({'next': back})}" if back else "")


def onward(context: Context | None) -> str:
    """Where to go on to after a proof."""
    known = local_path(request.values.get("next"), below=("/t/", "/account"))
    return known or (f"/t/{context.workspace}/" if context else "/account")


def page(context: Context | None, *, action: str, kept: Any = (), error: DomainError | None = None) -> str:
    """The page that asks for a proof."""
    with Session(db.engine) as session:
        who = accounts.account(session, token=session_token() or "")
    if who is None:
        raise SignedOut
    return render_template(
        "identity/prove.html", who=who, place=context, action=action, kept=kept, ways=ways(who, context), next=onward(context),
        error=error or g.get("proof_error"), peer=request.remote_addr, elsewhere=_elsewhere(context),
    )  # fmt: skip


def _elsewhere(context: Context | None) -> str | None:
    """Where the workspace's own identity provider vouches for the person, if its policy takes that."""
    if context is None or context.engagement_id is not None or "network" in context.assurance.wants:
        return None
    if "sso" not in context.assurance.accepts:
        return None
    return next((found for door in ELSEWHERE if (found := door(context.workspace, onward(context)))), None)


def ways(who: Account, context: Context | None) -> set[str]:
    """How the person may prove themselves, for a workspace or for themselves: of what they have, what its policy takes."""
    wants = set(context.assurance.wants) if context else set()
    if "network" in wants:
        return set()
    has = {"passkey"} if who.passkeys else set()
    if "passkey" in wants:
        return has
    if context and "method" in wants:
        alone = {"password"} if who.password_hash and not who.second_factor else set()
        return (has | alone) & set(context.assurance.accepts)
    has |= {"code"} if who.has_totp else set()
    has |= {"recovery"} if who.codes_left else set()
    if not has and "second_factor" not in wants and who.password_hash:
        has = {"password"}
    return has
