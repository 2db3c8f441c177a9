"""Two at one case: a person takes a step while the worker tells what the case's clocks have to say."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.cases import service
from core.cases.models import Case
from core.clocks import firing
from core.db import scope
from core.db.base import db

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted").execution_options(**scope.PLATFORM)


def test_a_step_waits_for_what_tells_the_clocks_and_goes_on_from_there(app, session, world, planted, acting):
    view, case_id = planted()
    context = acting(world.carol)
    seen = session.get_one(Case, (world.tenant_id, case_id))
    version, nearly_due = seen.version, seen.due_at - timedelta(hours=1)
    session.commit()
    reached = []

    def step():
        with app.app_context(), Session(db.engine) as own:
            scope.enter(own, context)
            moved = service.take_step(
                own, context=context, view=view, case_id=case_id, version=version, transition="dig"
            )
            reached.append(moved.state)
            own.commit()

    person = threading.Thread(target=step)
    with Session(db.engine) as worker:
        scope.enter(worker, world.alice.context)
        assert firing.fire(worker, context=world.alice.context, now=nearly_due).events == 1
        person.start()
        while person.is_alive() and not worker.scalar(WAITING):
            pass
        worker.commit()
    person.join()
    assert reached == ["dug"]
