"""Say what somebody else changed meanwhile: the answer to a change that came too late (412) holds the difference, field by field.

The resource is read again in the name of the same token, in a transaction of its own, so that it is masked as any answer to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from core.db.base import db
from core.errors import DomainError, Stale


def overtaken(error: Stale) -> Stale:
    """The same, with `difference` (`field`, `now`, `yours`) and the `etag` to try again with, where the token may read it."""
    db.session.rollback()
    sent = request.get_json(silent=True)
    try:
        adapter = current_app.url_map.bind_to_environ(request.environ)
        endpoint, values = adapter.match(method="GET")
        answer: Any = current_app.view_functions[endpoint](**values)
    except (DomainError, HTTPException):
        return error
    now = answer.get_json(silent=True)
    if answer.status_code != 200 or not isinstance(sent, dict) or not isinstance(now, dict):
        return error
    mine, theirs = dict(_flat(sent)), dict(_flat(now))
    error.members = {
        "difference": [
            {"field": name, "now": theirs[name], "yours": value}
            for name, value in mine.items()
            if name in theirs and theirs[name] != value
        ],
        "etag": answer.headers.get("ETag"),
    }
    return error


def _flat(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
