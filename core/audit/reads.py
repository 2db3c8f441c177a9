"""Looks at personal data in the trail: who opened whom, which fields, which of them masked.

1. A page or API request that has been answered is told here (`core.web.looks`), before its commit.
2. `entry_of` says what is noted: of one customer, case or record its id; of a list how many rows and a digest of what was asked,
   never ids; of anything else nothing.
3. The entry goes out with the request's COMMIT. A transaction that has written nothing else does not wait for the disk: the
   database says so itself, in the statement that adds the entry. What a killed application had answered is kept; what the
   database server loses when it is killed itself is the last fraction of a second (docs/decisions/0009).
4. A page that cannot be noted is not shown: the error is the answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, SessionTransaction

from core.audit import keys
from core.audit.models import AuditEntry
from core.audit.service import ACTED, values
from core.db import driver, scope
from core.db.base import db, new_id
from core.db.walls import quote
from core.web.looks import Look

_PENDING = "audit_looks"
SUBJECTS = ("customer", "case", "record", "finding", "interaction")
"""What a page may show one of, by the `<noun>_id` in its address; the first one found is opened."""

LISTS = {"gate": "gate_decision"}
"""Nouns of permissions whose lists are of something else."""

NOTHING_SHOWN = frozenset({"customers.condition", "customers.new", "records.new", "api_interactions.dispositions"})
"""Pages that hold no row of anybody: editors of conditions, empty forms, trees of choices."""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_BEFORE = (
    "WITH before AS MATERIALIZED (SELECT pg_current_xact_id_if_assigned() IS NULL AS clean), quick AS MATERIALIZED"
    " (SELECT CASE WHEN clean THEN set_config('synchronous_commit', 'off', true) END FROM before),"
)
_DOCUMENTS = frozenset({"fields", "details", "kept"})


def note(look: Look) -> None:
    """Take what is to be noted of a look. It is sent before the commit."""
    session = db.session()
    held = entry_of(look)
    if held is None or held["subject_type"] in look.context.extra.get(ACTED, "").split():
        return
    session.info[_PENDING] = held


def keep_page(look: Look) -> None:
    """Note a look at a page, and commit it: a page that only shows commits nothing itself.

    What a page may have written without committing it is rolled back as before.
    """
    note(look)
    session = db.session()
    if _PENDING not in session.info:
        return
    held = session.info[_PENDING]
    if "scope" not in session.info:  # the page has committed
        scope.enter(session, look.context)
        session.info[_PENDING] = held
    if session.new or session.dirty or session.deleted or not send(session):
        session.rollback()
        scope.enter(session, look.context)
        session.info[_PENDING] = held
    session.commit()


def entry_of(look: Look) -> dict[str, Any] | None:
    """The columns of a look's entry; None where nothing personal was shown."""
    noun, _, verb = look.permission.partition(".")
    if look.endpoint in NOTHING_SHOWN:
        return None
    details: dict[str, Any] = {"endpoint": look.endpoint}
    if look.masked:
        details["masked"] = sorted(look.masked)
    for kind in SUBJECTS:
        subject_id = look.args.get(f"{kind}_id")
        if subject_id is not None:
            return values(
                look.context, action=f"{kind}.read", subject=(kind, subject_id), fields=look.fields, details=details,
                customer_id=look.customer_id or look.args.get("customer_id"),
            )  # fmt: skip
    if verb != "read" or noun not in (*SUBJECTS, *LISTS):
        return None
    if look.rows is not None:
        details["count"] = look.rows
    if look.asked:
        asked = urlencode(sorted(look.asked.items()), doseq=True)
        details["asked"] = keys.digest(asked, tenant_id=look.context.tenant_id)
    kind = LISTS.get(noun, noun)
    return values(look.context, action=f"{kind}s.listed", subject=(kind, None), fields=look.fields, details=details)


def send(session: Session) -> bool:
    """Send what was taken. Whether the transaction had written nothing before, so that its commit need not wait."""
    held = session.info.pop(_PENDING)
    given = [new_id(), held["participant_id"]]
    given += [_document(value) if name in _DOCUMENTS else value for name, value in held.items()]
    found = driver.fetch(session, _statement(("id", "created_by", *held)), given, raw=True)
    return bool(found and found[0][0])


def _document(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


@lru_cache(maxsize=4)
def _statement(columns: tuple[str, ...]) -> str:
    """Adds the entry. `clean` is read before: PostgreSQL gives a transaction its number when it first writes."""
    table = AuditEntry.metadata.tables[AuditEntry.__tablename__]
    kinds = ["jsonb" if name in _DOCUMENTS else table.c[name].type.compile(_DIALECT) for name in columns]
    given = ", ".join(f"${place}::{kind}" for place, kind in enumerate(kinds, start=1))
    added = f"INSERT INTO {quote(table.name)} ({', '.join(columns)}) SELECT {given} FROM quick"  # noqa: S608
    return f"{_BEFORE} put AS ({added}) SELECT clean FROM before"  # noqa: S608 - names of columns


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if _PENDING in session.info:
        send(session)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_PENDING, None)
