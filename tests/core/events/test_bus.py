"""Events: told at once and in order, inside the act, under names and with contents that are a promise."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.customers import service as customers
from core.customers.events import CustomerCreated
from core.customers.models import Customer
from core.db import scope
from core.db.base import new_id
from core.errors import Conflict
from core.events import bus
from core.events.bus import Event
from core.testing.people import World

CORE = Path(core.__file__).parent

TOLD_BY_CLOCKS = {
    "owner", "timer", "percent", "case_id", "record_id", "customer_id", "due_at", "told_for", "roles", "to_assignee",
    "stopped",
}  # fmt: skip
PROMISED = {
    "approval.decided": {"number", "kind", "state", "requested_by", "engagement_id"},
    "approval.expired": {"number", "kind", "requested_by", "engagement_id"},
    "person.invited": {"round", "engagement_id"},
    "person.joined": {"party", "engagement_id"},
    "person.left": {"party", "engagement_id"},
    "approval.requested": {"number", "kind", "permission", "engagement_id"},
    "bulk_run.reverted": {"kind", "counts"},
    "attachment.added": {"customer_id", "case_id", "media_type"},
    "attachment.removed": {"customer_id", "case_id"},
    "case.assigned": {"customer_id", "assignee_id"},
    "case.commented": {"customer_id", "comment_id", "audience"},
    "case.opened": {"customer_id", "workflow", "state"},
    "case.transitioned": {"customer_id", "workflow", "transition", "source", "target", "closed"},
    "case.updated": {"customer_id"},
    "cases.changed": {"act", "counts"},
    "clock.breached": TOLD_BY_CLOCKS,
    "clock.escalated": TOLD_BY_CLOCKS,
    "clock.moved": {"owner", "timer", "case_id", "record_id", "customer_id", "due_at"},
    "clock.warned": TOLD_BY_CLOCKS,
    "consent.recorded": {"purpose", "channel", "status"},
    "contact.added": {"contact_id"},
    "contact.removed": {"contact_id"},
    "contact.updated": {"contact_id"},
    "contact_point.added": {"kind"},
    "contact_point.removed": {"kind", "point_id"},
    "contact_point.updated": {"kind", "point_id"},
    "customer.created": set(),
    "customer.identified": {"scheme"},
    "customer.updated": set(),
    "customer.erased": {"counts"},
    "rights_request.moved": {"customer_id", "kind", "state"},
    "webhook.tested": set(),
    "value.revealed": {"customer_id", "record_id", "case_id"},
    "customers.changed": {"act", "counts"},
    "records.changed": {"type", "act", "counts"},
    "customers.imported": {"counts"},
    "customers.merged": {"customer_id"},
    "customers.unmerged": {"customer_id"},
    "segment.saved": {"key", "state"},
    "segment.refreshed": {"key", "size"},
    "grades.activated": set(),
    "grades.evaluated": {"period", "counts"},
    "customers.leased": {"count"},
    "data_grant.moved": {"engagement_id", "state"},
    "engagement.moved": {"source", "target"},
    "do_not_contact.added": {"purpose", "channel"},
    "do_not_contact.ended": {"purpose", "channel"},
    "finding.raised": {"number", "rule", "severity", "about_type", "about_id", "customer_id", "opens"},
    "finding.settled": {"number", "rule", "about_type", "about_id", "customer_id", "by_rule"},
    "tenant.moved": {"event", "source", "target"},
    "gate.decided": {
        "customer_id",
        "action",
        "purpose",
        "channel",
        "verdict",
        "case_id",
        "record_id",
    },
    "interaction.recorded": {"customer_id", "channel", "direction", "purpose", "disposition", "ungated"},
    "leases.ended": {"count"},
    "reading.added": {"type", "customer_id"},
    "record.created": {"type", "customer_id"},
    "record.updated": {"type", "customer_id"},
    "relationship.added": {"customer_id", "other_id", "role"},
    "relationship.removed": {"customer_id", "other_id", "role"},
    "relationship.updated": {"customer_id", "other_id", "role"},
}
"""Name and contents of every event: public API. A new one is added here, a changed one gets a new version."""


@dataclass(frozen=True, kw_only=True)
class Tried(Event):
    name: ClassVar[str] = "thing.tried"


@pytest.fixture
def quiet(app: Flask) -> Iterator[None]:
    """The application's own subscriptions come back afterwards."""
    kept = {event: list(handlers) for event, handlers in bus._handlers.items()}
    yield
    bus.reset()
    for event, handlers in kept.items():
        for handler in handlers:
            bus.subscribe(event, handler)


def known() -> dict[str, type[Event]]:
    for path in sorted(CORE.glob("*/events.py")):
        importlib.import_module(f"core.{path.parent.name}.events")

    def below(kind: type[Event]) -> Iterator[type[Event]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    return {kind.name: kind for kind in below(Event) if kind.__module__.startswith("core.") and "name" in vars(kind)}


def test_names_and_contents_are_as_promised(app: Flask) -> None:
    base = {field.name for field in dataclasses.fields(Event)}
    told = {name: {field.name for field in dataclasses.fields(kind)} - base for name, kind in known().items()}
    assert told == PROMISED


def test_a_name_is_a_noun_and_what_became_of_it(app: Flask) -> None:
    assert [name for name in known() if not re.fullmatch(r"[a-z_]+\.[a-z_]+ed|person\.left", name)] == []


def test_handlers_hear_in_the_order_they_were_subscribed(quiet: None, session: Session, world: World) -> None:
    heard: list[str] = []
    bus.subscribe(Tried, lambda _session, _event: heard.append("first"))
    bus.subscribe(Tried, lambda _session, _event: heard.append("second"))
    bus.emit(session, Tried(context=world.alice.context, subject=new_id()))
    assert heard == ["first", "second"]


def test_an_event_nobody_waits_for_is_told_to_nobody(quiet: None, session: Session, world: World) -> None:
    heard: list[Event] = []
    bus.subscribe(CustomerCreated, lambda _session, event: heard.append(event))
    bus.emit(session, Tried(context=world.alice.context, subject=new_id()))
    assert heard == []


def test_a_handler_works_in_the_transaction_of_the_act(quiet: None, session: Session, world: World) -> None:
    heard: list[str] = []

    def hear(told: Session, event: CustomerCreated) -> None:
        found = told.scalar(select(Customer.name).where(Customer.id == event.subject))
        heard.append(str(found))

    bus.subscribe(CustomerCreated, hear)
    scope.enter(session, world.alice.context)
    customers.create_customer(session, context=world.alice.context, values={"name": "Lin Wei"})
    session.rollback()
    assert heard == ["Lin Wei"]


def test_what_a_handler_refuses_is_undone(quiet: None, session: Session, world: World) -> None:
    def refuse(_session: Session, _event: CustomerCreated) -> None:
        raise Conflict("Not today.")

    bus.subscribe(CustomerCreated, refuse)
    scope.enter(session, world.alice.context)
    with pytest.raises(Conflict):
        customers.create_customer(session, context=world.alice.context, values={"name": "Lin Wei"})
    session.rollback()
    scope.enter(session, world.alice.context)
    assert session.scalars(select(Customer.id)).all() == []


def test_an_event_cannot_be_changed_by_who_hears_it(world: World) -> None:
    event = Tried(context=world.alice.context, subject=new_id(), fields=["phone"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.fields = []  # type: ignore[misc]
