"""What `app.py` plugs in for segments and grades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from flask import url_for
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.cases import table as case_table
from core.context import Context
from core.customers import acts as customer_acts
from core.customers import arranged, parts
from core.customers.models import Customer
from core.engagements import lists
from core.engagements.numbers import LIMIT
from core.errors import N_, Invalid
from core.jobs import service as jobs
from core.lists import wiring as lists_wiring
from core.plugin.catalog import CatalogView
from core.plugin.types import Label
from core.records import acts as record_acts
from core.records import listing as record_listing
from core.segments import acts, api, evaluating, grade_api, grade_views, meaning, policy, schemes, service, views
from core.segments import jobs as taking
from core.undo.service import FOLLOWERS
from core.web.links import LINKS

ViewOf = Callable[[Session, Context], CatalogView]

PAGES = (views.pages, grade_views.pages)
RESOURCES = (api.endpoints, grade_api.endpoints, grade_api.of_customers)


def wire(view_of: ViewOf) -> None:
    of_customers = customer_acts.target(acts.ACTS)
    lists_wiring.wire(
        view_of, targets={"customer": lambda _rest: of_customers, "record": record_acts.target},
        places={"customer": arranged.place, "record": record_listing.place, "case": case_table.place},
    )  # fmt: skip
    FOLLOWERS["record"] = [record_acts.LookAgain(view_of)]
    jobs.register(service.KIND, taking.Taker(view_of))
    jobs.register(evaluating.KIND, evaluating.Evaluator(view_of))
    approvals.HANDLERS[schemes.KIND] = schemes.approved
    schemes.ACTIVATED[:] = [evaluating.go_live]
    parts.SEGMENTS[:] = [in_lists]
    leases = Leases(view_of)
    lists.SEGMENTS[:] = [(leases.segments, leases.numbers)]
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


class Leases:
    """Segments as lists of customers are lent by them: the members at the moment, within what the grant carries."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def segments(self, session: Session, context: Context) -> Sequence[tuple[str, object]]:
        """Those that can be used, by key and name."""
        if not context.may(policy.READ):
            return []
        view = self._view_of(session, context)
        found = meaning.definitions(session, view=view).items()
        return [
            (key, each.label)
            for key, each in found
            if not each.broken and meaning.readable(each, context=context, view=view)
        ]

    def numbers(self, session: Session, context: Context, key: str) -> Sequence[int]:
        """Raises NotFound, SegmentBroken, and Invalid for one that is empty or too large."""
        view = self._view_of(session, context)
        found = meaning.definition(session, view=view, key=key)
        wanted = meaning.members(session, view=view, found=found).with_only_columns(Customer.number)
        numbers = session.scalars(wanted.order_by(Customer.number).limit(LIMIT + 1)).all()
        if not numbers:
            raise Invalid(N_("Nobody is in this segment now."), field="numbers")
        if len(numbers) > LIMIT:
            raise Invalid(N_("At most %(limit)s customers at once."), field="numbers", limit=LIMIT)
        service.note_use(session, context=context, found=found, what="lease")
        return numbers
