"""A reference inside a tenant: only the id is ever written, it never loads by itself, and the tenant cannot be left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session, selectinload

from core.cases.models import Case
from core.contacts.models import Contact, ContactPoint
from core.customers.models import Customer
from core.db import scope
from core.tenants.models import Unit
from core.testing.people import World, make_world


@pytest.fixture(scope="module")
def harbour(app: Flask) -> World:
    return make_world(app, verticals=())


@pytest.fixture
def at_harbour(session: Session, harbour: World) -> Session:
    scope.enter(session, harbour.alice.context)
    return session


def customer(session: Session, number: int) -> Customer:
    made = Customer(number=number, name="Lin", name_key="lin")
    session.add(made)
    session.flush()
    return made


def case(session: Session, of: Customer, number: int) -> Case:
    made = Case(
        number=number, customer_id=of.id, workflow="x.y", workflow_version=1, state="new", title="A case",
        opened_at=datetime.now(UTC),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_a_reference_is_set_by_the_object_and_writes_only_the_id(at_harbour: Session, harbour: World) -> None:
    first, second = customer(at_harbour, 1), customer(at_harbour, 2)
    opened = case(at_harbour, first, 1)
    opened.customer = second
    at_harbour.flush()
    assert (opened.customer_id, opened.tenant_id) == (second.id, harbour.tenant_id)


def test_a_reference_never_loads_by_itself(at_harbour: Session) -> None:
    opened = case(at_harbour, customer(at_harbour, 1), 1)
    at_harbour.expunge_all()
    found = at_harbour.scalars(select(Case).where(Case.id == opened.id)).one()
    with pytest.raises(InvalidRequestError, match="raise_on_sql"):
        _ = found.customer


def test_a_reference_is_loaded_when_asked_for(at_harbour: Session) -> None:
    opened = case(at_harbour, customer(at_harbour, 1), 1)
    at_harbour.expunge_all()
    asked = select(Case).where(Case.id == opened.id).options(selectinload(Case.customer))
    assert at_harbour.scalars(asked).one().customer.name == "Lin"


def test_clearing_a_reference_clears_only_the_id(at_harbour: Session, harbour: World) -> None:
    opened = case(at_harbour, customer(at_harbour, 1), 1)
    opened.customer = None  # type: ignore[assignment]
    with pytest.raises(IntegrityError, match='null value in column "customer_id"'):
        at_harbour.flush()
    assert opened.tenant_id == harbour.tenant_id


def test_a_reference_across_tenants_is_refused(app: Flask, session: Session, harbour: World) -> None:
    other = make_world(app, verticals=())
    scope.enter(session, other.alice.context)
    theirs = customer(session, 1).id
    session.commit()
    scope.enter(session, harbour.alice.context)
    session.add(Unit(key="branch", name="Branch", parent_id=theirs))
    with pytest.raises(IntegrityError, match="fk_unit"):
        session.flush()


def test_when_the_target_goes_an_optional_reference_loses_only_the_id(at_harbour: Session, harbour: World) -> None:
    of = customer(at_harbour, 1)
    person = Contact(customer_id=of.id, name="Lin", name_key="lin")
    at_harbour.add(person)
    at_harbour.flush()
    point = ContactPoint(
        customer_id=of.id, contact_id=person.id, kind="email", value="lin@example.com", value_key="lin@example.com"
    )
    at_harbour.add(point)
    at_harbour.flush()
    at_harbour.execute(delete(Contact).where(Contact.id == person.id))
    at_harbour.expire(point)
    assert (point.contact_id, point.tenant_id) == (None, harbour.tenant_id)
