"""`jobs`: how long a small tenant's job takes while another tenant's long one is at work, with a real `kehub worker`.

1. A database of its own, with one tenant of 5,000 open cases and one of 10. A worker process takes the jobs, one at a time.
2. The large tenant has the severity of all its cases changed: the same run that a person starts on the page, in slices.
3. Meanwhile the small tenant has that of its 10 cases changed, again and again; each time from the commit of the act to the
   end of its run. Where the large run comes to its end, it is set going again.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy.orm import Session

from bench import data
from core import config as configuration
from core.app import create_app
from core.cases import bulk
from core.cases.queries import CaseFilters
from core.cases.service import open_case
from core.config import CHECKOUT, Config
from core.context import Context
from core.customers.service import create_customer
from core.db import home, scope
from core.db.base import db
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going
from core.serving.prepare import upgrade_database
from core.testing.people import World, make_world

UNITS = 5_000
FEW = 10
ROUNDS = 40
WORKFLOW = "telecom.retention"
PATIENCE = 120.0
FOLDER = CHECKOUT / ".kehub" / "bench-jobs"

FILL = """
WITH made AS (
  INSERT INTO customer (tenant_id, id, number, kind, state, name, name_key, legal_hold, attributes, version)
  SELECT %(tenant)s, uuidv7(), g, 'person', 'active', '客户' || g, '客户' || g, false, '{}', 1
    FROM generate_series(2001, 2000 + %(count)s) g
  RETURNING tenant_id, id, number
)
INSERT INTO "case" (tenant_id, id, number, customer_id, workflow, workflow_version, state, title, severity, attributes, version)
SELECT tenant_id, uuidv7(), number, id, %(workflow)s, 1, 'scored', '', 'normal', '{}', 1 FROM made
"""


def run() -> dict[str, Any]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    config = replace(configuration.read({}), data_dir=FOLDER)
    try:
        upgrade_database(config)
        app = create_app(config)
        large, small = (make_world(app, verticals=("telecom",)) for _ in range(2))
        for world, count in ((large, UNITS), (small, FEW)):
            _open_one(app, world)
            _fill(config, world, count - 1)
        with _worker(config):
            return _rounds(app, large, small)
    finally:
        home.server(config).destroy()
        shutil.rmtree(FOLDER, ignore_errors=True)


def _open_one(app: Flask, world: World) -> None:
    """The first case of a workflow keeps its definition, which the others then have as well."""
    with _acting(app, world) as (session, context):
        view = app.extensions["kehub"]["view_of"](session, context)
        customer = create_customer(session, context=context, values={"name": "客户"})
        open_case(session, context=context, view=view, customer_id=customer.id, workflow=WORKFLOW)
        session.commit()


def _fill(config: Config, world: World, count: int) -> None:
    with psycopg.connect(home.server(config).superuser_conninfo(home.DATABASE), autocommit=True) as connection:
        connection.execute(FILL, {"tenant": world.tenant_id, "count": count, "workflow": WORKFLOW})
        connection.execute("ANALYZE")


@contextmanager
def _worker(config: Config) -> Iterator[None]:
    """A worker as it is run in earnest, in a process of its own."""
    environment = {**os.environ, "KEHUB_DATA_DIR": str(config.data_dir)}
    with (config.data_dir / "worker.log").open("w") as log:
        command = [sys.executable, "-m", "core.cli", "worker"]
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _rounds(app: Flask, large: World, small: World) -> dict[str, Any]:
    chance = random.Random(7)
    theirs, ours = itertools.cycle(("high", "low")), itertools.cycle(("high", "low"))
    _timed(app, small, _checked(app, small, next(ours)))  # the worker is up
    waits: list[float] = []
    finished, worked = 0, 0.0
    while len(waits) < ROUNDS:
        long_run = _checked(app, large, next(theirs))
        begun = time.monotonic()
        _set_going(app, large, long_run)
        while len(waits) < ROUNDS:
            run_id = _checked(app, small, next(ours))
            time.sleep(chance.random())
            if _seen(app, large, long_run).state != "running":
                _timed(app, small, run_id)
                break
            waits.append(_timed(app, small, run_id))
            data.say(f"jobs: {len(waits)} of {ROUNDS}: {waits[-1]:.2f} s behind {_left(app, large, long_run):,} units")
        finished += UNITS - _left(app, large, long_run)
        worked += time.monotonic() - begun
        assert _seen(app, large, long_run).counts["refused"] == 0
    return {
        "p50_s": round(statistics.median(waits), 3),
        "p95_s": round(statistics.quantiles(waits, n=20)[-1], 3),
        "max_s": round(max(waits), 3),
        "rounds": ROUNDS,
        "units": UNITS,
        "units_per_s": round(finished / worked, 1),
    }


def _timed(app: Flask, world: World, run_id: UUID) -> float:
    """From the commit of an act to the end of its run."""
    _set_going(app, world, run_id)
    began = time.monotonic()
    _ended(app, world, run_id)
    return time.monotonic() - began


def _ended(app: Flask, world: World, run_id: UUID) -> None:
    run = _until(app, world, run_id, lambda run: run.state != "running")
    assert (run.state, run.counts["done"]) == ("done", run.total), f"{run.state}: {run.counts} {run.error}"


def _until(app: Flask, world: World, run_id: UUID, reached: Callable[[BulkRun], bool]) -> BulkRun:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        run = _seen(app, world, run_id)
        if reached(run):
            return run
        time.sleep(0.01)
    raise TimeoutError(f"{run.state} after {PATIENCE:.0f} s; see {FOLDER / 'worker.log'}")


def _checked(app: Flask, world: World, severity: str) -> UUID:
    """A change of all open cases as a person has it before them, tried on each, ready to be started."""
    with _acting(app, world) as (session, context):
        view = app.extensions["kehub"]["view_of"](session, context)
        run = bulk.choose(session, context=context, filters=CaseFilters())
        act = {"kind": "severity", "severity": severity}
        if not bulk.try_out(session, context=context, view=view, run=run, act=act):
            set_going(session, context=context, run=run)
        run_id = run.id
        session.commit()
    _until(app, world, run_id, lambda run: run.settings["phase"] == "checked")
    return run_id


def _set_going(app: Flask, world: World, run_id: UUID) -> None:
    with _acting(app, world) as (session, context):
        run = bulk.found_run(session, context=context, run_id=run_id)
        bulk.start(session, context=context, run=run)
        set_going(session, context=context, run=run)
        session.commit()


def _left(app: Flask, world: World, run_id: UUID) -> int:
    run = _seen(app, world, run_id)
    return (run.total or 0) - run.cursor


def _seen(app: Flask, world: World, run_id: UUID) -> BulkRun:
    with _acting(app, world) as (session, context):
        found = session.get_one(BulkRun, (context.tenant_id, run_id))
        session.expunge(found)
    return found


@contextmanager
def _acting(app: Flask, world: World) -> Iterator[tuple[Session, Context]]:
    """A transaction of the client's manager; whoever does not commit has only looked."""
    context = world.carol.context
    with app.app_context():
        session = db.session()
        scope.enter(session, context)
        try:
            yield session, context
        finally:
            db.session.remove()
