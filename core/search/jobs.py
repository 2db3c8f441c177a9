"""Fill in how names sound, of rows that are older than the column: one run a tenant, in slices, customers and then contacts.

`settings` say how far it is: the table and the last row looked at. A row that has its sound already is left as it is.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.orm import Session

from core.contacts.models import Contact
from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.fields.normalise import HAN
from core.fields.sounds import sound_key
from core.jobs import service as jobs
from core.jobs.models import BulkRun

KIND = "search.sounds"
BATCH = 1000
TABLES: tuple[tuple[str, Any], ...] = (("customers", Customer), ("contacts", Contact))


def create_fill(session: Session) -> BulkRun:
    """A run that waits; its total is counted."""
    total = sum(session.scalar(_missing(model, select(func.count()))) or 0 for _name, model in TABLES)
    return jobs.create_run(session, kind=KIND, settings={"table": 0, "after": None}, total=total)


def fill(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:  # noqa: ARG001 - a slice of a run
    """A slice. `counts` say how many of each table were filled."""
    while time.monotonic() < until:
        at, after = run.settings["table"], run.settings["after"]
        if at == len(TABLES):
            return False
        name, model = TABLES[at]
        wanted = _missing(model, select(model.id, model.name_key)).order_by(model.id).limit(BATCH)
        rows = session.execute(wanted.where(model.id > UUID(after)) if after else wanted).all()
        if not rows:
            run.settings = {"table": at + 1, "after": None}
            continue
        said = [{"row": row.id, "sound": sound_key(row.name_key)} for row in rows]
        table = model.__table__
        session.connection().execute(
            update(table)
            .where(table.c.tenant_id == run.tenant_id, table.c.id == bindparam("row"))
            .values(name_sound=bindparam("sound"))
            .execution_options(**scope.RLS_ONLY),
            said,
        )
        run.settings = {"table": at, "after": str(rows[-1].id)}
        run.counts = {**run.counts, name: run.counts.get(name, 0) + len(rows)}
        run.cursor += len(rows)
    return True


def _missing(model: Any, wanted: Select[Any]) -> Select[Any]:
    return wanted.where(model.name_sound.is_(None), model.name_key.regexp_match(f"[{HAN}]"))
