"""People with the view of the catalog as their tenant has it at that moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.configuration import overrides
from core.parameters.service import OwnValue
from core.tenants.queries import filled_context

ANSWER = "telecom.complaint_answer_days"


@pytest.fixture
def entered(app: Any, session: Any, acting: Any) -> Callable[[Any], Any]:
    """`context, view = entered(world.alice)`: a new transaction, with the settings that hold then."""

    def enter(person: Any) -> Any:
        acting(person)
        full = replace(filled_context(session, context=person.context), locale="en")
        return full, app.extensions["kehub"]["view_of"](session, full)

    return enter


@pytest.fixture
def ask(session: Any, world: Any, entered: Any) -> Callable[..., Any]:
    """A committed request of alice for another answer time; its id."""

    def make(value: Any = 10, begins: date = date(2026, 1, 1), ends: date | None = None, **given: Any) -> Any:
        context, view = entered(given.pop("by", world.alice))
        wanted = OwnValue(
            **{"key": ANSWER, "jurisdiction": "CN", "value": value, "begins": begins, "ends": ends, **given}
        )
        made = overrides.ask(session, context=context, view=view, wanted=wanted, reason="Our promise to customers").id
        session.commit()
        return made

    return make


@pytest.fixture
def decide(session: Any, world: Any, entered: Any) -> Callable[..., None]:
    """Carol approves, or somebody else does."""

    def make(approval_id: Any, *, by: Any = None, approve: bool = True) -> None:
        context, _view = entered(by or world.carol)
        version = session.scalar(select(Approval.version).where(Approval.id == approval_id))
        approvals.decide(
            session, context=context, approval_id=approval_id, version=version, approve=approve, note="Agreed"
        )
        session.commit()

    return make


@pytest.fixture
def own_value(ask: Any, decide: Any) -> Callable[..., None]:
    """An own value that was asked for and approved."""

    def make(*given: Any, **more: Any) -> None:
        decide(ask(*given, **more))

    return make
