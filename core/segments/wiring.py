"""What `app.py` plugs in for segments and grades."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import url_for
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.context import Context
from core.customers import parts
from core.jobs import service as jobs
from core.plugin.catalog import CatalogView
from core.plugin.types import Label
from core.segments import evaluating, grade_views, meaning, schemes, service, views
from core.segments import jobs as taking
from core.web.links import LINKS

ViewOf = Callable[[Session, Context], CatalogView]

PAGES = (views.pages, grade_views.pages)


def wire(view_of: ViewOf) -> None:
    jobs.register(service.KIND, taking.Taker(view_of))
    jobs.register(evaluating.KIND, evaluating.Evaluator(view_of))
    approvals.HANDLERS[schemes.KIND] = schemes.approved
    schemes.ACTIVATED[:] = [evaluating.go_live]
    parts.SEGMENTS[:] = [in_lists]
    parts.GRADES[:] = [grade_names]
    LINKS["segment"] = lambda segment_id: url_for("segments.show", key=str(segment_id))
    LINKS["grade_scheme"] = lambda scheme_id: url_for("grades.show", scheme_id=scheme_id)


def in_lists(session: Session, context: Context, view: CatalogView) -> list[parts.ListSegment]:
    """The tenant's segments as the list of customers is narrowed by them. One that cannot be used says so when it is asked."""
    if context.party == "provider":
        return []
    found = meaning.definitions(session, view=view, archived=True).values()
    return [
        parts.ListSegment(
            key=each.key, label=each.label, condition=each.condition if each.mode == "live" else None,
            where=partial(meaning.selects, session, view=view, found=each),
        )
        for each in found
        if each.own and meaning.readable(each, context=context, view=view)
    ]  # fmt: skip


def grade_names(session: Session) -> Mapping[str, Label]:
    """Of the live scheme."""
    row = schemes.live(session)
    return {each["key"]: each["label"] for each in row.grades} if row else {}
