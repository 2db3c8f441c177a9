"""Sealing: every entry comes into exactly one batch, however writers overlap, and a batch is there whole or not at all."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from core.audit import encoding, keys, merkle, sealing
from core.audit import service as audit
from core.audit.models import AuditBatch, AuditEntry
from core.audit.verifying import verify
from core.db import scope
from core.db.base import db
from core.testing.people import World
from tests.core.audit.conftest import note, seal_all


def batches(session: Session, world: World) -> list[AuditBatch]:
    session.rollback()
    scope.enter(session, world.alice.context)
    return list(session.scalars(select(AuditBatch).options(undefer(AuditBatch.leaves)).order_by(AuditBatch.number)))


def sequences(session: Session, world: World) -> list[int]:
    session.rollback()
    scope.enter(session, world.alice.context)
    return list(session.scalars(select(AuditEntry.sequence).order_by(AuditEntry.sequence)))


def sealed_sequences(session: Session, world: World) -> list[int]:
    return [number for batch in batches(session, world) for number in sealing.unpacked(batch.leaves)]


def test_entries_are_sealed_in_batches_that_name_the_one_before(session: Session, world: World) -> None:
    seal_all(session, world)
    note(session, world, 3)
    seal_all(session, world)
    made = batches(session, world)
    assert [batch.number for batch in made] == list(range(1, len(made) + 1))
    assert made[0].previous_hash == encoding.FIRST
    assert [batch.previous_hash for batch in made[1:]] == [batch.hash for batch in made[:-1]]
    for batch in made:
        assert keys.signed_by(keys.public_key(), batch.signature, encoding.header(batch))
        assert merkle.root([*sealing.unpacked(batch.leaves).values()]) == batch.root
    assert sorted(sealed_sequences(session, world)) == sequences(session, world)


def test_nothing_new_makes_no_batch(session: Session, world: World) -> None:
    seal_all(session, world)
    count = len(batches(session, world))
    assert seal_all(session, world) == 0
    assert len(batches(session, world)) == count


def test_an_entry_whose_act_is_committed_late_waits_and_is_not_passed_over(
    app: Flask, session: Session, world: World
) -> None:
    seal_all(session, world)
    with app.app_context(), Session(db.engine) as slow:
        scope.enter(slow, world.carol.context)
        audit.append(slow, context=world.carol.context, action="unit.created", subject=("unit", None))
        slow.execute(select(AuditEntry.id).limit(1))  # what was taken is sent: the number is drawn
        note(session, world, 2)
        scope.enter(session, world.alice.context)
        assert sealing.seal(session) is None
        session.rollback()
        slow.commit()
    assert seal_all(session, world) == 3
    found = sealed_sequences(session, world)
    assert sorted(found) == sequences(session, world)
    assert len(set(found)) == len(found)
    scope.enter(session, world.alice.context)
    assert verify(session).sound


def test_a_long_trail_is_sealed_in_batches_of_a_size(session: Session, world: World) -> None:
    seal_all(session, world)
    scope.enter(session, world.alice.context)
    for number in range(25):  # of one transaction, whose entries a batch may part
        audit.append(
            session, context=world.alice.context, action="unit.created", subject=("unit", None), details={"n": number}
        )
    session.commit()
    seal_all(session, world, most=10)
    assert [batch.entries for batch in batches(session, world)][-3:] == [10, 10, 5]
    scope.enter(session, world.alice.context)
    assert verify(session).sound


def test_a_sealer_that_is_killed_before_its_commit_leaves_nothing_and_the_next_one_seals_all(
    session: Session, world: World
) -> None:
    note(session, world, 2)
    before = len(batches(session, world))
    scope.enter(session, world.alice.context)
    sealing.seal(session)
    session.rollback()
    assert len(batches(session, world)) == before
    seal_all(session, world)
    assert sorted(sealed_sequences(session, world)) == sequences(session, world)


def test_two_sealers_at_a_time_make_one_chain(app: Flask, session: Session, world: World) -> None:
    seal_all(session, world)
    note(session, world, 2)
    with app.app_context(), Session(db.engine) as other:
        scope.enter(other, world.alice.context)
        other.execute(sealing._HORIZON, {"lock": sealing._lock(world.tenant_id)})
        scope.enter(session, world.alice.context)
        assert sealing.seal(session) is None
        session.rollback()
        other.rollback()
    assert seal_all(session, world) == 2


def test_a_database_restored_from_a_dump_goes_on_with_its_chain(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server counts transactions from the start again: below the latest batch's."""
    note(session, world, 2)
    ahead = sealing._reaches
    monkeypatch.setattr(sealing, "_reaches", lambda last, horizon: ahead(last, horizon + 10**9))
    scope.enter(session, world.alice.context)
    assert sealing.seal(session) is not None
    session.commit()
    monkeypatch.undo()
    assert batches(session, world)[-1].until_transaction > 10**9
    note(session, world, 3)
    assert seal_all(session, world) >= 3
    last = batches(session, world)[-1]
    assert last.floor_sequence > 0
    assert sorted(sealed_sequences(session, world)) == sequences(session, world)
    scope.enter(session, world.alice.context)
    report = verify(session)
    assert report.sound, report.faults


def test_the_sealer_finds_the_tenants_that_have_something_to_seal(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_all(session, world)
    note(session, world)
    tried: list[Any] = []
    monkeypatch.setattr(sealing, "_seal_one", lambda _session, tenant_id: tried.append(tenant_id))
    sealing.seal_everywhere(session)
    assert world.tenant_id in tried
    monkeypatch.undo()
    seal_all(session, world)
    monkeypatch.setattr(sealing, "_seal_one", lambda _session, tenant_id: tried.append(tenant_id))
    tried.clear()
    sealing.seal_everywhere(session)
    assert world.tenant_id not in tried


def test_an_entry_has_the_same_bytes_whichever_way_it_is_written() -> None:
    moment = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    documents: list[dict[str, Any]] = [
        {"b": 1, "a": [None, True, '龍\u2028\x7f\x01"\\\n'], "é": -(2**63), "\U0001f600": "", "\uffff": "/<&>"},
        {"share": 1e16, "part": 0.1},
        {"many": 2**70},
        {"nested": {"b": 1.5, "a": [[1]]}},
        {},
    ]
    for details in documents:
        row: dict[str, Any] = dict.fromkeys(encoding.ENTRY) | {"id": UUID(int=0xAB), "sequence": 7, "details": details}
        row |= {"occurred_at": moment, "created_at": moment, "fields": ["名", "a"]}
        plainly = json.dumps(
            {**{name: encoding.plain(value) for name, value in row.items()}, "v": encoding.VERSION},
            ensure_ascii=False, sort_keys=True, separators=(",", ":"),
        )  # fmt: skip
        assert encoding.entry(tuple(row.values())) == plainly.encode()
        assert b'"occurred_at":"2026-11-23T00:00:00.000000Z"' in plainly.encode()
