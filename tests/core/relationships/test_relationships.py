"""Who customers are to each other: inverse roles, days, no circles, nothing twice, and what a provider sees of it."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.customers import service as customers
from core.db import scope
from core.engagements import service as engagements
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.relationships import queries, service
from core.relationships.models import Relationship
from core.relationships.roles import ROLES
from core.timeline.models import TimelineEntry
from core.undo import service as undo

DAY = date(2026, 1, 1)
NUMBERS = itertools.count(1)


@pytest.fixture
def alice(session, world):
    scope.enter(session, world.alice.context)
    return world.alice.context


@pytest.fixture
def make(session, alice):
    def customer(name="张伟", kind="person"):
        return customers.create_customer(
            session, context=alice, values={"name": f"{name}{next(NUMBERS)}", "kind": kind}
        ).id

    return customer


@pytest.fixture
def relate(session, alice):
    def related(one, role, other, **rest):
        return service.relate(session, context=alice, customer_id=one, other_id=other, role=role, **rest)

    return related


def ends(session, context, customer_id, **rest):
    rows = queries.related(session, context=context, customer_id=customer_id, **rest)
    return [(str(each.label["en"]), each.end_id) for each in rows]


def test_each_side_reads_what_the_other_is_to_it(session, alice, make, relate):
    child, mother, firm = make(), make(), make(kind="organisation")
    relate(child, "child", mother)
    relate(mother, "employee", firm)
    assert ends(session, alice, child) == [("Parent", mother)]
    assert set(ends(session, alice, mother)) == {("Child", child), ("Employer", firm)}
    assert ends(session, alice, firm) == [("Employee", mother)]


def test_both_timelines_tell_it_by_number_and_to_the_client_alone(session, alice, make, relate):
    one, other = make(), make()
    relate(one, "guarantor", other)
    told = session.scalars(select(TimelineEntry).where(TimelineEntry.noun == "relationship",
                                                       TimelineEntry.customer_id.in_([one, other]))).all()  # fmt: skip
    assert {each.customer_id for each in told} == {one, other}
    assert {each.visibility for each in told} == {"client"}


def test_a_company_is_no_subsidiary_of_itself_through_others(session, alice, make, relate):
    top, middle, low = (make(kind="organisation") for _ in range(3))
    relate(middle, "subsidiary", top)
    relate(low, "subsidiary", middle)
    with pytest.raises(Conflict, match="circle"):
        relate(top, "subsidiary", low)
    with pytest.raises(Invalid, match="themselves"):
        relate(top, "subsidiary", top)


def test_a_chain_that_has_ended_leads_nowhere(session, alice, make, relate):
    one, other = make(kind="organisation"), make(kind="organisation")
    relate(one, "subsidiary", other, starts_on=DAY, ends_on=DAY + timedelta(days=30))
    with pytest.raises(Conflict):
        relate(other, "subsidiary", one, starts_on=DAY + timedelta(days=30))
    relate(other, "subsidiary", one, starts_on=DAY + timedelta(days=31))


def test_the_same_does_not_stand_twice_in_either_direction_where_both_are_the_same(make, relate):
    he, she = make(), make()
    relate(he, "spouse", she)
    for pair in ((he, she), (she, he)):
        with pytest.raises(Conflict, match="already"):
            relate(pair[0], "spouse", pair[1])
    with pytest.raises(Conflict, match="one such"):
        relate(make(), "spouse", she)


def test_guarantors_may_stand_for_each_other(make, relate):
    one, other = make(), make()
    relate(one, "guarantor", other)
    relate(other, "guarantor", one)


def test_a_role_joins_the_kinds_it_is_for_and_days_are_in_order(make, relate):
    person, firm = make(), make(kind="organisation")
    with pytest.raises(Invalid, match="kinds"):
        relate(firm, "child", person)
    with pytest.raises(Invalid, match="before it begins"):
        relate(person, "employee", firm, starts_on=DAY, ends_on=DAY - timedelta(days=1))
    with pytest.raises(Invalid, match="roles"):
        relate(person, "rival", firm)


def test_somebody_lives_in_one_household_and_one_pays_for_it(session, alice, make, relate):
    home, other_home = make(kind="household"), make(kind="household")
    mother, father = make(), make()
    for each in (mother, father):
        relate(each, "member", home)
    with pytest.raises(Conflict, match="one such"):
        relate(mother, "member", other_home)
    service.set_payer(session, context=alice, household_id=home, payer_id=mother, on=DAY)
    service.set_payer(session, context=alice, household_id=home, payer_id=father, on=DAY + timedelta(days=10))
    payers = session.scalars(
        select(Relationship).where(Relationship.role == "payer").order_by(Relationship.starts_on)
    ).all()
    assert [(each.customer_id, each.ends_on) for each in payers] == [(mother, DAY + timedelta(days=9)), (father, None)]


def test_one_that_is_over_is_shown_on_demand_and_a_later_version_is_needed_to_change_it(session, alice, make, relate):
    one, firm = make(), make(kind="organisation")
    row = relate(one, "employee", firm, starts_on=DAY)
    with pytest.raises(Stale):
        service.change(
            session, context=alice, relationship_id=row.id, version=row.version + 1, changes={"ends_on": DAY}
        )
    service.change(session, context=alice, relationship_id=row.id, version=row.version, changes={"ends_on": DAY})
    assert ends(session, alice, one) == []
    assert ends(session, alice, one, ended=True) == [("Employer", firm)]


def test_a_removal_is_undone(session, alice, make, relate):
    one, other = make(), make()
    row_id = relate(one, "user", other, note="SIM 2").id
    run = service.remove(session, context=alice, relationship_id=row_id)
    assert ends(session, alice, one) == []
    undo.undo(session, context=alice, run=run)
    session.expire_all()
    assert ends(session, alice, one) == [("They use it", other)]
    assert service.find(session, relationship_id=row_id).note == "SIM 2"


def test_a_provider_sees_a_relationship_only_where_both_ends_are_leased_to_it(session, world, alice, make, relate):
    one, leased_too, kept = make(), make(), make()
    relate(one, "guarantor", leased_too)
    hidden = relate(one, "guarantor", kept).id
    engagements.lease_customers(
        session, context=alice, engagement_id=world.engagement_id, customer_ids=[one, leased_too], purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    session.commit()
    scope.enter(session, world.dan.context)
    assert [end for _, end in ends(session, world.dan.context, one)] == [leased_too]
    assert queries.one(session, context=world.dan.context, relationship_id=hidden) is None
    with pytest.raises(NotFound):
        service.find(session, relationship_id=hidden)
    with pytest.raises(Denied):
        service.relate(session, context=world.dan.context, customer_id=one, other_id=leased_too, role="user")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_whatever_is_asked_in_whatever_order_no_chain_of_guardians_leads_back(session, world, make, wishes):
    scope.current(session)
    nest = session.begin_nested()
    people = [make() for _ in range(5)]
    for one, other in wishes:
        try:
            with session.begin_nested():
                service.relate(
                    session,
                    context=world.alice.context,
                    customer_id=people[one],
                    other_id=people[other],
                    role="guardian",
                )
        except (Conflict, Invalid):
            continue
    wards = {each: set() for each in people}
    for row in session.execute(select(Relationship.customer_id, Relationship.other_id).where(
            Relationship.role == "guardian", Relationship.customer_id.in_(people))):  # fmt: skip
        wards[row.customer_id].add(row.other_id)
    assert ROLES["guardian"].acyclic
    for start in people:
        reached, left = set(), list(wards[start])
        while left:
            each = left.pop()
            if each not in reached:
                reached.add(each)
                left += wards[each]
        assert start not in reached
    nest.rollback()
