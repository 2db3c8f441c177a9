"""Rows that are only added: never missed by a reader of the transaction, gone with what is rolled back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.audit.models import AuditEntry
from core.db import scope
from core.db.append import append, send
from core.db.base import db, new_id
from core.db.scope import ScopeError
from core.identity.models import Participant
from core.testing.people import World, make_world
from core.timeline.models import TimelineEntry


@pytest.fixture
def act(session: Session, world: World) -> Session:
    scope.enter(session, world.alice.context)
    return session


def note(session: Session, action: str) -> None:
    append(session, AuditEntry, {"action": action, "party": "client", "subject_type": "test", "details": {"a": [1]}})


def noted(session: Session) -> list[str]:
    wanted = select(AuditEntry.action).where(AuditEntry.subject_type == "test").order_by(AuditEntry.sequence)
    return list(session.scalars(wanted))


def test_a_reader_of_the_transaction_finds_the_rows_in_order(act: Session, world: World) -> None:
    for action in ("b", "a", "c"):
        note(act, action)
    assert noted(act) == ["b", "a", "c"]
    entry = act.scalars(select(AuditEntry).where(AuditEntry.action == "a")).one()
    assert (entry.tenant_id, entry.created_by) == (world.tenant_id, world.alice.context.participant_id)
    assert (entry.details, entry.fields, entry.version) == ({"a": [1]}, [], 1)


def test_the_commit_sends_them(act: Session, world: World) -> None:
    note(act, "kept")
    act.commit()
    scope.enter(act, world.alice.context)
    assert noted(act) == ["kept"]


def test_a_rollback_forgets_them(act: Session, world: World) -> None:
    note(act, "undone")
    act.rollback()
    scope.enter(act, world.alice.context)
    assert noted(act) == []


@pytest.mark.parametrize("read", [True, False])
def test_a_savepoint_takes_its_own_with_it_and_no_others(act: Session, world: World, read: bool) -> None:
    note(act, "before")
    inner = act.begin_nested()
    note(act, "inside")
    if read:
        assert noted(act) == ["before", "inside"]
    inner.rollback()
    note(act, "after")
    act.commit()
    scope.enter(act, world.alice.context)
    assert noted(act) == ["before", "after"]


def test_a_savepoint_that_holds_keeps_them(act: Session) -> None:
    with act.begin_nested():
        note(act, "inside")
        with act.begin_nested():
            note(act, "further inside")
    assert noted(act) == ["inside", "further inside"]


def test_any_number_of_rows_is_sent(act: Session) -> None:
    for number in range(50):
        note(act, f"{number:02}")
    assert noted(act) == [f"{number:02}" for number in range(50)]


def test_nothing_is_added_without_a_scope_or_to_another_tenant(session: Session, world: World, app: Any) -> None:
    with pytest.raises(ScopeError):
        note(session, "nowhere")
    other = make_world(app, verticals=())
    scope.enter(session, world.alice.context)
    with pytest.raises(ScopeError, match="another tenant"):
        append(session, AuditEntry, {"tenant_id": other.tenant_id, "action": "a"})


def test_the_database_refuses_what_a_provider_may_not_add(session: Session, world: World) -> None:
    scope.enter(session, world.dan.context)
    stranger: UUID = new_id()
    row = {"customer_id": stranger, "kind": "a.b", "message": "m", "party": "provider", "occurred_at": "2026-01-01"}
    append(session, TimelineEntry, {**row, "engagement_id": world.engagement_id})
    with pytest.raises(DBAPIError, match="row-level security"):
        send(session)


def test_objects_of_the_session_go_first(act: Session, world: World) -> None:
    person = Participant(user_id=None, party="client", shown_name="New", engagement_id=None)
    act.add(person)
    note(act, "about a new row")
    assert noted(act) == ["about a new row"]
    assert person not in act.new


def kept(session: Session, name: str) -> Participant:
    """A person as it was read from the database."""
    person = Participant(party="client", shown_name=name)
    session.add(person)
    session.commit()
    scope.enter(session, session.info["tester"])
    return session.scalars(select(Participant).where(Participant.id == person.id)).one()


@pytest.fixture
def person(act: Session, world: World) -> Participant:
    act.info["tester"] = world.alice.context
    return kept(act, "Before")


def shown(session: Session, person_id: UUID) -> tuple[str, int]:
    row = session.execute(select(Participant.shown_name, Participant.version).where(Participant.id == person_id)).one()
    return row.shown_name, row.version


def test_what_was_changed_of_an_object_goes_with_the_rows_and_counts_its_version(
    act: Session, person: Participant
) -> None:
    before = person.updated_at
    person.shown_name = "After"
    note(act, "renamed")
    send(act, changed=[person])
    assert person not in act.dirty
    assert (person.version, person.updated_at > before) == (2, True)
    assert shown(act, person.id) == ("After", 2)
    assert noted(act) == ["renamed"]


def test_nothing_changed_sends_nothing(act: Session, person: Participant) -> None:
    person.shown_name = "Before"
    send(act, changed=[person])
    assert person.version == 1
    assert shown(act, person.id) == ("Before", 1)


def test_who_changes_an_object_that_was_changed_meanwhile_is_told(act: Session, person: Participant) -> None:
    with Session(db.engine) as other:
        scope.enter(other, act.info["tester"])
        other.scalars(select(Participant).where(Participant.id == person.id)).one().shown_name = "Other"
        other.commit()
    person.shown_name = "After"
    with pytest.raises(StaleDataError):
        send(act, changed=[person])


def test_a_savepoint_that_is_rolled_back_takes_the_change_with_it(act: Session, person: Participant) -> None:
    inner = act.begin_nested()
    person.shown_name = "After"
    send(act, changed=[person])
    inner.rollback()
    assert (person.shown_name, person.version) == ("Before", 1)


def test_a_column_that_does_not_exist_is_a_mistake_told_at_once(act: Session) -> None:
    append(act, AuditEntry, {"acton": "a"})
    with pytest.raises(TypeError, match="acton"):
        send(act)
