"""What reveals put on the customer's page for the client: who saw what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.plugin.catalog import CatalogView
from core.privacy import policy
from core.privacy.screens import field_name


def seen_link(context: Context, customer: ShownCustomer) -> str:
    if context.party == "provider" or not context.may(policy.READ):
        return ""
    return drawn("privacy/seen_link.html", customer=customer)


def told(row: Any, context: Context, view: CatalogView) -> dict[str, Any]:
    """One look at a customer in words."""
    names = [field_name(each, context=context, view=view) for each in row.fields]
    acts = {
        "value.revealed": _("Saw in clear: %(fields)s", fields=_(", ").join(names)),
        "customer.revealed": _("Saw the documents in clear"),
        "customer.read": _("Opened the customer"),
        "case.read": _("Opened a case"),
        "record.read": _("Opened a record"),
        "interaction.read": _("Opened a contact"),
    }
    who = row.shown_name or _("Somebody")
    return {
        "what": acts.get(row.action, row.action),
        "who": f"{who} · {row.agent_no}" if row.agent_no else who,
        "of": row.provider_name or context.tenant_name,
        "party": row.party,
        "at": row.occurred_at,
        "revealed": row.action in ("value.revealed", "customer.revealed"),
    }


def rights_link(context: Context, customer: ShownCustomer) -> str:
    return drawn("privacy/rights_link.html", customer=customer) if context.may(policy.RIGHTS_READ) else ""


PAGE_PARTS: Sequence[PagePart] = (
    PagePart(key="seen", placement="actions", render=seen_link, order=80),
    PagePart(key="rights", placement="actions", render=rights_link, order=90),
)
