"""A client of one's own for each file, customers, and runs of acts worked to their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core.customers import service as customers
from core.customers.events import CustomersChanged
from core.db import scope
from core.events import bus
from core.jobs.tasks import job_context, set_going, step
from core.lists import acts
from core.testing.people import make_world


@pytest.fixture(scope="module")
def world(app: Any) -> Any:
    return make_world(app, verticals=("telecom",))


@pytest.fixture
def planted(session: Any, world: Any, acting: Any) -> Callable[..., list[UUID]]:
    """So many customers, committed."""

    def make(count: int = 3, **values: Any) -> list[UUID]:
        context = acting(world.alice)
        made = [
            customers.create_customer(session, context=context, values={"name": f"Customer {number}", **values}).id
            for number in range(count)
        ]
        session.commit()
        acting(world.alice)
        return made

    return make


@pytest.fixture
def tried(session: Any, world: Any, acting: Any, view: Any) -> Callable[..., Any]:
    """A run over customers on which an act was tried, committed."""

    def make(act: str, sent: dict[str, Any], *, ids: Any = (), where: Any = None, person: Any = None) -> Any:
        context = acting(person or world.alice)
        run = acts.choose(session, context=context, target="customer", ids=ids, where=where)
        assert acts.try_out(session, context=context, view=view, run=run, act=act, sent=sent)
        session.commit()
        acting(person or world.alice)
        return acts.found_run(session, context=context, run_id=run.id)

    return make


@pytest.fixture
def ran(session: Any, world: Any, acting: Any) -> Callable[..., Any]:
    """The run worked to its end, slice by slice, as the job does."""

    def work(run: Any, *, person: Any = None) -> Any:
        context = acting(person or world.alice)
        run = acts.found_run(session, context=context, run_id=run.id)
        acts.start(session, context=context, run=run)
        set_going(session, context=context, run=run)
        run_id, author = run.id, run.created_by
        session.commit()
        job = job_context(tenant_id=world.tenant_id, participant_id=author)
        while step(session, context=job, run_id=run_id, queued=False):
            pass
        scope.enter(session, world.alice.context)
        return acts.found_run(session, context=world.alice.context, run_id=run_id)

    return work


@pytest.fixture
def listened() -> Callable[[str], list[Any]]:
    """The events of a name, as they are told."""

    def listen(name: str) -> list[Any]:
        heard: list[Any] = []
        assert CustomersChanged.name == name
        bus.subscribe(CustomersChanged, lambda _session, event: heard.append(event))
        return heard

    return listen
