"""Two clients, a provider that works for both, another that works for one beside it, and a stranger; and what each may know.

Every text that somebody writes is a canary: it occurs nowhere else, so where it turns up tells who has seen what. Of a customer the
`personal` canaries are for its own client alone; the `work` ones also for a provider to whom the customer is lent.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from contextvars import Context as Variables
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask

from core.db import scope
from core.db.base import db
from core.engagements import service as engagements
from core.identity import people
from core.identity.roles import permissions_of
from core.testing.people import Person, World, make_world
from core.web.security import SESSION_COOKIE
from tests.isolation.visits import Visitor, opened, said, visitor

NUMBERS = itertools.count(21_000_000, 3)


@dataclass(kw_only=True)
class Customer:
    client: str
    id: UUID
    personal: list[str]
    work: list[str] = field(default_factory=list)
    lent_to: set[str] = field(default_factory=set)
    cases: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Actor:
    """`client` is whose customers they may know; a `provider` of them only those that are lent to it."""

    name: str
    client: str | None
    provider: str | None
    visitor: Visitor

    def knows(self, customer: Customer) -> bool:
        return customer.client == self.client and (self.provider is None or self.provider in customer.lent_to)


@dataclass
class Town:
    app: Flask
    worlds: dict[str, World]
    engagements: dict[str, tuple[str, UUID]]
    """By provider's place: the client, and the engagement."""
    actors: dict[str, Actor]
    word: str
    customers: list[Customer] = field(default_factory=list)

    # -- acts -------------------------------------------------------------------------------------------------------

    def canary(self, what: str) -> str:
        return f"{self.word}{what}{next(NUMBERS)}"

    def create(self, client: str) -> Customer:
        name, street, phone = self.canary("name"), self.canary("street"), f"137{next(NUMBERS)}"
        owner = self.actors[f"{client} manager"]
        sent = {"name": name, "phone": phone, "address": street}
        answer = self.call(owner, "POST", "/customers", sent)
        assert answer.status_code == 201, answer.text
        made = Customer(client=client, id=UUID(answer.get_json()["id"]), personal=[name, street, phone])
        self.customers.append(made)
        return made

    def lend(self, customer: Customer, provider: str) -> None:
        client, engagement_id = self.engagements[provider]
        assert client == customer.client
        with self.app.app_context():
            session, context = db.session(), self.worlds[client].alice.context
            scope.enter(session, context)
            engagements.lease_customers(
                session, context=context, engagement_id=engagement_id, customer_ids=[customer.id], purpose="retention",
                expires_at=datetime.now(UTC) + timedelta(days=3),
            )  # fmt: skip
            session.commit()
            db.session.remove()
        customer.lent_to.add(provider)

    def take_back(self, provider: str) -> None:
        client, engagement_id = self.engagements[provider]
        with self.app.app_context():
            session, context = db.session(), self.worlds[client].alice.context
            scope.enter(session, context)
            engagements.end_leases(session, context=context, engagement_id=engagement_id, reason="asked")
            session.commit()
            db.session.remove()
        for customer in self.customers:
            customer.lent_to.discard(provider)

    def open_case(self, actor: Actor, customer: Customer) -> Any:
        title = self.canary("title")
        sent = {"customer_id": str(customer.id), "workflow": "telecom.complaint", "title": title}
        answer = self.call(actor, "POST", "/cases", sent)
        if answer.status_code == 201:
            customer.work.append(title)
            customer.cases.append(answer.get_json()["id"])
        return answer

    # -- looking ----------------------------------------------------------------------------------------------------

    def call(self, actor: Actor, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {actor.visitor.token}"}
        sent = {"json": body} if body is not None else {}
        client = self.app.test_client()
        return Variables().run(opened, client, f"/api/v1{path}", method=method, headers=headers, **sent)

    def page(self, actor: Actor, path: str, form: Any = None) -> Any:
        client = self.app.test_client()
        client.set_cookie(SESSION_COOKIE, actor.visitor.session)
        sent = {"data": form, "headers": {"Sec-Fetch-Site": "same-origin"}, "follow_redirects": True} if form else {}
        address = f"/t/{actor.visitor.person.workspace}{path}"
        return Variables().run(opened, client, address, method="POST" if form else "GET", **sent)

    def overheard(self, actor: Actor, answer: Any, *, asked: Sequence[str] = ()) -> list[str]:
        """Canaries that the answer tells and this actor may not know."""
        told = said(answer)
        return [secret for secret in self.secrets_from(actor) if secret not in asked and secret in told]

    def secrets_from(self, actor: Actor) -> list[str]:
        found = []
        for customer in self.customers:
            if actor.provider is not None or not actor.knows(customer):
                found += [*customer.personal]
            if not actor.knows(customer):
                found += [*customer.work, str(customer.id), *customer.cases]
        return found


def build(app: Flask) -> Town:
    """Clients `east` and `west`; provider `both` works for each, `second` for east; a stranger."""
    worlds = {name: make_world(app, verticals=("telecom",)) for name in ("east", "west", "stranger")}
    shared = worlds["east"].provider_id
    actors = {
        f"{name} manager": Actor(f"{name} manager", name, None, _seat(app, worlds[name].carol)) for name in worlds
    }
    places = {"both in the east": ("east", worlds["east"].engagement_id)}
    agents = {"both in the east": worlds["east"].dan}
    for name, client, provider in (
        ("both in the west", "west", shared), ("second", "east", worlds["stranger"].provider_id),
    ):  # fmt: skip
        engagement, agents[name] = _join(app, worlds[client], provider, name.replace(" ", "-"))
        places[name] = (client, engagement)
    for name, person in agents.items():
        actors[name] = Actor(name, places[name][0], name, _seat(app, person))
    return Town(app, worlds, places, actors, "cny" + secrets.token_hex(4))


def _seat(app: Flask, person: Person) -> Visitor:
    return visitor(app, person)


def _join(app: Flask, world: World, provider_id: UUID, name: str) -> tuple[UUID, Person]:
    """Another engagement of a client, and dan of the first, who works there too."""
    with app.app_context():
        session, context = db.session(), world.alice.context
        scope.enter(session, context)
        slug = f"{world.slug}-{name}"
        engagement = engagements.open_engagement(
            session, context=context, provider=engagements.Partner(provider_id, name), name=name, slug=slug,
            purpose="retention", ends_at=datetime.now(UTC) + timedelta(days=300),
        )  # fmt: skip
        row = people.add_participant(
            session, user_id=world.dan.context.user_id, shown_name="Dan", roles=["provider_manager"], party="provider",
            engagement_id=engagement.id,
        )  # fmt: skip
        made = replace(
            world.dan.context, participant_id=row.id, engagement_id=engagement.id, workspace=slug,
            permissions=permissions_of(["provider_manager"], party="provider"),
        )  # fmt: skip
        session.commit()
        db.session.remove()
    return engagement.id, replace(world.dan, workspace=slug, context=made)
