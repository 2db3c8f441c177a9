"""Cases and records of one vertical, made and moved through their services as its people do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import service as cases
from core.cases.models import Case
from core.clocks.models import Clock
from core.customers import service as customers
from core.customers.service import CustomerValues
from core.db import scope
from core.plugin.catalog import CatalogView
from core.records import service as records
from tests.plugins.subjects import alone


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the client's manager does for one customer."""

    session: Session
    context: Any
    view: CatalogView
    vertical: str
    customer_id: UUID

    def enter(self) -> None:
        self.session.rollback()
        scope.enter(self.session, self.context)

    def open(self, workflow: str, *, record_id: UUID | None = None, at: datetime) -> UUID:
        self.enter()
        case = cases.open_case(
            self.session, context=self.context, view=self.view, customer_id=self.customer_id,
            workflow=f"{self.vertical}.{workflow}", record_id=record_id, at=at,
        )  # fmt: skip
        case_id = case.id
        self.session.commit()
        return case_id

    def step(self, case_id: UUID, transition: str, *, at: datetime, **values: Any) -> str:
        """The state it comes to."""
        self.enter()
        version = self.session.scalar(select(Case.version).where(Case.id == case_id)) or 0
        case = cases.take_step(
            self.session, context=self.context, view=self.view, case_id=case_id, version=version,
            transition=transition, values=values, at=at,
        )  # fmt: skip
        state = case.state
        self.session.commit()
        return state

    def record(self, kind: str, *, at: datetime, **columns: Any) -> UUID:
        self.enter()
        made = records.create_record(
            self.session, context=self.context, view=self.view, type=f"{self.vertical}.{kind}",
            customer_id=self.customer_id, at=at, **{"occurred_at": at, **columns},
        )  # fmt: skip
        record_id = made.id
        self.session.commit()
        return record_id

    def clocks(self, subject_id: UUID) -> Mapping[str, tuple[str, datetime | None]]:
        """State and deadline by timer."""
        self.enter()
        of = select(Clock.timer, Clock.state, Clock.due_at).where(
            (Clock.case_id == subject_id) | (Clock.record_id == subject_id)
        )
        return {row.timer: (row.state, row.due_at and row.due_at.astimezone(UTC)) for row in self.session.execute(of)}


@pytest.fixture
def desk_of(session: Session, world: Any) -> Any:
    """`desk_of("banking", risk_capacity="c3")`: the desk of a new customer with these attributes."""

    def sit(vertical: str, **attributes: Any) -> Desk:
        view = alone(vertical)
        context = replace(world.carol.context, enabled=view.enabled)
        session.rollback()
        scope.enter(session, context)
        values = CustomerValues(name="吴敏", phone="13912341369", country="CN")
        made = customers.create_customer(
            session, context=context, values=values, attributes={vertical: attributes} if attributes else None
        )
        customer_id = made.id
        session.commit()
        return Desk(session=session, context=context, view=view, vertical=vertical, customer_id=customer_id)

    return sit
