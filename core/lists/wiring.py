"""What `app.py` plugs in for lists: which rows there are to act on, the slices of runs, and how they are taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import url_for

from core.lists import acts, api, views
from core.lists.acts import Target, ViewOf
from core.lists.places import PLACES, Finder
from core.web.links import LINKS

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)


def wire(view_of: ViewOf, *, targets: Mapping[str, Callable[[str], Target]], places: Mapping[str, Finder]) -> None:
    acts.TARGETS.clear()
    acts.TARGETS.update(targets)
    PLACES.clear()
    PLACES.update(places)
    acts.register(view_of, label={"zh-CN": "批量操作", "en": "Act on many"})
    LINKS["list_run"] = lambda run_id: url_for("list_acts.show", run_id=run_id)
