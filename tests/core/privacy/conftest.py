"""A customer lent to dan, and a case of it in his hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core.cases import details
from core.cases.service import open_case
from core.privacy import service
from core.privacy.service import Wish

PHONE, SPOKEN = "13912341369", "139 1234 1369"
WORKFLOW = "telecom.complaint"


@pytest.fixture
def work(session: Any, world: Any, acting: Any, view: Any) -> Callable[..., UUID]:
    """An open case of a customer, assigned to dan."""

    def make(customer_id: UUID, *, workflow: str = WORKFLOW, person: Any = None) -> UUID:
        case = open_case(
            session, context=acting(world.bob), view=view, customer_id=customer_id, workflow=workflow, title="线路"
        )
        details.assign(
            session, context=world.bob.context, case_id=case.id, version=case.version,
            assignee_id=(person or world.dan).context.participant_id,
        )  # fmt: skip
        case_id = case.id
        session.commit()
        return case_id

    return make


@pytest.fixture
def known(make_customer: Any, work: Any) -> UUID:
    customer_id: UUID = make_customer()
    work(customer_id)
    return customer_id


@pytest.fixture
def look(session: Any, view: Any, acting: Any) -> Callable[..., Any]:
    """`look(world.dan, customer_id)` reveals the phone number, committed; `context=` instead of the person's own."""

    def make(person: Any, customer_id: UUID | None, *, field: str = "phone", context: Any = None, **wish: Any) -> Any:
        acting(person)
        shown = service.reveal(
            session, context=context or person.context, view=view,
            wish=Wish(field=field, customer_id=customer_id, **{"reason": "call_back", **wish}),
        )  # fmt: skip
        session.commit()
        return shown

    return make
