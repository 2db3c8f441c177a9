"""Who hears that a tenant's fields were tailored, so that everybody gets a new view of them from the next request on."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from core.context import Context

HEARD: list[Callable[..., None]] = []
"""Called as `hear(session, context=...)` in the transaction of each change. Filled by `app.py`."""


def changed(session: Session, *, context: Context) -> None:
    session.flush()
    for hear in HEARD:
        hear(session, context=context)
