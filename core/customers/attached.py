"""The card of a customer's attachments; attachments lie below and know customers by id only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from core.attachments import parts as attachment_parts
from core.attachments import wiring
from core.attachments.service import Holder
from core.context import Context
from core.customers import service
from core.customers.parts import PagePart
from core.customers.shown import ShownCustomer


def wire(*, case: Holder) -> None:
    """Say whose a customer is, and, from above, whose a case is."""
    wiring.wire(customer=_holder, case=case)


def _holder(session: Session, customer_id: UUID) -> UUID:
    return service.find(session, customer_id=customer_id).id


def attachments_card(context: Context, customer: ShownCustomer) -> str:
    return attachment_parts.card(context, customer_id=customer.id, open_=customer.state == "active")


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="attachments", placement="main", render=attachments_card, order=60),)
