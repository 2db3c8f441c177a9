"""How duplicates are wired: called once by `app.py`."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from core.api.state import SURVIVORS
from core.customers import alike
from core.customers import parts as customer_parts
from core.db.base import db
from core.duplicates import api, asking, merging, parts, runs, views
from core.jobs import service as jobs
from core.jobs.tasks import set_going
from core.web.links import LINKS

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)


def wire(imports: runs.Imports) -> None:
    """New customers are compared with those there are, merged ones lead to their survivors, runs work in slices."""
    jobs.register(runs.KIND, runs.Finder(imports))
    alike.FINDERS[:] = [asking.resembled]
    alike.NOTED[:] = [asking.made_all_the_same]
    SURVIVORS[:] = [lambda customer_id: merging.survivor_of(db.session(), customer_id=customer_id)]
    alike.SURVIVORS[:] = [lambda session, customer_id: merging.survivor_of(session, customer_id=customer_id)]
    customer_parts.PAGE_PARTS += parts.PARTS
    LINKS["customer_merge"] = lambda merge_id: url_for("duplicates.merged", merge_id=merge_id)


def on_import(session: Session, event: Any) -> None:
    """What a file made is compared with what was there, in the background. `event` is one of imports."""
    if event.counts.get("created"):
        run = runs.after_import(session, import_id=event.subject)
        if run is not None:
            set_going(session, context=event.context, run=run)
