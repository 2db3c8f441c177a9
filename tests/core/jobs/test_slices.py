"""A long act works in slices: each one transaction, each with its continuation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.db import scope
from core.errors import Conflict, Unavailable
from core.jobs import service, tasks
from core.jobs.models import BulkRun
from core.jobs.worker import connected, rescue
from core.testing.jobs import work_off


class Counting:
    """Counts to the run's total, three a slice, and notes what was tried."""

    def __init__(self) -> None:
        self.slices: list[int] = []
        self.fault: Exception | None = None

    def __call__(self, session: Any, *, context: Any, run: BulkRun, until: float) -> bool:
        self.slices.append(run.cursor)
        run.cursor = min(run.cursor + 3, run.total or 0)
        if self.fault is not None:
            raise self.fault
        return run.cursor < (run.total or 0)


@pytest.fixture
def counting() -> Iterator[Counting]:
    kind = Counting()
    service.register("test.counting", kind)
    yield kind
    service._kinds.pop("test.counting")


def started(session: Any, world: Any, *, total: int = 10) -> BulkRun:
    scope.enter(session, world.alice.context)
    run = service.create_run(session, kind="test.counting", settings={}, total=total)
    tasks.set_going(session, context=world.alice.context, run=run)
    return run


def jobs_of(session: Any, world: Any) -> list[Any]:
    scope.enter(session, world.alice.context)
    found = session.execute(
        text("SELECT id, status::text, args FROM procrastinate_jobs WHERE args->>'tenant_id' = :tenant ORDER BY id"),
        {"tenant": str(world.tenant_id)},
        execution_options=scope.PLATFORM,
    ).all()
    session.commit()
    return list(found)


def seen(session: Any, world: Any, run_id: Any) -> BulkRun:
    scope.enter(session, world.alice.context)
    run = service.locked_run(session, run_id=run_id)
    session.commit()
    return run


def test_a_run_is_worked_to_its_end_in_slices(app: Any, session: Any, world: Any, counting: Counting) -> None:
    run_id = started(session, world).id
    session.commit()

    assert work_off(app, tenant_id=world.tenant_id) == 4
    run = seen(session, world, run_id)
    assert (run.state, run.cursor) == ("done", 10)
    assert counting.slices == [0, 3, 6, 9]
    assert run.started_at is not None
    assert run.finished_at is not None


def test_an_act_that_is_rolled_back_leaves_no_job(session: Any, world: Any, counting: Counting) -> None:
    started(session, world)
    session.rollback()

    assert jobs_of(session, world) == []


def test_jobs_carry_ids_and_no_values(session: Any, world: Any, counting: Counting) -> None:
    run_id = started(session, world).id
    session.commit()

    (job,) = jobs_of(session, world)
    assert job.args == {
        "tenant_id": str(world.tenant_id),
        "run_id": str(run_id),
        "participant_id": str(world.alice.context.participant_id),
        "version": 2,
    }


def test_a_job_whose_run_has_moved_on_does_nothing(app: Any, session: Any, world: Any, counting: Counting) -> None:
    run_id = started(session, world).id
    session.commit()
    (job,) = jobs_of(session, world)
    tasks.step(session, context=world.alice.context, run_id=run_id, version=job.args["version"], queued=True)

    # The first job runs again, as after a kill between its commit and its acknowledgement.
    assert work_off(app, tenant_id=world.tenant_id) == 4
    assert counting.slices == [0, 3, 6, 9]


def test_a_run_cannot_be_started_twice(session: Any, world: Any, counting: Counting) -> None:
    run = started(session, world)

    with pytest.raises(Conflict, match="already been started"):
        tasks.set_going(session, context=world.alice.context, run=run)


def test_a_refusal_is_the_runs_answer(app: Any, session: Any, world: Any, counting: Counting) -> None:
    run_id = started(session, world).id
    session.commit()
    counting.fault = Unavailable("No more %(what)s.", what="paper")

    assert work_off(app, tenant_id=world.tenant_id) == 1
    run = seen(session, world, run_id)
    assert (run.state, run.cursor) == ("failed", 0)
    assert run.error == {"code": "unavailable", "message": "No more %(what)s.", "params": {"what": "paper"}}


def test_a_fault_of_ours_is_told_by_reference_and_never_by_its_message(
    app: Any, session: Any, world: Any, counting: Counting, capsys: Any
) -> None:
    run_id = started(session, world).id
    session.commit()
    counting.fault = RuntimeError("the phone number 13800138000")

    work_off(app, tenant_id=world.tenant_id)
    run = seen(session, world, run_id)
    assert run.state == "failed"
    assert run.error is not None
    reference = run.error["params"]["reference"]
    told = capsys.readouterr().out
    assert reference in told
    assert "13800138000" not in told + str(run.error)


def test_a_run_that_is_cancelled_stops_after_its_slice(app: Any, session: Any, world: Any, counting: Counting) -> None:
    run_id = started(session, world).id
    session.commit()
    scope.enter(session, world.alice.context)
    service.cancel(session, run_id=run_id)
    session.commit()

    work_off(app, tenant_id=world.tenant_id)
    assert counting.slices == []
    scope.enter(session, world.alice.context)
    with pytest.raises(Conflict, match="already ended"):
        service.cancel(session, run_id=run_id)


def test_the_job_of_a_dead_worker_is_put_back(app: Any, session: Any, world: Any, counting: Counting) -> None:
    started(session, world)
    session.commit()
    (job,) = jobs_of(session, world)
    scope.enter(session, world.alice.context)
    session.execute(
        text(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            " RETURNING id) SELECT id FROM dead"
        ),
        execution_options=scope.PLATFORM,
    )
    session.execute(
        text(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id ="
            " (SELECT max(id) FROM procrastinate_workers) WHERE id = :job"
        ),
        {"job": job.id},
        execution_options=scope.PLATFORM,
    )
    session.commit()

    async def go() -> int:
        async with connected(app).open_async() as opened:
            return await rescue(opened, stalled_after=600)

    assert asyncio.run(go()) >= 1
    assert [each.status for each in jobs_of(session, world)] == ["todo"]


def test_a_providers_act_may_enqueue(session: Any, world: Any) -> None:
    scope.enter(session, world.dan.context)
    tasks.enqueue(session, task=tasks.bulk_run, to="bulk", tenant_id=world.tenant_id, run_id=world.tenant_id, version=1)
    session.commit()

    assert len(jobs_of(session, world)) == 1


def test_what_a_provider_asks_for_twice_is_done_once(session: Any, world: Any) -> None:
    """PostgreSQL hides from its role which key is taken; the second request does nothing all the same."""
    once = f"twice:{world.tenant_id}"
    for _ in range(2):
        scope.enter(session, world.bob.context)
        tasks.enqueue(
            session, task=tasks.bulk_run, once=once, tenant_id=world.tenant_id, run_id=world.tenant_id, version=1
        )
        session.commit()
    scope.enter(session, world.alice.context)
    found = session.execute(
        text("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = :once").execution_options(**scope.PLATFORM),
        {"once": once},
    )
    assert found.scalar() == 1
