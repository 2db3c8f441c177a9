"""What interactions put on the customer's page: the buttons to make contact and to log one."""

from __future__ import annotations

from collections.abc import Sequence

from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer


def contact_buttons(context: Context, customer: ShownCustomer) -> str:
    if customer.state != "active" or not (context.may("gate.decide") or context.may("interaction.record")):
        return ""
    purpose = "retention" if context.party == "provider" else "service"
    return drawn("interactions/buttons.html", customer=customer, purpose=purpose)


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="contact", placement="actions", render=contact_buttons, order=10),)
