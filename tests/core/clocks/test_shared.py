"""A provider's step on a shared record that nobody holds keeps its clocks; one that it may not see has none for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from core.clocks.models import Clock
from core.records.models import Record


@pytest.fixture
def record(session, world, acting):
    def make(exposure: str):
        acting(world.alice)
        made = Record(type="auto.depot", number=1, state="open", exposure=exposure)
        session.add(made)
        session.commit()
        return made.id

    return make


def clock(record_id):
    return Clock(
        record_id=record_id, owner="auto.depot", timer="check", state="running", started_at=datetime.now(UTC), told=0
    )


def test_a_provider_keeps_the_clock_of_a_shared_record_without_a_holder(session, world, acting, record):
    record_id = record("shared")
    acting(world.dan)
    session.add(clock(record_id))
    session.commit()
    acting(world.dan)
    kept = session.scalars(select(Clock).where(Clock.record_id == record_id)).one()
    kept.state = "met"
    session.commit()


def test_it_keeps_none_of_a_record_that_it_does_not_see(session, world, acting, record):
    record_id = record("client_only")
    acting(world.dan)
    session.add(clock(record_id))
    with pytest.raises(ProgrammingError, match="row-level security"):
        session.commit()
