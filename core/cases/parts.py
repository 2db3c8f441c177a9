"""What cases put on the customer's page: the first open one with its flow, and the list of all."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from core.cases import queries
from core.cases.queries import CaseFilters
from core.cases.shown import Line
from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.plugin.catalog import CatalogView
from core.web.flow import draw_flow
from core.web.i18n import label

SHOWN = 5


def cases_card(context: Context, customer: ShownCustomer) -> str:
    """Open cases first in the answer of one statement; the newest open one is drawn."""
    if not context.may("case.read"):
        return ""
    view: CatalogView = current_app.extensions["kehub"]["catalog"].view(context.enabled)
    filters = CaseFilters(customer_id=customer.id, open=None)
    page = queries.case_page(db.session(), context=context, filters=filters, limit=SHOWN)
    lines = [Line(row, view.workflow(row.workflow), context) for row in page.rows]
    first = next((line for line in lines if line.row.closed_at is None and line.workflow is not None), None)
    return drawn("cases/card.html", customer=customer, lines=lines, first=first, flow=_flow(first), more=page.next)


def _flow(line: Line | None) -> object:
    if line is None or line.workflow is None:
        return None
    return draw_flow(
        [(state.key, label(state.label)) for state in line.workflow.states],
        transitions=[(step.source, step.target) for step in line.workflow.transitions],
        title=line.workflow_name,
        current=line.row.state,
    )


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="cases", placement="main", render=cases_card, order=20),)
