"""Who looked at whom is in the trail: one entry for each page of a customer, one for a list, none for what was not shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import reads
from core.audit.models import AuditEntry
from core.customers import service as customers
from core.db import scope
from core.engagements import service as engagements
from core.tenants.models import Unit
from core.testing.people import World
from core.web import routes
from core.web.looks import Look

SignIn = Callable[[Any], Any]


def made(session: Session, world: World, *, leased: bool = True) -> UUID:
    context = world.alice.context
    scope.enter(session, context)
    customer = customers.create_customer(
        session, context=context, values={"name": "Quillon Zephyrine", "phone": "+8613970204417"}
    )
    if leased:
        engagements.lease_customers(
            session, context=context, engagement_id=world.engagement_id, customer_ids=[customer.id],
            purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
    session.commit()
    return customer.id


def looks(session: Session, world: World, *actions: str) -> list[AuditEntry]:
    session.rollback()
    scope.enter(session, world.alice.context)
    found = select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.sequence)
    return list(session.scalars(found))


def test_opening_a_customer_is_noted_with_the_fields_shown_and_which_were_masked(
    session: Session, world: World, sign_in: SignIn
) -> None:
    customer_id = made(session, world)
    for person in (world.alice, world.dan):
        assert sign_in(person).get(f"/customers/{customer_id}").status_code == 200
    clear, masked = looks(session, world, "customer.read")
    assert (clear.participant_id, clear.party) == (world.alice.context.participant_id, "client")
    assert {"name", "phone"} <= set(clear.fields)
    assert "masked" not in clear.details
    assert (masked.participant_id, masked.engagement_id) == (world.dan.context.participant_id, world.engagement_id)
    assert {"name", "phone"} <= set(masked.details["masked"])
    assert {masked.subject_id, masked.customer_id, clear.customer_id} == {customer_id}
    assert "Quillon" not in str([masked.details, masked.fields, clear.details])
    assert masked.request_id is None or len(masked.request_id) == 32


def test_a_list_is_one_entry_with_a_count_and_a_digest_of_what_was_asked(
    session: Session, world: World, sign_in: SignIn
) -> None:
    made(session, world)
    alice = sign_in(world.alice)
    for address in ("/customers", "/customers?state=active", "/customers?state=active", "/cases", "/cases/board"):
        assert alice.get(address).status_code == 200
    listed = looks(session, world, "customers.listed")
    assert [entry.details["count"] for entry in listed] == [1, 1, 1]
    assert [entry.subject_id for entry in listed] == [None] * 3
    plain, asked, again = (entry.details.get("asked") for entry in listed)
    assert plain is None
    assert asked is not None
    assert asked == again
    assert "active" not in asked
    assert [entry.details["count"] for entry in looks(session, world, "cases.listed")] == [0, 0]


def test_what_is_not_shown_is_not_noted_as_seen(session: Session, world: World, sign_in: SignIn) -> None:
    hidden = made(session, world, leased=False)
    alice, dan = sign_in(world.alice), sign_in(world.dan)
    assert alice.get("/customers/new").status_code == 200
    session.rollback()
    assert dan.get(f"/customers/{hidden}").status_code == 404
    assert looks(session, world, "customer.read", "customers.listed") == []


def test_reads_through_the_api_are_noted_too(session: Session, world: World, api: Callable[..., Any]) -> None:
    customer_id = made(session, world)
    carol = api(world.carol)
    assert carol.get(f"/customers/{customer_id}").status_code == 200
    assert carol.get("/customers").status_code == 200
    read, listed = looks(session, world, "customer.read", "customers.listed")
    assert read.details["endpoint"] == "api_customers.show"
    assert "name" in read.fields
    assert (listed.details["endpoint"], listed.details["count"]) == ("api_customers.index", 1)


def test_a_look_does_not_wait_for_the_disk_and_an_act_does(session: Session, world: World) -> None:
    """The database itself decides: by whether the transaction had written anything before."""
    context = world.alice.context
    held = reads.entry_of(_look(world))
    assert held is not None
    for wrote, setting in ((False, "off"), (True, "on")):
        scope.enter(session, context)
        session.execute(text("SET LOCAL synchronous_commit = on").execution_options(**scope.PLATFORM))
        if wrote:
            session.add(Unit(key="north", name="North"))
            session.flush()
        session.info["audit_looks"] = dict(held)
        assert reads.send(session) is not wrote
        now = session.scalar(text("SHOW synchronous_commit").execution_options(**scope.PLATFORM))
        assert now == setting
        session.rollback()


def test_a_page_whose_look_cannot_be_noted_is_not_shown(
    session: Session, world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_id = made(session, world)
    monkeypatch.setattr(reads, "_statement", lambda columns: "SELECT 1/0")
    answer = sign_in(world.alice).get(f"/customers/{customer_id}")
    assert answer.status_code >= 500
    assert b"Quillon" not in answer.data


def test_what_a_page_wrote_without_committing_is_not_committed_with_its_look(session: Session, world: World) -> None:
    scope.enter(session, world.alice.context)
    session.add(Unit(key="preview", name="Preview"))
    session.flush()
    reads.keep_page(_look(world))
    scope.enter(session, world.alice.context)
    assert session.scalars(select(Unit.key)).all() == []
    session.rollback()
    assert len(looks(session, world, "customers.listed")) == 1


def _look(world: World) -> Any:
    return Look(context=world.alice.context, endpoint="customers.index", permission="customer.read", rows=3)


def test_every_page_and_request_that_shows_one_of_somebodys_rows_is_noted(app: Flask, world: World) -> None:
    """By the row in the address; a new page joins by its address alone."""
    told = {}
    for endpoint, permission in routes.PERMISSIONS_BY_ENDPOINT.items():
        rules = [
            rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint and "GET" in (rule.methods or ())
        ]
        about = {name for rule in rules for name in rule.arguments} & {f"{noun}_id" for noun in reads.SUBJECTS}
        if about and permission is not None and endpoint not in reads.NOTHING_SHOWN:
            args = dict.fromkeys(about, UUID(int=1))
            look = Look(context=world.alice.context, endpoint=endpoint, permission=permission, args=args)
            told[endpoint] = reads.entry_of(look)
    assert len(told) > 10
    assert [endpoint for endpoint, entry in told.items() if entry is None] == []
    assert set(routes.PERMISSIONS_BY_ENDPOINT) >= reads.NOTHING_SHOWN, "an exempt page that is not there"
