"""Headers, the session cookie and the refusal of cross-site writes, for every response and every request.

Cross-site request forgery needs no token here: a browser tells where a request comes from. A write that carries a
session cookie is let in only when `Sec-Fetch-Site` is `same-origin` (or `none`: the person's own doing) or, from a
browser too old to send it, when `Origin` names this host. A browser's write without the cookie is held to the same, so
that nobody is signed in to a stranger's account.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from core.errors import N_, Denied

SESSION_COOKIE = "__Host-kehub"

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install_security(app: Flask) -> None:
    app.before_request(refuse_cross_site)
    app.after_request(add_headers)
    app.after_request(_hand_out)


def add_headers(response: Response) -> Response:
    given = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - these are no dict
    for name, value in HEADERS.items():
        if name.lower() not in given:  # a file that somebody handed in is held more narrowly
            response.headers.add(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if response.mimetype == "text/html":
        response.vary.update(("HX-Request-Type", "Cookie", "Accept-Language"))
        response.headers.setdefault("Cache-Control", "no-store")  # "back" after signing out must show nothing
    return response


def refuse_cross_site() -> None:
    """Raise Denied for a browser's write that this site did not send."""
    if request.method in SAFE_METHODS:
        return
    by_browser = session_token() is not None or (
        "Sec-Fetch-Site" in request.headers and "Authorization" not in request.headers
    )
    if by_browser and not _same_origin():
        raise Denied(N_("This form was sent from another site, so nothing was done. Open the page here and try again."))


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def session_token() -> str | None:
    """The opaque session token of this request: the one it brought, or the newer one it was given meanwhile."""
    return g.get("renewed_token") or request.cookies.get(SESSION_COOKIE) or None


def renew_session_token(token: str) -> None:
    """The session has a new secret from here on; the browser gets it with the answer to this request, whatever that is."""
    g.renewed_token = token


def _hand_out(response: Response) -> Response:
    renewed = g.get("renewed_token")
    if renewed is not None:
        set_session_cookie(response, renewed)
    return response


def set_session_cookie(response: AnyResponse, token: str, *, max_age: int | None = None) -> None:
    """Hand the browser its session. `__Host-` needs Secure, which browsers also take over http on loopback."""
    response.set_cookie(SESSION_COOKIE, token, max_age=max_age, path="/", secure=True, httponly=True, samesite="Lax")


def clear_session_cookie(response: AnyResponse) -> None:
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
