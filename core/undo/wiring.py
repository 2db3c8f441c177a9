"""How undo is wired: called once by `app.py`."""

from __future__ import annotations

from collections.abc import Collection

from core.jobs import service as jobs
from core.undo import jobs as undo_jobs
from core.undo import service, views

PAGES = (views.pages,)
JOBS = (undo_jobs,)
"""Imported for the tasks that they register."""


def wire(*, computed: Collection[str]) -> None:
    """The slices of an undo are worked like those of any long act. Rows of `computed` tables go with what they are made from."""
    service.COMPUTED.update(computed)
    jobs.register(service.KIND, service.undo_slice)
