"""How search is wired to the features below: called once by `app.py`."""

from __future__ import annotations

from core.jobs import service as jobs
from core.search import api, views
from core.search.jobs import KIND, fill

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)


def wire() -> None:
    """Names of before get their sounds in a run."""
    jobs.register(KIND, fill)
