"""An engagement goes from an idea to its close by named steps, each with its guard and what it brings about."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.customers.models import Customer
from core.db import scope
from core.engagements import offers, service, states
from core.engagements.models import STATES, DataGrant, EngagementStep, Lease
from core.engagements.queries import customers_by_number
from core.errors import Conflict, Denied, Invalid, NotFound
from core.identity.models import Participant

AHEAD = timedelta(days=30)


def as_of(session, person):
    session.rollback()
    scope.enter(session, person.context)
    return person.context


def take(session, person, engagement_id, event, reason="agreed"):
    return states.take(session, context=as_of(session, person), engagement_id=engagement_id, event=event, reason=reason)


def lend(session, world, numbers):
    made = numbers(1)
    alice = as_of(session, world.alice)
    ids = list(customers_by_number(session, context=alice, numbers=made).values())
    service.lease_customers(session, context=alice, engagement_id=world.engagement_id, customer_ids=ids,
                            purpose="retention", expires_at=datetime.now(UTC) + AHEAD)  # fmt: skip
    session.commit()


def begun(session, world, name):
    row_id = offers.begin(session, context=as_of(session, world.alice), name=name, purpose="service").id
    session.commit()
    return row_id


def test_suspended_its_people_are_out_at_once_and_resumed_they_see_again(session, world, numbers, sign_in):
    lend(session, world, numbers)
    dan = sign_in(world.dan)
    assert dan.get("/customers").status_code == 200
    take(session, world.alice, world.engagement_id, "suspend", "an incident")
    session.commit()
    assert dan.get("/customers").status_code == 404
    as_of(session, world.dan)
    assert session.scalar(select(Customer.id)) is None
    take(session, world.alice, world.engagement_id, "resume")
    session.commit()
    assert dan.get("/customers").status_code == 200


def test_closing_ends_leases_grants_and_people(session, world, numbers):
    lend(session, world, numbers)
    take(session, world.alice, world.engagement_id, "exit")
    session.commit()
    row = take(session, world.alice, world.engagement_id, "close")
    assert row.closed_at is not None
    assert session.scalar(select(Lease.id).where(Lease.ended_at.is_(None))) is None
    assert set(session.scalars(select(DataGrant.state))) == {"expired"}
    left = select(Participant.id).where(Participant.engagement_id == row.id, Participant.ended_at.is_(None))
    assert session.scalar(left) is None


def test_a_grave_step_needs_a_reason_which_stands_in_the_history(session, world):
    with pytest.raises(Invalid, match="Say why"):
        take(session, world.alice, world.engagement_id, "suspend", " ")
    take(session, world.alice, world.engagement_id, "suspend", "an incident")
    step = session.scalar(select(EngagementStep).where(EngagementStep.event == "suspend"))
    assert (step.source, step.target, step.reason, step.actor_name) == ("live", "suspended", "an incident", "Alice")


def test_a_step_that_does_not_lead_on_is_refused(session, world):
    with pytest.raises(Conflict, match="does not lead out"):
        take(session, world.alice, world.engagement_id, "close")


def test_only_the_clients_admin_moves_an_engagement(session, world):
    for person in (world.carol, world.bob):
        with pytest.raises(Denied):
            take(session, person, world.engagement_id, "remediate")


def test_without_a_provider_no_examination_begins_and_the_page_says_why(session, world, sign_in):
    row_id = begun(session, world, "Winter calls")
    for event in ("propose", "source"):
        take(session, world.alice, row_id, event)
        session.commit()
    with pytest.raises(Conflict, match="No provider has accepted"):
        take(session, world.alice, row_id, "examine")
    session.rollback()
    page = sign_in(world.alice).get(f"/engagements/{row_id}").text
    assert "No provider has accepted" in page or "还没有承包方接受" in page


def test_every_tab_opens_for_both_sides(world, sign_in):
    for person in (world.alice, world.bob):
        pages = sign_in(person)
        for tab in ("overview", "grants", "leases", "people", "seats", "history"):
            assert pages.get(f"/engagements/{world.engagement_id}?tab={tab}").status_code == 200


def test_the_client_sees_on_one_page_who_sees_its_customers(world, sign_in):
    page = sign_in(world.alice).get("/who-sees").text
    assert "Retention 2026" in page
    assert sign_in(world.bob).get("/who-sees").status_code == 403


def test_every_state_is_reached_from_an_idea_and_none_from_closed():
    reached, ahead = set(), ["idea"]
    while ahead:
        state = ahead.pop()
        if state not in reached:
            reached.add(state)
            ahead += [step.target for step in states.STEPS if state in step.sources]
    assert reached == set(STATES)
    assert [step.event for step in states.STEPS if "closed" in step.sources] == []


# -- how client and provider find each other ------------------------------------------------------------------------


def test_a_code_finds_the_provider_once_and_its_admin_accepts(session, world, partner_admin):
    ann = partner_admin
    code = offers.make_code(session, context=as_of(session, ann))
    session.commit()
    row_id = begun(session, world, "Winter calls")
    assert row_id not in {each.id for each in offers.offered(session, context=as_of(session, ann))}
    offers.offer(session, context=as_of(session, world.alice), engagement_id=row_id, code=code.lower())
    session.commit()
    other_id = begun(session, world, "Spring calls")
    with pytest.raises(Invalid, match="code is not valid"):
        offers.offer(session, context=as_of(session, world.alice), engagement_id=other_id, code=code)
    found = next(each for each in offers.offered(session, context=as_of(session, ann)) if each.id == row_id)
    assert (found.client_name, found.name) == (world.alice.context.tenant_name, "Winter calls")
    offers.answer(session, context=as_of(session, ann), engagement_id=row_id, accept=True)
    session.commit()
    for _time in range(2):  # a worker that dies after its commit lets the job run again
        system = as_of(session, world.alice)
        offers.welcome(session, context=system, engagement_id=row_id, user_id=ann.context.user_id, accepted=True,
                       partner_id=ann.context.tenant_id)  # fmt: skip
        session.commit()
    as_of(session, world.alice)
    steps = select(EngagementStep.event).where(EngagementStep.engagement_id == row_id)
    assert sorted(session.scalars(steps)).count("accepted") == 1
    assert states.locked(session, engagement_id=row_id).accepted_name == ann.context.shown_name
    assert session.scalar(select(Participant.user_id).where(Participant.engagement_id == row_id)) == ann.context.user_id


def test_a_stranger_cannot_answer_an_offer_that_is_not_its_own(session, world, partner_admin):
    row_id = begun(session, world, "Winter calls")
    with pytest.raises(NotFound):
        offers.answer(session, context=as_of(session, partner_admin), engagement_id=row_id, accept=True)
