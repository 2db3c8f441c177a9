"""What cases put on the customer's page: the newest open one as a drawing, and the list of all."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g

from core.cases import policy, queries
from core.cases.queries import CaseFilters
from core.cases.shown import Line
from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.web.current import catalog_view
from core.web.flow import draw_flow
from core.web.i18n import label

SHOWN = 5


def flow_card(context: Context, customer: ShownCustomer) -> str:
    """Where the newest open case stands."""
    line = next((each for each in _lines(context, customer) if each.row.closed_at is None), None)
    if line is None or line.workflow is None:
        return ""
    states = [(state.key, label(state.label)) for state in line.workflow.states]
    steps = queries.steps_of(db.session(), case_id=line.row.id)
    flow = draw_flow(
        states,
        transitions=[(step.source, step.target) for step in line.workflow.transitions],
        title=line.workflow_name,
        current=line.row.state,
        done={step.target for step in steps},
    )
    return drawn("cases/flow.html", line=line, flow=flow)


def cases_card(context: Context, customer: ShownCustomer) -> str:
    if not context.may(policy.READ):
        return ""
    return drawn("cases/card.html", customer=customer, lines=_lines(context, customer))


def _lines(context: Context, customer: ShownCustomer) -> list[Line]:
    """The customer's latest cases, asked once for both parts."""
    if "customer_cases" not in g:
        view = catalog_view()
        filters = CaseFilters(customer_id=customer.id, open=None)
        page = queries.case_page(db.session(), context=context, filters=filters, limit=SHOWN)
        g.customer_cases = [Line(row, view.workflow(row.workflow), context) for row in page.rows]
    lines: list[Line] = g.customer_cases
    return lines if context.may(policy.READ) else []


PAGE_PARTS: Sequence[PagePart] = (
    PagePart(key="flow", placement="top", render=flow_card, order=20),
    PagePart(key="cases", placement="main", render=cases_card, order=20),
)
