"""Whatever two clients, their two providers and a stranger do in whatever order: no row, count, name or error text crosses."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from tests.isolation.town import Actor, Customer, Town, build
from tests.isolation.visits import differing

CLIENTS = st.sampled_from(["east", "west"])
PROVIDERS = st.sampled_from(["both in the east", "both in the west", "second"])
ANYBODY = st.sampled_from(
    ["east manager", "west manager", "stranger manager", "both in the east", "both in the west", "second"]
)
PICK = st.integers(0, 10_000)

LISTS = ("/customers?limit=200", "/cases?limit=200", "/records?type=telecom.line", "/findings", "/approvals")
PAGES = (
    "/",
    "/customers",
    "/customers?show=all",
    "/cases",
    "/gate",
    "/notifications",
    "/approvals",
    "/audit",
    "/findings",
)
OF_A_CUSTOMER = (
    "/customers/{}",
    "/customers/{}/edit",
    "/customers/{}/cases/new",
    "/customers/{}/contact",
    "/customers/{}/numbers",
)


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return build(app)


REQUEST_ID = re.compile(r"\b[0-9A-F]{4}-[0-9A-F]{2}\b")


def heard(answer: Any, asked: str) -> tuple[int, str]:
    """Without what was asked, and then without the request's own id: a part of an id of all digits looks like one."""
    return answer.status_code, REQUEST_ID.sub("<request>", answer.text.replace(asked, "<asked>"))


def alike(answer: Any, asked: str, other: Any, instead: str) -> None:
    assert differing(heard(answer, asked), heard(other, instead)) == ""


class Life(RuleBasedStateMachine):
    """What may happen. The town goes on from one example to the next, with more and more in it."""

    town: Town

    def actor(self, name: str) -> Actor:
        return self.town.actors[name]

    def one(self, pick: int) -> Customer:
        return self.town.customers[pick % len(self.town.customers)]

    def hears(self, actor: Actor, answer: Any, *asked: str) -> None:
        assert answer.status_code < 500, answer.text
        assert self.town.overheard(actor, answer, asked=asked) == [], actor.name

    @initialize(client=CLIENTS)
    def somebody_is_there(self, client: str) -> None:
        self.town.create(client)

    @rule(client=CLIENTS)
    def a_client_takes_a_customer_on(self, client: str) -> None:
        self.town.create(client)

    @rule(provider=PROVIDERS, pick=PICK)
    def a_customer_is_lent(self, provider: str, pick: int) -> None:
        client = self.town.engagements[provider][0]
        free = [each for each in self.town.customers if each.client == client and provider not in each.lent_to]
        if free:
            self.town.lend(free[pick % len(free)], provider)

    @rule(provider=PROVIDERS)
    def all_are_taken_back(self, provider: str) -> None:
        self.town.take_back(provider)

    @rule(who=ANYBODY, pick=PICK)
    def a_case_is_opened(self, who: str, pick: int) -> None:
        actor, customer = self.actor(who), self.one(pick)
        answer = self.town.open_case(actor, customer)
        assert (answer.status_code == 201) == actor.knows(customer), answer.text
        self.hears(actor, answer, str(customer.id))

    @rule(who=ANYBODY, pick=PICK)
    def something_is_said_on_a_case(self, who: str, pick: int) -> None:
        actor, customer = self.actor(who), self.one(pick)
        for case in customer.cases[:1]:
            body = self.town.canary("comment")
            answer = self.town.call(actor, "POST", f"/cases/{case}/comments", {"body": body, "audience": "shared"})
            assert (answer.status_code == 201) == actor.knows(customer), answer.text
            if answer.status_code == 201:
                customer.work.append(body)
            self.hears(actor, answer, case, body)

    @rule(who=ANYBODY, path=st.sampled_from(LISTS))
    def a_list_is_read(self, who: str, path: str) -> None:
        self.hears(self.actor(who), self.town.call(self.actor(who), "GET", path))

    @rule(who=ANYBODY, path=st.sampled_from(PAGES))
    def a_page_is_opened(self, who: str, path: str) -> None:
        self.hears(self.actor(who), self.town.page(self.actor(who), path))

    @rule(who=ANYBODY, pick=PICK, path=st.sampled_from(OF_A_CUSTOMER))
    def a_customer_is_opened(self, who: str, pick: int, path: str) -> None:
        """One that is not one's own is as absent as one that never was."""
        actor, customer, never = self.actor(who), self.one(pick), str(uuid4())
        answer = self.town.page(actor, path.format(customer.id))
        self.hears(actor, answer, str(customer.id))
        if not actor.knows(customer):
            alike(answer, str(customer.id), self.town.page(actor, path.format(never)), never)
        mine = self.town.call(actor, "GET", f"/customers/{customer.id}")
        assert (mine.status_code == 200) == actor.knows(customer)
        self.hears(actor, mine, str(customer.id))

    @rule(who=ANYBODY, pick=PICK)
    def a_telephone_number_is_looked_for(self, who: str, pick: int) -> None:
        """Whoever may not know the customer hears the same as of a number that nobody has."""
        actor, customer, nobody = self.actor(who), self.one(pick), "13500000000"
        phone = customer.personal[2]
        answer = self.town.page(actor, "/customers/search", {"q": phone})
        self.hears(actor, answer, phone)
        if not actor.knows(customer):
            other = self.town.page(actor, "/customers/search", {"q": nobody})
            alike(answer, phone, other, nobody)

    @precondition(lambda self: self.town.customers)
    @rule(who=ANYBODY)
    def customers_are_counted(self, who: str) -> None:
        actor = self.actor(who)
        known = sum(actor.knows(each) for each in self.town.customers)
        listed = self.town.call(actor, "GET", "/customers?limit=200").get_json()["data"]
        assert len(listed) == known

    @invariant()
    def nothing_is_lost(self) -> None:
        assert all(each.personal for each in self.town.customers)


def test_nothing_crosses_whoever_does_what(town: Town) -> None:
    Life.town = town
    quick = settings(
        max_examples=6, stateful_step_count=18, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(Life, settings=quick)
    assert len(town.customers) > 5
    assert any(each.work for each in town.customers)


def test_jobs_events_and_mails_carry_no_value(town: Town, database: Any, app: Flask) -> None:
    """Their arguments are ids; whoever works on them asks again."""
    if not town.customers:
        random.seed(0)
        town.create("east")
    personal = [value for each in town.customers for value in each.personal]
    for name, held in carried(database, town):
        assert [value for value in personal if value in held] == [], name


def carried(database: Any, town: Town) -> Iterator[tuple[str, str]]:
    """What lies in the queue, in the outbox and in the trail, as text."""
    engine = database.owner_engine()
    with engine.connect() as connection:
        yield "jobs", str(connection.execute(text("SELECT args FROM procrastinate_jobs")).all())
    engine.dispose()
    from core.db import scope
    from core.db.base import db

    for world in town.worlds.values():
        with town.app.app_context():
            session = db.session()
            scope.enter(session, world.alice.context)
            for table in ("outbox_event", "audit_entry", "mail", "notification"):
                of = text(f"SELECT t::text FROM {table} t").execution_options(**scope.RLS_ONLY)
                yield table, str(session.scalars(of).all())
            session.rollback()
            db.session.remove()
