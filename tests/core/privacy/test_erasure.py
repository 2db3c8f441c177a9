"""Erasure: what was said of a person in any table, file or key is nowhere afterwards, and comes back by nothing."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.customers.models import Customer
from core.db import home, programs, scope
from core.db.base import db
from core.engagements.models import Lease
from core.errors import Conflict
from core.files import service as files
from core.privacy import erasure, forgetting
from tests.isolation.factory import MODELS, Planted, Row, plant, texts_of

BIN = programs._wheel_binaries()
STAYS: Mapping[str, set[str]] = {
    "approval": {"kind", "permission", "requested_party", "subject_type"},
    "audit_entry": {"action", "party", "reason", "request_id", "seat"},
    "case": {"outcome"},
    "clock": {"counter", "owner", "timer"},
    "consent": {"text_version"},
    "finding": {"rule", "subject_type"},
    "gate_decision": {"action", "party"},
    "grade_change": {"after", "before", "period"},
    "interaction": {"disposition", "script_version"},
    "record_reading": {"counter"},
    "reveal_event": {"agent_no", "field", "reason", "role", "seat", "shown_name"},
    "rights_request": {"answer", "checked", "extended_for"},
    "rule_trial_row": {"verdict", "was"},
}
"""Columns that say something after an erasure: codes, and what was done by whom. Every other one of a person's rows, in any table,
says nothing any more, whatever the product's own rules think of it."""


@pytest.fixture(scope="module")
def harbour(app: Flask) -> Planted:
    return plant(app)


@pytest.fixture
def own_session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()
        db.session.rollback()


def customer_of(planted: Planted, name: str) -> Row:
    return next(row for row in planted.rows["customer"] if row.place.customer == name)


def words_of(planted: Planted, customer: str, *, but_of: UUID | None = None) -> set[str]:
    """What the tables say of a customer, but for what stays.

    `but_of`: not of rows that name this customer too, such as a relationship.
    """
    found: set[str] = set()
    for name, rows in planted.rows.items():
        columns = set(MODELS[name].__table__.columns.keys()) - STAYS.get(name, set())
        for row in rows:
            if row.place.customer == customer and but_of not in row.values.values():
                found |= {
                    word for column in columns for word in texts_of(row.values.get(column)) if planted.word in word
                }
    return found


def said(word: str, where: bytes) -> bool:
    """As a whole: the markers end in a number."""
    return re.search(re.escape(word.encode()) + rb"(?!\d)", where) is not None


def dump(database: Any, config: Any) -> bytes:
    info = home.server(config).superuser_conninfo(home.DATABASE)
    environment = {**os.environ, "LC_ALL": "C"}
    made = subprocess.run(
        [str(BIN / "pg_dump"), "--data-only", "--no-sync", "--dbname", info],
        check=True,
        capture_output=True,
        env=environment,
    )
    return made.stdout


def test_every_table_that_names_a_customer_says_what_becomes_of_it() -> None:
    assert forgetting.unanswered() == []


def test_a_person_in_every_store_is_found_nowhere_after_their_erasure(
    own_session: Session, harbour: Planted, database: Any, config: Any
) -> None:
    row, session, context = customer_of(harbour, "leased"), own_session, harbour.world.alice.context
    words = words_of(harbour, "leased")
    others = words_of(harbour, "kept", but_of=row.id)
    before = dump(database, config)
    assert len(words) > 40
    missing = [word for word in words if not said(word, before)]
    assert missing == []
    scope.enter(session, context)
    counts = erasure.erase(session, context=context, customer_id=row.id, declared={})
    session.commit()
    after = dump(database, config)
    assert "\n".join(word for word in sorted(words - others) if said(word, after)) == ""
    assert "\n".join(word for word in sorted(others - words) if not said(word, after)) == ""
    assert counts["contact_point"] >= 1
    held = [path for path in files.path_of(context.tenant_id, row.id).parent.rglob("*") if path.is_file()]
    assert [path for path in held for word in words - others if said(word, path.read_bytes())] == []


def test_an_erased_person_is_a_number_without_a_key_that_no_provider_sees(
    own_session: Session, harbour: Planted
) -> None:
    row, session, context = customer_of(harbour, "expired"), own_session, harbour.world.alice.context
    scope.enter(session, context)
    erasure.erase(session, context=context, customer_id=row.id, declared={})
    session.commit()
    scope.enter(session, context)
    left = session.scalars(select(Customer).where(Customer.id == row.id)).one()
    assert (left.state, left.name, left.phone, left.attributes) == ("erased", f"#{left.number}", None, {})
    assert session.scalar(select(Customer.data_key).where(Customer.id == row.id)) is None
    assert session.scalars(select(Lease.id).where(Lease.customer_id == row.id, Lease.ended_at.is_(None))).all() == []
    with pytest.raises(Conflict, match="erased already"):
        erasure.erase(session, context=context, customer_id=row.id, declared={})


def test_nobody_is_erased_under_a_legal_hold(own_session: Session, harbour: Planted) -> None:
    row, session, context = customer_of(harbour, "ended"), own_session, harbour.world.alice.context
    scope.enter(session, context)
    session.scalars(select(Customer).where(Customer.id == row.id)).one().legal_hold = True
    with pytest.raises(Conflict, match="legal hold"):
        erasure.erase(session, context=context, customer_id=row.id, declared={})
