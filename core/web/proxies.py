"""Behind reverse proxies: whose word on the asker's address, scheme and host is taken.

Each proxy adds what it saw to the end of `X-Forwarded-For`, `-Proto` and `-Host`. With n trusted proxies the n-th from the end is
what the outermost of them saw; whatever stands before it was written by the asker and is not read. With none, no such header is.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def trust(app: Flask, proxies: int) -> None:
    """Take the word of so many proxies in front of the application."""
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
