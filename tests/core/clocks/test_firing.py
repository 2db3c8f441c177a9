"""What is due is told once, in order: by several workers, through kills, outages and wrong clocks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clocks import firing, jobs
from core.clocks.events import ClockBreached
from core.db import scope
from core.db.base import db
from core.errors import Conflict
from core.events import bus
from core.plugin import Escalation
from tests.core.clocks.conftest import MOMENT, REPLY, timer

HOUR = timedelta(hours=1)
DUE = MOMENT + 48 * HOUR
WARNING = MOMENT + 38.4 * HOUR
LEVELS = timer(
    "reply", parameter="reply_hours", unit="hours",
    escalations=(Escalation(percent=50, role="agent"), Escalation(percent=150, role="client_manager", to_assignee=False)),
)  # fmt: skip


@pytest.fixture
def tick(session, world):
    """`tick(now)`: what a worker's job does for this tenant at a time, committed. How many events were told."""

    def run(now, *, limit=firing.BATCH):
        scope.enter(session, world.alice.context)
        told = firing.fire(session, context=world.alice.context, now=now, limit=limit)
        session.commit()
        return told.events

    return run


def shown(events):
    return [(each.name, each.percent, each.told_for, each.occurred_at) for each in events]


def test_nothing_is_told_before_its_time_and_each_thing_once_after_it(follow, tick, heard, reread):
    (clock,) = follow([REPLY], ("open", MOMENT))
    assert (tick(WARNING - HOUR), heard) == (0, [])
    assert tick(WARNING) == 1
    assert tick(WARNING + HOUR) == 0
    assert tick(DUE) == 1
    assert tick(DUE + 100 * HOUR) == 0
    assert shown(heard) == [("clock.warned", 80, WARNING, WARNING), ("clock.breached", 100, DUE, DUE)]
    told = reread(clock)
    assert (told.state, told.breached_at, told.next_at, told.told) == ("breached", DUE, None, 100)
    assert [level["told_at"] for level in told.levels] == [WARNING.isoformat(), DUE.isoformat()]


def test_levels_go_to_the_roles_the_timer_names(follow, tick, heard):
    (clock,) = follow([LEVELS], ("open", MOMENT))
    tick(MOMENT + 200 * HOUR)
    assert [(each.name, each.percent, each.roles, each.to_assignee) for each in heard] == [
        ("clock.warned", 50, ("agent",), True),
        ("clock.breached", 100, (), True),
        ("clock.escalated", 150, ("client_manager",), False),
    ]
    assert {each.subject for each in heard} == {clock.id}


def test_after_an_outage_everything_overdue_is_told_in_order_with_the_moment_it_was_due(follow, new_case, tick, heard):
    """Two hours in which no worker ran: warnings and breaches of four clocks fell due, one after another."""
    begun = [MOMENT + timedelta(minutes=20 * number) for number in range(4)]
    for start in begun:
        follow([REPLY], ("open", start), case=new_case())
    back = DUE + 2 * HOUR
    while tick(back, limit=3):
        pass
    expected = sorted([(start + 38.4 * HOUR, 80) for start in begun] + [(start + 48 * HOUR, 100) for start in begun])
    assert [(each.told_for, each.percent) for each in heard] == expected
    assert {each.occurred_at for each in heard} == {back}


def test_a_clock_that_is_put_forward_and_back_tells_nothing_twice(follow, tick, heard):
    follow([REPLY], ("open", MOMENT))
    assert tick(DUE + 1000 * HOUR) == 2
    assert [tick(WARNING), tick(DUE), tick(DUE + 2000 * HOUR)] == [0, 0, 0]
    assert len(heard) == 2


def test_the_databases_time_counts_when_nobody_says_another(follow, session, world, heard):
    follow([REPLY], ("open", MOMENT))  # in March: long over
    assert world.tenant_id in firing.due_tenants(session)
    session.rollback()
    scope.enter(session, world.alice.context)
    moment = session.scalar(text("SELECT now()").execution_options(**scope.PLATFORM))
    firing.fire(session, context=world.alice.context)
    session.commit()
    assert {each.occurred_at for each in heard} == {moment}


def test_an_answer_that_came_late_is_told_as_a_breach_without_the_warning(follow, tick, heard):
    follow([LEVELS], ("open", MOMENT))
    follow([LEVELS], ("open", MOMENT), ("done", DUE + HOUR))
    tick(DUE + 300 * HOUR)
    assert [(each.percent, each.stopped) for each in heard] == [(100, True)]


def test_a_paused_clock_tells_nothing_and_one_that_goes_on_tells_later(follow, tick, heard):
    follow([REPLY], ("open", MOMENT))
    history = [("open", MOMENT), ("waiting", MOMENT + HOUR)]
    follow([REPLY], *history)
    assert tick(DUE + 10 * HOUR) == 0
    follow([REPLY], *history, ("open", MOMENT + 101 * HOUR))
    assert tick(DUE + 10 * HOUR) == 0
    assert tick(DUE + 100 * HOUR) == 2
    assert [each.told_for for each in heard] == [WARNING + 100 * HOUR, DUE + 100 * HOUR]


def test_what_was_told_of_a_deadline_that_moves_away_is_told_again_in_its_time(follow, tick, heard):
    counted = timer("filing", from_field="signed_on")
    (clock,) = follow([counted], ("open", MOMENT), values={"signed_on": "2026-03-02"})
    warned, due = clock.next_at, clock.due_at
    assert tick(warned) == 1
    (clock,) = follow([counted], ("open", MOMENT), values={"signed_on": "2026-03-22"}, at=warned)
    assert clock.told == 0
    assert tick(due) == 0
    assert tick(clock.due_at) == 2
    assert [each.percent for each in heard] == [80, 80, 100]


