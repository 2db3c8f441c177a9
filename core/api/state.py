"""What `app.py` plugs into the API: who stands behind a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from core.context import Context

EXTENSION = "kehub_api"


@dataclass(frozen=True, kw_only=True)
class ApiState:
    """`load_token(token)` gives the Context with its scope opened, or None."""

    load_token: Callable[[str], Context | None]


def api() -> ApiState:
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, ApiState)
    return found
