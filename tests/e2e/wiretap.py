"""A wire between a browser and the server that keeps everything it carries: no redirect, fragment or file escapes it.

It asks the server not to compress, passes requests and answers on unchanged, and keeps addresses, headers and bodies.
"""

from __future__ import annotations

import base64
import html
import http.client
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "te", "trailer"}
BASE64 = re.compile(r"[A-Za-z0-9_-]{12,}")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Exchange:
    method: str
    address: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def carried(self) -> str:
        """Address, headers and body as one text, as somebody who looks for a name would read them."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return readable(f"{self.address}\n{head}\n{self.body.decode('utf-8', 'replace')}")


def readable(text: str) -> str:
    """The text, and what it says once entities, percent signs, JSON escapes and base64 are resolved; in small letters."""
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    unquoted = unquote_plus(plain)
    hidden = [decoded(token) for token in set(BASE64.findall(unquoted))]
    hidden += [ESCAPED.sub(lambda found: chr(int(found[1], 16)), each) for each in hidden]
    return "\n".join([text, html.unescape(plain), unquoted, *hidden]).casefold()


def decoded(token: str) -> str:
    """What a word says if it is base64, as cursors are."""
    with suppress(ValueError):
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    return ""


@dataclass
class Wire:
    """`url` is where the browser goes instead of to the server."""

    url: str
    exchanges: list[Exchange] = field(default_factory=list)

    def leaks(self, values: Iterable[str]) -> list[str]:
        """Where one of the values came through, one line each."""
        wanted = [(value, pattern(value)) for value in values]
        found = []
        for each in self.exchanges:
            carried = each.carried
            found += [f"{each.method} {each.address}: {value}" for value, seen in wanted if seen.search(carried)]
        return found


def pattern(value: str) -> re.Pattern[str]:
    """Finds the value however it is set: a number also with spaces, hyphens or dots between its digits."""
    if re.fullmatch(r"\+?[\dXx]{8,}", value):
        return re.compile(r"[ \-‑–.\u00a0]?".join(map(re.escape, value.lstrip("+").casefold())))
    return re.compile(re.escape(value.casefold()))


@contextmanager
def tapped(upstream_port: int) -> Iterator[Wire]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def carry(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection("127.0.0.1", upstream_port, timeout=60)
            try:
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP_BY_HOP and name.lower() != "accept-encoding":
                        upstream.putheader(name, value)
                upstream.endheaders(sent)
                answer = upstream.getresponse()
                body = answer.read()
            finally:
                upstream.close()
            wire.exchanges.append(Exchange(self.command, self.path, answer.status, answer.getheaders(), body))
            self.pass_on(answer, body)

        do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = carry  # noqa: N815 - the names of the library

        def pass_on(self, answer: http.client.HTTPResponse, body: bytes) -> None:
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                    self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    wire = Wire(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
