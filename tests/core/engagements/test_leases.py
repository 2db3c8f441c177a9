"""A provider sees a customer while it is leased, and not a moment longer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.customers.models import Customer
from core.db import scope
from core.engagements import queries, service
from core.errors import Denied, Invalid, NotFound
from core.tenants.service import next_numbers

TOMORROW = timedelta(days=1)


def make_customers(session, world, count: int) -> list[UUID]:
    scope.enter(session, world.alice.context)
    rows = [
        Customer(number=number, name=f"Customer {number}", name_key=f"customer {number}")
        for number in next_numbers(session, kind="customer", count=count)
    ]
    session.add_all(rows)
    session.commit()
    return [row.id for row in rows]


def seen_by(session, person) -> set[UUID]:
    scope.enter(session, person.context)
    ids = set(session.scalars(select(Customer.id)))
    session.rollback()
    return ids


def lend(session, world, ids, *, by=None, until=None) -> service.Leased:
    context = (by or world.alice).context
    scope.enter(session, context)
    return service.lease_customers(
        session,
        context=context,
        engagement_id=world.engagement_id,
        customer_ids=ids,
        purpose="retention",
        expires_at=until or datetime.now(UTC) + TOMORROW,
    )


def test_a_provider_sees_only_leased_customers(session, world):
    ids = make_customers(session, world, 5)
    assert seen_by(session, world.dan) == set()
    assert lend(session, world, ids[:2]).made == 2
    session.commit()
    assert seen_by(session, world.dan) == set(ids[:2])
    assert seen_by(session, world.alice) == set(ids)


def test_leasing_again_moves_the_expiry_and_makes_nothing_twice(session, world):
    ids = make_customers(session, world, 2)
    lend(session, world, ids)
    session.commit()
    again = lend(session, world, ids, until=datetime.now(UTC) + 2 * TOMORROW)
    assert (again.made, again.kept, again.unknown) == (0, 2, 0)


def test_taking_back_ends_the_view_at_once(session, world):
    ids = make_customers(session, world, 3)
    lend(session, world, ids)
    session.commit()
    scope.enter(session, world.carol.context)
    ended = service.end_leases(
        session, context=world.carol.context, engagement_id=world.engagement_id, reason="end of the list"
    )
    session.commit()
    assert ended == 3
    assert seen_by(session, world.dan) == set()


def test_a_provider_cannot_lend_to_itself(session, world):
    ids = make_customers(session, world, 1)
    with pytest.raises(Denied, match="Only the client"):
        lend(session, world, ids, by=world.bob)


def test_a_lease_must_end_in_the_future_and_before_the_engagement(session, world):
    ids = make_customers(session, world, 1)
    with pytest.raises(Invalid, match="ended before it begins"):
        lend(session, world, ids, until=datetime.now(UTC) - TOMORROW)
    with pytest.raises(Invalid, match="engagement ends before"):
        lend(session, world, ids, until=datetime.now(UTC) + timedelta(days=4000))


def test_customers_of_another_tenant_are_unknown(session, world, app):
    from core.testing.people import make_world

    other = make_world(app)
    theirs = make_customers(session, other, 1)
    outcome = lend(session, world, theirs)
    assert (outcome.made, outcome.unknown) == (0, 1)


def test_an_engagement_of_another_tenant_is_not_found(session, world, app):
    from core.testing.people import make_world

    other = make_world(app)
    ids = make_customers(session, world, 1)
    scope.enter(session, world.alice.context)
    with pytest.raises(NotFound):
        service.lease_customers(
            session,
            context=world.alice.context,
            engagement_id=other.engagement_id,
            customer_ids=ids,
            purpose="retention",
            expires_at=datetime.now(UTC) + TOMORROW,
        )


def test_the_engagement_page_counts_live_leases(session, world):
    ids = make_customers(session, world, 4)
    lend(session, world, ids)
    session.commit()
    scope.enter(session, world.alice.context)
    assert [(row.name, row.leased) for row in queries.engagement_rows(session)] == [("Retention 2026", 4)]
