"""How undo is wired: called once by `app.py`."""

from __future__ import annotations

from core.jobs import service as jobs
from core.undo import service, views

PAGES = (views.pages,)


def wire() -> None:
    """The slices of an undo are worked like those of any long act."""
    jobs.register(service.KIND, service.undo_slice)
