"""One log line per request, and an id that ties it to everything logged and audited meanwhile.

The line has method, path, status, bytes and time. It has no query string, no address and no browser: those tell people.
A part of the path that is not a word or an id of ours (somebody may type a number into the address bar) is left out.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-Id"
WORD = re.compile(r"(?=.{0,64}$)(?!.*\d{6})[a-z0-9._-]*")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

log = structlog.get_logger("kehub.request")


def traced(app: WSGIApplication) -> WSGIApplication:
    """The same application, its requests numbered and logged. A number that a client sends is not believed."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        number = environ["HTTP_X_REQUEST_ID"] = secrets.token_hex(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=number)
        said: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Callable[[bytes], object]:
            said[:] = [status.split(" ", 1)[0]]
            return start_response(status, [*headers, (HEADER, number)], *failure)

        return Answer(app(environ, start), environ=environ, said=said, began=began)

    return serve


class Answer:
    """The response on its way out; it is logged when the server closes it, whether or not it was sent whole."""

    def __init__(self, body: Iterable[bytes], *, environ: WSGIEnvironment, said: list[str], began: float) -> None:
        self._body = body
        self._environ = environ
        self._said = said
        self._began = began
        self._bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._body:
            self._bytes += len(part)
            yield part

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()
        log.info(
            "request",
            method=self._environ["REQUEST_METHOD"],
            path=safe_path(self._environ.get("PATH_INFO", "")),
            status=int(self._said[0]) if self._said else None,
            bytes=self._bytes,
            ms=round((time.perf_counter() - self._began) * 1000, 1),
        )


def safe_path(path: str) -> str:
    """The path with `*` for every part that is neither a word nor an id: `/t/huadong/customers/*`."""
    return "/".join(part if WORD.fullmatch(part) or ID.fullmatch(part) else "*" for part in path.split("/"))
