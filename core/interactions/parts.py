"""What interactions put on the customer's page: the buttons to make contact and to log one."""

from __future__ import annotations

from collections.abc import Sequence

from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.interactions import queries
from core.interactions.desk import Banner
from core.web.current import catalog_view


def contact_buttons(context: Context, customer: ShownCustomer) -> str:
    if customer.state != "active" or not (context.may("gate.decide") or context.may("interaction.record")):
        return ""
    return drawn("interactions/buttons.html", customer=customer)


def gate_banner(context: Context, customer: ShownCustomer) -> str:
    """The gate's last answer, while it is fresh."""
    if not context.may("gate.read"):
        return ""
    row = queries.standing_decision(db.session(), context=context, customer_id=customer.id)
    if row is None or row.used_by is not None:
        return ""
    view = catalog_view()
    return drawn("interactions/banner.html", customer=customer, banner=Banner(row, view, customer.name))


PAGE_PARTS: Sequence[PagePart] = (
    PagePart(key="contact", placement="actions", render=contact_buttons, order=10),
    PagePart(key="gate", placement="top", render=gate_banner, order=10),
)