def test_a_clock_told_at_80_percent_is_not_told_again_because_of_a_pause(follow, tick, heard):
    days = timer()
    (clock,) = follow([days], ("open", MOMENT))
    warned = clock.next_at
    assert tick(warned) == 1
    paused = warned + HOUR
    follow([days], ("open", MOMENT), ("waiting", paused), ("open", paused + 30 * HOUR))
    assert tick(paused + 31 * HOUR) == 0
    assert [each.percent for each in heard] == [80]


def test_a_handler_that_fails_undoes_its_own_event_only_and_is_asked_again(follow, new_case, tick, heard, reread):
    (bad,) = follow([REPLY], ("open", MOMENT))
    (good,) = follow([REPLY], ("open", MOMENT), case=new_case())
    broken = [True]

    def refuse(_session, event):
        if event.subject == bad.id and broken[0]:
            raise Conflict

    bus._handlers[ClockBreached].append(refuse)
    tick(DUE)
    assert (reread(good).told, reread(bad).told, reread(bad).next_at) == (100, 80, DUE + firing.AGAIN)
    broken[0] = False
    assert tick(DUE + firing.AGAIN) == 1
    assert (reread(bad).told, heard[-1].told_for, heard[-1].occurred_at) == (100, DUE, DUE + firing.AGAIN)


def test_a_case_somebody_is_working_on_is_passed_over_and_told_afterwards(app, follow, new_case, tick, heard, world):
    case = new_case()
    follow([REPLY], ("open", MOMENT), case=case)
    follow([REPLY], ("open", MOMENT + HOUR), case=new_case())
    with app.app_context(), Session(db.engine) as other:
        scope.enter(other, world.alice.context)
        lock = text('SELECT id FROM "case" WHERE id = :id FOR UPDATE').execution_options(**scope.RLS_ONLY)
        other.execute(lock, {"id": case.id})
        assert tick(DUE + 2 * HOUR) == 2
        assert case.id not in {each.case_id for each in heard}
    assert tick(DUE + 2 * HOUR) == 2


def test_several_workers_at_once_tell_each_thing_once(app, follow, new_case, world, heard):
    for number in range(12):
        follow([REPLY], ("open", MOMENT + number * HOUR), case=new_case())
    late, start = DUE + 100 * HOUR, threading.Barrier(4)

    def work():
        with app.app_context():
            start.wait()
            for _ in range(40):
                jobs._fire_one(db.session(), world.tenant_id, now=late)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    told = [(each.subject, each.percent) for each in heard]
    assert len(told) == len(set(told)) == 24
    assert [each.told_for for each in heard] == sorted(each.told_for for each in heard)


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID
from core import config
from core.app import create_app
from core.clocks import jobs
from core.clocks.events import ClockBreached, ClockWarned
from core.db.base import db
from core.events import bus
from core.audit import service as audit
from datetime import datetime

app = create_app(replace(config.read(), testing=True))
told, die_at = [], None

def note(session, event):
    audit.append(session, context=event.context, action="test.told", subject=("clock", event.subject),
                 details={"percent": event.percent})
    told.append(event)
    if len(told) == die_at:
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

for kind in (ClockWarned, ClockBreached):
    bus._handlers[kind][:] = [note]
for line in sys.stdin:
    die_at, worker = int(line), os.fork()
    if worker == 0:
        with app.app_context():
            db.engine.dispose(close=False)
            jobs._fire_one(db.session(), UUID(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)
"""
"""Forks a worker for each line it reads, which says at which clock that one dies, and prints how it ended."""


def test_a_worker_killed_in_the_middle_has_told_nothing_and_the_next_one_tells_all_once(
    app, config, follow, new_case, world, session, acting, reread
):
    (clock,) = follow([REPLY], ("open", MOMENT))
    follow([REPLY], ("open", MOMENT + HOUR), case=new_case())
    late = (DUE + 100 * HOUR).isoformat()
    program = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(world.tenant_id), late],
        env={**os.environ, "KEHUB_DATA_DIR": str(config.data_dir)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def worker(die_at: int) -> int:
        program.stdin.write(f"{die_at}\n")
        program.stdin.flush()
        return int(program.stdout.readline())

    with program:
        assert worker(3) == -signal.SIGKILL
        assert (reread(clock).told, told_in_trail(session, acting, world)) == (0, [])
        assert worker(0) == 0
        assert reread(clock).told == 100
        assert worker(0) == 0
    assert sorted(told_in_trail(session, acting, world)) == [80, 80, 100, 100]


def told_in_trail(session, acting, world):
    acting(world.alice)
    found = text("SELECT details->>'percent' FROM audit_entry WHERE action = 'test.told'")
    return [int(each) for each in session.scalars(found.execution_options(**scope.RLS_ONLY))]


def test_the_job_goes_over_all_tenants_and_one_that_fails_stops_no_other(follow, session, world, heard, monkeypatch):
    follow([REPLY], ("open", MOMENT))
    fire, missing = firing.fire, world.provider_id
    monkeypatch.setattr(firing, "due_tenants", lambda _session, *, now: [missing, world.tenant_id])

    def failing(session, *, context, now):
        if context.tenant_id == missing:
            raise Conflict
        return fire(session, context=context, now=now)

    monkeypatch.setattr(firing, "fire", failing)
    session.rollback()
    jobs.fire_clocks(timestamp=0)
    assert [each.percent for each in heard] == [80, 100]
