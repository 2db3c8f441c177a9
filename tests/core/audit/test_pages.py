"""The pages of the trail: found by who, what and when, said in sentences, each entry with its proof."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import jobs
from core.audit import service as audit
from core.audit.models import AuditEntry
from core.db import scope
from core.jobs.models import BulkRun
from core.jobs.service import locked_run
from core.jobs.tasks import step
from core.testing.people import World, make_world
from tests.core.audit.conftest import note, seal_all
from tests.core.audit.test_reads import made

SignIn = Callable[[Any], Any]


@pytest.fixture
def seen(session: Session, app: Flask, sign_in: SignIn) -> tuple[World, Any]:
    """A client whose provider's agent has opened a customer, and been refused a page; sealed."""
    world = make_world(app, verticals=())
    customer_id = made(session, world)
    dan = sign_in(world.dan)
    assert dan.get(f"/customers/{customer_id}").status_code == 200
    assert dan.get("/settings").status_code == 403
    seal_all(session, world)
    return world, customer_id


def english(signed: Any) -> Any:
    """The same person, reading English."""
    assert signed.get("/audit?lang=en").status_code == 303
    return signed


def entry_id(session: Session, world: World, action: str) -> Any:
    session.rollback()
    scope.enter(session, world.alice.context)
    found = session.scalars(select(AuditEntry.id).where(AuditEntry.action == action)).first()
    session.rollback()
    return found


def work(session: Session, world: World, run: BulkRun) -> None:
    """What the worker would do."""
    run_id = run.id
    session.commit()
    while step(session, context=world.alice.context, run_id=run_id, queued=False):
        pass


def test_the_client_reads_who_looked_at_whom_and_narrows_the_trail(
    session: Session, seen: tuple[World, Any], sign_in: SignIn
) -> None:
    world, customer_id = seen
    session.rollback()
    alice = english(sign_in(world.alice))
    page = alice.get("/audit").text
    number = re.search(r"looked at customer (\d+)", page)
    assert number is not None
    assert "Dan" in page
    assert "masked: " in page
    assert "was refused: " in page
    for narrowed, there, not_there in (
        ("action=looks", "looked at customer", "created customer"),
        ("outcome=denied", "was refused", "looked at customer"),
        (f"kind=customer&number={number[1]}", "created customer", "opened an engagement"),
        (f"customer={customer_id}", "created customer", "opened an engagement"),
        (f"person={world.dan.context.participant_id}", "looked at customer", "created customer"),
        ("party=client", "created customer", "looked at customer"),
        (f"engagement={world.engagement_id}", "looked at customer", "created customer"),
    ):
        rows = alice.get(f"/audit?{narrowed}").text.partition("<tbody>")[2]
        assert there in rows, narrowed
        assert not_there not in rows, narrowed
    nothing = alice.get("/audit?kind=customer&number=999999").text
    assert "No entry meets these conditions" in nothing


def test_a_provider_reads_only_what_its_own_engagement_did(
    session: Session, seen: tuple[World, Any], sign_in: SignIn
) -> None:
    world, _ = seen
    session.rollback()
    bob = english(sign_in(world.bob))
    page = bob.get("/audit").text
    assert "looked at customer" in page
    assert "created customer" not in page
    assert 'id="chain"' not in page, "how much is sealed would tell how much others do"
    shown = bob.get(f"/audit/{entry_id(session, world, 'customer.read')}").text
    assert "Verified" in shown
    assert bob.get(f"/audit/{entry_id(session, world, 'customer.created')}").status_code == 404
    session.rollback()
    assert bob.get("/audit/packs").status_code == 403
    assert bob.get("/audit/verification").status_code == 404
    session.rollback()
    assert sign_in(world.dan).get("/audit").status_code == 403


def test_an_entry_shows_its_proof_and_a_changed_one_that_it_does_not_hold(
    session: Session, seen: tuple[World, Any], sign_in: SignIn, tamper: Callable[..., int]
) -> None:
    world, _ = seen
    session.rollback()
    alice = english(sign_in(world.alice))
    seen_id = entry_id(session, world, "customer.read")
    page = alice.get(f"/audit/{seen_id}").text
    assert "This entry is exactly what was sealed then" in page
    session.rollback()
    tamper("UPDATE audit_entry SET outcome = 'failed' WHERE id = :id", id=seen_id)
    assert "Does not hold" in alice.get(f"/audit/{seen_id}").text


def test_a_verification_says_what_it_found_and_is_in_the_trail(
    session: Session, seen: tuple[World, Any], sign_in: SignIn, tamper: Callable[..., int]
) -> None:
    world, _ = seen
    session.rollback()
    alice = english(sign_in(world.alice))
    assert "Not verified yet" in alice.get("/audit").text
    for expected, faults in (("Verified", 0), ("Does not hold", 1)):
        session.rollback()
        scope.enter(session, world.alice.context)
        run = jobs.begin_check(session, context=world.alice.context)
        run_id = run.id
        work(session, world, run)
        scope.enter(session, world.alice.context)
        assert locked_run(session, run_id=run_id).settings["faults"] == faults
        session.rollback()
        page = alice.get("/audit").text
        assert expected in page
        session.rollback()
        if not faults:
            tamper("DELETE FROM audit_entry WHERE id = :id", id=entry_id(session, world, "customer.read"))
    assert "was removed" in page


def test_a_trail_is_read_over_rest_with_the_same_filters(
    session: Session, seen: tuple[World, Any], api: Callable[..., Any]
) -> None:
    world, customer_id = seen
    session.rollback()
    carol = api(world.carol)
    answer = carol.get(f"/audit?action=looks&customer={customer_id}")
    assert answer.status_code == 200, answer.text
    (row,) = answer.json["data"]
    assert (row["action"], row["subject_id"], row["party"]) == ("customer.read", str(customer_id), "provider")
    assert {"name", "phone"} <= set(row["fields"])
    assert row["sentence"].startswith("Dan")
    assert carol.get(f"/audit?subject_id={customer_id}").status_code == 422
    first = carol.get("/audit?limit=1").json
    second = carol.get(f"/audit?limit=1&after={first['next']}").json
    assert first["data"][0]["sequence"] > second["data"][0]["sequence"]


def test_pages_of_a_long_trail_neither_repeat_nor_skip(session: Session, app: Flask, api: Callable[..., Any]) -> None:
    world = make_world(app, verticals=())
    scope.enter(session, world.alice.context)
    for number in range(13):
        audit.append(
            session, context=world.alice.context, action="unit.created", subject=("unit", None), details={"n": number}
        )
    session.commit()
    alice, after, found = api(world.alice), "", []
    while after is not None:
        page = alice.get(f"/audit?action=unit.created&limit=5{after and '&after=' + after}").json
        found += [row["details"]["n"] for row in page["data"]]
        after = page["next"]
    assert found == list(range(12, -1, -1))


def test_a_refusal_is_in_the_trail_once(session: Session, world: World, sign_in: SignIn) -> None:
    note(session, world)
    dan = sign_in(world.dan)
    assert dan.get("/settings").status_code == 403
    session.rollback()
    scope.enter(session, world.alice.context)
    refused = session.execute(select(AuditEntry.action, AuditEntry.reason).where(AuditEntry.outcome == "denied")).all()
    assert [tuple(row) for row in refused] == [("configuration.read", "permission")]
