"""Our own style, script and icons under `/static/`, each address carrying its content's hash and cached for a year.

The stylesheet is written in parts (`static/css`) and served as one file, joined in `ORDER`: the first part
names the cascade layers.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from flask.typing import ResponseReturnValue

STATIC = Path(__file__).parent / "static"
STYLESHEET = "kehub.css"
ORDER = (
    *("layers", "reset", "tokens", "base", "layout"),
    *(
        "parts/button",
        "parts/mark",
        "parts/card",
        "parts/table",
        "parts/facts",
        "parts/condition",
        "parts/gate",
        "parts/mask",
        "parts/reveal",
        "parts/clock",
    ),
    *(
        "parts/meter",
        "parts/field",
        "parts/list",
        "parts/script",
        "parts/desk",
        "parts/flow",
        "parts/chart",
        "parts/year",
        "parts/account",
    ),
    *("parts/overlay", "parts/frame", "tone", "screen"),
)
"""Later parts may refine earlier ones; a test holds that every file is named here."""

_hashes: dict[Path, tuple[int, str]] = {}


def install_static(app: Flask) -> None:
    app.add_url_rule("/static/<path:name>", "static", serve)
    # A served process does not see its files change; who writes them runs in debug.
    app.jinja_env.globals.update(asset=asset if app.debug else functools.cache(asset), has_asset=has_asset)


def asset(name: str) -> str:
    """The address of a static file, for example `/static/kehub.js?v=1f2e3d4c`."""
    return f"/static/{name}?v={_version(name)}"


def has_asset(name: str) -> bool:
    """Whether a downloaded file is there; without htmx every link and form is a full page load."""
    return (STATIC / name).is_file()


def serve(name: str) -> ResponseReturnValue:
    if name == STYLESHEET:
        response = Response(stylesheet(), mimetype="text/css")
        response.set_etag(_version(name))
        response.make_conditional(request)
    else:
        response = send_from_directory(STATIC, name)
    fresh = request.args.get("v") == _version(name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return response


def stylesheet() -> bytes:
    """Every part of the stylesheet, layers first."""
    return b"\n".join(path.read_bytes() for path in stylesheet_parts())


def stylesheet_parts() -> list[Path]:
    return [STATIC / "css" / f"{name}.css" for name in ORDER]


def _version(name: str) -> str:
    """Eight hex digits of the content; read again only when a file's time changes."""
    paths = stylesheet_parts() if name == STYLESHEET else [STATIC / name]
    if not all(path.is_file() for path in paths):
        return "0"
    newest = max(path.stat().st_mtime_ns for path in paths)
    known = _hashes.get(STATIC / name)
    if known is None or known[0] != newest:
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:8]
        known = _hashes[STATIC / name] = (newest, digest)
    return known[1]
