"""What an interaction names besides its customer is that customer's, and there for whoever records it."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.contacts.models import Contact, ContactPoint
from core.db import scope
from core.errors import NotFound
from core.interactions.models import Interaction

_CASE = text('SELECT true FROM "case" WHERE tenant_id = :t AND id = :id AND customer_id = :customer').execution_options(
    **scope.RLS_ONLY
)
"""Cases are of a layer above."""


def check_named(session: Session, interaction: Interaction) -> None:
    """Raises NotFound."""
    for model, named in ((Contact, interaction.contact_id), (ContactPoint, interaction.contact_point_id)):
        of = select(model.id).where(model.id == named, model.customer_id == interaction.customer_id)
        if named is not None and session.scalar(of) is None:
            raise NotFound
    if interaction.case_id is not None:
        tenant = scope.current(session).tenant_id
        of_case = {"t": tenant, "id": interaction.case_id, "customer": interaction.customer_id}
        if session.scalar(_CASE, of_case) is None:
            raise NotFound
