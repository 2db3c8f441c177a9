"""The KPIs of a request, and the job that counts them again where nobody has asked for it yet."""

from __future__ import annotations

from core.db.base import db
from core.metrics import jobs, queries
from core.metrics.queries import Board
from core.web.current import catalog_view, context


def board() -> Board:
    """What the reader of this request sees. The page commits after rendering: a count may have been enqueued."""
    session = db.session()
    seen = queries.board(session, context=context(), view=catalog_view())
    if seen.wanting:
        jobs.ask(session, context=context())
    return seen
