"""Verification says what was changed, removed or put in by somebody who has the database, and stays green after an erasure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import merkle
from core.audit import service as audit
from core.audit.models import AuditBatch, AuditEntry
from core.audit.verifying import Anchor, Report, verify
from core.customers import service as customers
from core.db import scope
from core.testing.people import World, make_world
from tests.core.audit.conftest import note, seal_all

Tamper = Callable[..., int]


@pytest.fixture
def trail(session: Session, app: Flask) -> World:
    """A client with four sealed batches."""
    world = make_world(app, verticals=())
    for count in (3, 2, 4, 2):
        note(session, world, count)
        seal_all(session, world)
    return world


def checked(session: Session, world: World, anchor: Anchor | None = None) -> Report:
    session.rollback()
    session.expunge_all()
    scope.enter(session, world.alice.context)
    report = verify(session, anchor=anchor)
    session.rollback()
    return report


def kinds(report: Report) -> set[str]:
    return {fault.kind for fault in report.faults}


def entry(session: Session, world: World, *, of: str = "unit.created") -> Any:
    scope.enter(session, world.alice.context)
    found = session.execute(
        select(AuditEntry.id, AuditEntry.sequence).where(AuditEntry.action == of).order_by(AuditEntry.sequence).limit(1)
    ).one()
    session.rollback()
    return found


def test_a_trail_nobody_touched_is_sound(session: Session, trail: World) -> None:
    report = checked(session, trail)
    assert report.sound
    assert report.batches >= 4
    assert report.entries >= 11
    assert report.waiting == 0


@pytest.mark.parametrize(
    "change",
    [
        "action = 'unit.removed'", "outcome = 'failed'", "details = '{\"count\": 9}'", "occurred_at = occurred_at - interval '1 s'",
        "participant_id = NULL", "fields = '[\"name\"]'", "created_by = NULL", "reason = 'x'", "seat = 'x'", "request_id = 'x'",
    ],
)  # fmt: skip
def test_a_changed_entry_is_named(session: Session, trail: World, tamper: Tamper, change: str) -> None:
    changed = entry(session, trail)
    assert tamper(f"UPDATE audit_entry SET {change} WHERE id = :id", id=changed.id) == 1
    (fault,) = checked(session, trail).faults
    assert (fault.kind, fault.sequence, fault.entry_id) == ("entry_changed", changed.sequence, str(changed.id))


def test_a_removed_entry_is_named(session: Session, trail: World, tamper: Tamper) -> None:
    gone = entry(session, trail)
    assert tamper("DELETE FROM audit_entry WHERE id = :id", id=gone.id) == 1
    (fault,) = checked(session, trail).faults
    assert (fault.kind, fault.sequence) == ("entry_removed", gone.sequence)


def test_an_entry_put_in_among_sealed_ones_is_named(session: Session, trail: World, tamper: Tamper) -> None:
    beside = entry(session, trail)
    tamper(
        "INSERT INTO audit_entry (tenant_id, id, transaction_id, action, party, subject_type)"
        " SELECT tenant_id, gen_random_uuid(), transaction_id, 'customer.read', 'client', 'customer'"
        " FROM audit_entry WHERE id = :id",
        id=beside.id,
    )
    (fault,) = checked(session, trail).faults
    assert fault.kind == "entry_inserted"
    assert fault.entry_id is not None


def test_a_removed_batch_is_named(session: Session, trail: World, tamper: Tamper) -> None:
    assert tamper("DELETE FROM audit_batch WHERE tenant_id = :t AND number = 2", t=trail.tenant_id) == 1
    (fault,) = checked(session, trail).faults
    assert (fault.kind, fault.batch, fault.until) == ("batch_removed", 2, 2)


@pytest.mark.parametrize(
    "change", ["entries = entries + 1", "sealed_at = now()", "root = sha256(root)", "hash = sha256(hash)",
               "leaves = substr(leaves, 1, 40) || substr(leaves, 41)  || substr(leaves, 1, 40)", "signature = sha512(hash)"],
)  # fmt: skip
def test_a_changed_batch_is_named(session: Session, trail: World, tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE audit_batch SET {change} WHERE tenant_id = :t AND number = 3", t=trail.tenant_id)
    faults = checked(session, trail).faults
    assert {(fault.kind, fault.batch) for fault in faults} == {("batch_changed", 3)}


def test_batches_that_change_places_are_named(session: Session, trail: World, tamper: Tamper) -> None:
    tamper("UPDATE audit_batch SET number = 9000 WHERE tenant_id = :t AND number = 2", t=trail.tenant_id)
    tamper("UPDATE audit_batch SET number = 2 WHERE tenant_id = :t AND number = 3", t=trail.tenant_id)
    tamper("UPDATE audit_batch SET number = 3 WHERE tenant_id = :t AND number = 9000", t=trail.tenant_id)
    report = checked(session, trail)
    assert {"batch_reordered", "batch_changed"} <= kinds(report)
    assert {fault.batch for fault in report.faults if fault.kind == "batch_reordered"} >= {2, 3}


def test_a_tail_that_was_cut_off_shows_against_the_head_that_was_kept(
    session: Session, trail: World, tamper: Tamper
) -> None:
    whole = checked(session, trail)
    head = Anchor(number=whole.number, hash=whole.hash)
    tamper(
        "DELETE FROM audit_entry e USING audit_batch b WHERE b.tenant_id = :t AND b.number = :n AND e.tenant_id = :t"
        " AND (e.transaction_id, e.sequence) > (b.from_transaction, b.from_sequence)",
        t=trail.tenant_id, n=whole.number,
    )  # fmt: skip
    tamper("DELETE FROM audit_batch WHERE tenant_id = :t AND number = :n", t=trail.tenant_id, n=whole.number)
    assert checked(session, trail).sound, "without the head nothing shows that there was more"
    (fault,) = checked(session, trail, head).faults
    assert (fault.kind, fault.batch) == ("tail_removed", whole.number)


def test_a_chain_that_was_signed_anew_shows_against_the_head_that_was_kept(session: Session, trail: World) -> None:
    (fault,) = checked(session, trail, Anchor(number=2, hash="00" * 32)).faults
    assert (fault.kind, fault.batch) == ("chain_replaced", 2)


def test_a_seal_by_another_key_is_told(
    session: Session, trail: World, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.audit import keys
    from core.db import home

    old = keys.public_key()
    keys.install("another secret altogether, of another installation")
    try:
        assert kinds(checked(session, trail)) == {"unknown_key"}
        scope.enter(session, trail.alice.context)
        assert verify(session, known_keys=[old]).sound
    finally:
        keys.install(home.secret_key(config))


def _kept(session: Session, world: World) -> UUID:
    context = world.alice.context
    scope.enter(session, context)
    made = customers.create_customer(session, context=context, values={"name": "Quillon Zephyrine"})
    audit.append(
        session, context=context, action="customer.updated", subject=("customer", made.id),
        kept={"before": "Quillon Zephyrin"},
    )  # fmt: skip
    session.commit()
    seal_all(session, world)
    return made.id


def test_a_kept_value_is_read_by_whom_it_concerns_and_by_nobody_after_the_key_is_gone(
    session: Session, trail: World, tamper: Tamper
) -> None:
    customer_id = _kept(session, trail)
    scope.enter(session, trail.alice.context)
    written = select(AuditEntry).where(AuditEntry.subject_id == customer_id, AuditEntry.kept.is_not(None))
    held = session.scalars(written).one()
    assert held.kept is not None
    assert "Quillon" not in str(held.kept)
    assert audit.opened(session, entry=held) == {"before": "Quillon Zephyrin"}
    session.rollback()
    assert tamper("UPDATE customer SET data_key = NULL WHERE id = :id", id=customer_id) == 1
    session.expunge_all()
    scope.enter(session, trail.alice.context)
    assert audit.opened(session, entry=session.scalars(written).one()) == {"before": None}
    assert checked(session, trail).sound, "an erasure leaves the trail as it was sealed"


def test_a_trail_is_read_by_its_own_tenant_only(session: Session, trail: World, app: Flask) -> None:
    other = make_world(app, verticals=())
    scope.enter(session, other.alice.context)
    assert session.scalars(select(AuditBatch).where(AuditBatch.tenant_id == trail.tenant_id)).all() == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40), st.data())
def test_each_entry_has_a_path_to_the_root_that_no_other_has(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    steps, root = merkle.path(leaves, index), merkle.root(leaves)
    assert merkle.climbed(leaves[index], steps) == root
    assert merkle.climbed(bytes(32), steps) != root or leaves[index] == bytes(32)
