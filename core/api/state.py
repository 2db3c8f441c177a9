"""What `app.py` plugs into the API: who stands behind a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import current_app

from core.context import Context

EXTENSION = "kehub_api"


@dataclass(frozen=True, kw_only=True)
class ApiState:
    """`load_token(token)` gives the Context with its scope opened, or None."""

    load_token: Callable[[str], Context | None]


SURVIVORS: list[Callable[[UUID], UUID | None]] = []
"""Who knows where the id of a merged customer leads; None for any other id. Filled by `app.py`."""


def api() -> ApiState:
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, ApiState)
    return found
