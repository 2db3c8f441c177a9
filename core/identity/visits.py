"""The request as identity sees it: where it comes from, what it may keep in the browser, and what passkeys are bound to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.wrappers import Response

from core.config import LOOPBACK, Config
from core.identity.door import LASTS, Purpose, Visit
from core.identity.passkeys import Site
from core.web.security import session_token

COOKIES: dict[Purpose, str] = {
    "second_step": "__Host-kehub-step",
    "challenge": "__Host-kehub-challenge",
    "sso": "__Host-kehub-sso",
}
FROM_ELSEWHERE: frozenset[Purpose] = frozenset({"sso"})
"""Ceremonies that end with a visit from another site, to which browsers send no strict cookie."""


def visit() -> Visit:
    known = config()
    return Visit(
        peer=request.remote_addr or "",
        previous=session_token(),
        agent=request.headers.get("User-Agent", ""),
        hours=known.session_hours,
        idle_minutes=known.idle_minutes,
    )


def config() -> Config:
    found: Config = current_app.extensions["kehub"]["config"]
    return found


def site() -> Site:
    """The name that passkeys are bound to, and the pages that may use them. On this machine alone the port may be any."""
    name = config().rp_id
    if name not in LOOPBACK:
        return Site(name, (config().address,))
    port = urlsplit(request.host_url).port
    tail = f":{port}" if port else ""
    return Site(name, (f"http://{name}{tail}", f"https://{name}{tail}"))


def secret_of(purpose: Purpose) -> str | None:
    """The secret that the browser holds of something begun."""
    return request.cookies.get(COOKIES[purpose]) or None


def hand_secret(response: Response, *, purpose: Purpose, secret: str) -> None:
    age = int(LASTS[purpose].total_seconds())
    strict = "Lax" if purpose in FROM_ELSEWHERE else "Strict"
    response.set_cookie(COOKIES[purpose], secret, max_age=age, path="/", secure=True, httponly=True, samesite=strict)


def forget_secret(response: Response, *, purpose: Purpose) -> None:
    strict = "Lax" if purpose in FROM_ELSEWHERE else "Strict"
    response.delete_cookie(COOKIES[purpose], path="/", secure=True, httponly=True, samesite=strict)


def local_path(wanted: str | None, *, below: tuple[str, ...] = ("/t/",)) -> str:
    """A path of this site that somebody named to go on to; empty for anything else."""
    if wanted is None or "\\" in wanted or not wanted.startswith(below):
        return ""
    return wanted


def came_from() -> str:
    """The page of a workspace that the request was sent from; empty where that is not known."""
    sent = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if sent.netloc != request.host:
        return ""
    return local_path(sent.path + (f"?{sent.query}" if sent.query else ""))
