"""Limits at the web edge: every request counts for its address; what was counted is told after the answer."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from core.config import Config, ConfigError
from core.db.base import db
from core.limits import budgets, jobs  # noqa: F401 - its job is known by being imported
from core.limits.service import COUNTER

FREE = frozenset({"static", "api.document", None})
"""Endpoints that are the same for everybody and ask no database."""


def install(app: Flask, config: Config) -> None:
    """Count every request of `app`. Raises ConfigError where a budget does not exist."""
    try:
        budgets.configure(config.limits)
    except ValueError as fault:
        raise ConfigError(str(fault)) from None
    app.before_request(count_address)
    app.after_request(tell_later)


def count_address() -> None:
    if _counted():
        COUNTER.pass_by(budget="address", whom=request.remote_addr or "")


def tell_later(response: Response) -> Response:
    """The counts go to the database when the answer is out, on the thread that served it."""
    if _counted():
        engine = db.engine
        response.call_on_close(lambda: COUNTER.flush(engine))
    return response


def _counted() -> bool:
    """`kehub docs` runs without a database, and counts nothing."""
    return request.endpoint not in FREE and "sqlalchemy" in current_app.extensions
