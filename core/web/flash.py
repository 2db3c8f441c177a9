"""Toasts: a word on the next page about what was just done, carried over the redirect by a short-lived cookie.

No server session is needed for it. The cookie holds only text that is escaped when shown.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask, Response, g, request

COOKIE = "toast"
LIMIT = 3000
"""Bytes a cookie can safely hold. A longer list of toasts loses its oldest."""

ICONS = {"ok": "ok", "warn": "alert", "bad": "alert", "info": "info"}


@dataclass(frozen=True, kw_only=True)
class Toast:
    """`undo` is the address of this site that takes the act back, by POST."""

    text: str
    tone: str = "ok"
    detail: str = ""
    undo: str = ""

    @property
    def icon(self) -> str:
        return ICONS.get(self.tone, "info")


def toast(text: Any, *, tone: str = "ok", detail: Any = "", undo: str = "") -> None:
    """Say `text` on this page or, after a redirect, on the next one; `undo` is the address that takes the act back."""
    _pending().append(Toast(text=str(text), tone=tone, detail=str(detail), undo=undo))


def take_toasts() -> list[Toast]:
    """The toasts to show now; they are not shown again."""
    g.toasts_taken = True
    return [*_carried(), *_pending()]


def install_flash(app: Flask) -> None:
    app.after_request(_carry)


def _pending() -> list[Toast]:
    if "toasts" not in g:
        g.toasts = []
    pending: list[Toast] = g.toasts
    return pending


def _carried() -> list[Toast]:
    try:
        rows = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        return [Toast(**{name: str(row[name]) for name in ("text", "tone", "detail")}, undo=_own(row)) for row in rows]
    except (ValueError, KeyError, TypeError, binascii.Error):
        return []


def _own(row: dict[str, Any]) -> str:
    """The address of an undo, where it is a page of a workspace: a cookie is no place to send forms elsewhere from."""
    address = str(row.get("undo", ""))
    return address if address.startswith("/t/") else ""


def _carry(response: Response) -> Response:
    if g.get("toasts_taken"):
        if COOKIE in request.cookies:
            response.delete_cookie(COOKIE, path="/", samesite="Lax", httponly=True)
        return response
    waiting = [asdict(each) for each in _pending()]
    while waiting:
        packed = base64.urlsafe_b64encode(json.dumps(waiting, ensure_ascii=False).encode()).decode()
        if len(packed) <= LIMIT:
            response.set_cookie(
                COOKIE, packed, max_age=60, path="/", samesite="Lax", httponly=True, secure=request.is_secure
            )
            break
        waiting.pop(0)
    return response
