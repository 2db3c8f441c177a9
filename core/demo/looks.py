"""Values that agents of the demonstration saw in clear: a few for the work they do, and one agent who sees far too many."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.context import Context
from core.demo.crowd import Stage
from core.errors import DomainError
from core.privacy import jobs, service
from core.privacy.service import Wish

FEW, MANY = 1, 8


def see(session: Session, stage: Stage, agents: Sequence[Context]) -> None:
    """Each agent with open cases reveals a number now and then; the last of them does it again and again."""
    cases = session.execute(
        select(Case.assignee_id, Case.customer_id)
        .where(Case.assignee_id.in_([each.participant_id for each in agents]), Case.closed_at.is_(None))
        .order_by(Case.opened_at)
    ).all()
    working = [each for each in agents if any(row.assignee_id == each.participant_id for row in cases)]
    for agent in working:
        own = [row.customer_id for row in cases if row.assignee_id == agent.participant_id]
        times = MANY if agent is working[-1] and len(working) > 2 else FEW
        for number in range(times):
            moment = stage.now - timedelta(minutes=7 * number + 3)
            wish = Wish(
                customer_id=own[number % len(own)], field="phone", reason="call_back" if number % 2 else "verify"
            )
            with suppress(DomainError), session.begin_nested():  # who has no phone number is not looked at
                service.reveal(session, context=agent, view=stage.view, wish=wish, at=moment)


def count(session: Session, stage: Stage) -> None:
    jobs.count(session, context=stage.context)
