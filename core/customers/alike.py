"""Customers that may be one: asked of a higher feature before one is made twice. `app.py` fills the lists.

1. `create_unless_alike` makes the customer and asks who resembles it. 2. Where somebody does and nobody said why it is to be
made all the same, it was not made: the answer names those that the asker may see. 3. Else the resemblance is kept for review.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.customers import service
from core.customers.models import Customer
from core.errors import N_, Conflict

REASON_LIMIT = 500


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A customer within the asker's reach. `likelihood` is from 0 to 1; `same` and `close` are names of fields that agree."""

    customer_id: UUID
    number: int
    likelihood: float
    same: Sequence[str] = ()
    close: Sequence[str] = ()
    held: Any = None
    """The finder's own, handed back to `NOTED`."""


Find = Callable[[Session, Context, UUID], Sequence[Alike]]
Note = Callable[[Session, Context, UUID, Sequence[Alike], str], None]
Survivor = Callable[[Session, UUID], UUID | None]

FINDERS: list[Find] = []
NOTED: list[Note] = []
SURVIVORS: list[Survivor] = []
"""Where a merged customer leads: by its id, None where it leads nowhere that the reader sees."""


class AlikeFound(Conflict):
    """A customer was not made because of those it resembles."""

    code = "possible_duplicate"
    default = N_("This customer may exist already. Look at those it resembles, or say why it is another one.")

    def __init__(self, found: Sequence[Alike]) -> None:
        super().__init__(self.default)
        self.found = found
        self.members: Mapping[str, Any] = {
            "matches": [
                {"customer_id": str(each.customer_id), "number": each.number, "likelihood": round(each.likelihood, 3),
                 "same": list(each.same), "close": list(each.close)}
                for each in found
            ]
        }  # fmt: skip


def create_unless_alike(
    session: Session,
    *,
    context: Context,
    values: service.CustomerValues | Mapping[str, Any],
    attributes: service.Attributes | None = None,
    source: str | None = None,
    despite: str | None = None,
) -> Customer:
    """A new customer. `despite` is why it is made although it resembles others. Raises AlikeFound, and what `create_customer`
    raises."""
    tried = session.begin_nested()
    customer = service.create_customer(session, context=context, values=values, attributes=attributes, source=source)
    reason = (despite or "").strip()[:REASON_LIMIT]
    found = [each for find in FINDERS for each in find(session, context, customer.id)]
    if found and not reason:
        tried.rollback()
        raise AlikeFound(found)
    tried.commit()
    if found:
        for note in NOTED:
            note(session, context, customer.id, found, reason)
    return customer


def survivor_of(session: Session, *, customer_id: UUID) -> UUID | None:
    """Where a merged customer leads; None for one that is not merged, or leads where the reader does not see."""
    for survivor in SURVIVORS:
        found = survivor(session, customer_id)
        if found is not None:
            return found
    return None
