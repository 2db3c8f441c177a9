"""A retention case walks to its end by named steps, each side by its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.cases import service
from core.cases.models import Case, CaseStep, WorkflowVersion
from core.cases.pinning import pinned_workflow
from core.clocks.service import Entered
from core.contacts.models import Consent, DoNotContact
from core.customers.models import Customer
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.gate import service as gate
from core.plugin.catalog import Catalog
from core.tenants import service as tenants
from core.timeline.models import TimelineEntry

MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""Monday 2 March, 09:30 in Shanghai."""


@pytest.fixture
def open_case(session, world, view, acting):
    def make(customer_id, *, by=None, **values):
        context = acting(by or world.dan)
        given = {"workflow": "telecom.retention", "at": MORNING, **values}
        case = service.open_case(session, context=context, view=view, customer_id=customer_id, **given)
        case_id = case.id
        session.commit()
        return case_id

    return make


@pytest.fixture
def step(session, world, view, acting):
    """Take a step on the newest version of the case unless another is named."""

    def take(case_id, transition, *, by=None, version=None, rules=None, **values):
        context = acting(by or world.dan)
        newest = session.scalar(select(Case.version).where(Case.id == case_id))
        given = {"at": MORNING + timedelta(hours=1), **values}
        case = service.take_step(
            session, context=context, view=rules or view, case_id=case_id, version=version or newest,
            transition=transition, **given,
        )  # fmt: skip
        session.commit()
        return case

    return take


@pytest.fixture
def read(session, world, acting):
    def case(case_id) -> Case:
        acting(world.alice)
        return session.scalars(select(Case).where(Case.id == case_id)).one()

    return case


def test_a_case_is_offered_accepted_confirmed_and_fulfilled(session, make_customer, open_case, step, read):
    case_id = open_case(make_customer())
    step(case_id, "offer", values={"offer": "discount"}, note="ten per cent")
    step(case_id, "accept")
    step(case_id, "confirm", values={"confirmed_on": "2026-03-02"})
    step(case_id, "fulfil", at=MORNING + timedelta(days=8))
    case = read(case_id)
    assert (case.state, case.outcome) == ("fulfilled", "fulfilled")
    assert case.closed_at is not None
    assert case.due_at is None
    assert case.attributes == {"telecom": {"offer": "discount", "confirmed_on": "2026-03-02"}}
    walked = session.scalars(
        select(CaseStep.target).where(CaseStep.case_id == case_id).order_by(CaseStep.taken_at, CaseStep.id)
    ).all()
    assert walked == ["scored", "offered", "accepted", "cooling", "fulfilled"]


def test_the_client_sees_on_the_timeline_what_the_agent_did(session, world, acting, make_customer, open_case, step):
    customer_id = make_customer()
    case_id = open_case(customer_id)
    step(case_id, "offer", values={"offer": "discount"})
    acting(world.carol)
    told = session.scalars(
        select(TimelineEntry).where(TimelineEntry.subject_id == case_id).order_by(TimelineEntry.occurred_at)
    ).all()
    assert [entry.kind for entry in told] == ["case.opened", "case.transitioned"]
    assert told[1].values["step"] == {"zh-CN": "推介方案", "en": "Make an offer"}
    assert (told[1].party, told[1].shown_name) == ("provider", "Dan")


def test_a_refusal_is_a_refusal_of_marketing(session, world, view, acting, make_customer, open_case, step, read):
    customer_id = make_customer(consent="granted")
    case_id = open_case(customer_id)
    step(case_id, "refuse", values={"refusal_reason": "do_not_call"})
    assert read(case_id).outcome == "refused"
    entry = session.scalars(select(DoNotContact).where(DoNotContact.customer_id == customer_id)).one()
    assert entry.purpose == "marketing"
    latest = select(Consent.status).where(Consent.customer_id == customer_id).order_by(Consent.captured_at.desc())
    assert session.scalars(latest).first() == "withdrawn"
    decision = gate.decide(
        session, context=world.alice.context, view=view, customer_id=customer_id, purpose="retention", channel="phone",
        at=datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
    )  # fmt: skip
    assert decision.verdict == "deny"


def test_a_required_field_is_asked_for_by_name(make_customer, open_case, step):
    with pytest.raises(Invalid) as refused:
        step(open_case(make_customer()), "offer")
    assert [error.field for error in refused.value.errors] == ["telecom.offer"]


def test_a_value_that_is_no_choice_or_no_field_is_refused(make_customer, open_case, step):
    case_id = open_case(make_customer())
    with pytest.raises(Invalid):
        step(case_id, "offer", values={"offer": "a yacht"})
    with pytest.raises(Invalid):
        step(case_id, "offer", values={"offer": "discount", "telecom.price": "3"})


def test_a_guard_stops_the_step_and_says_why(session, world, acting, make_customer, open_case, step):
    doubtful = make_customer(attributes={"telecom": {"real_name_status": "suspect"}})
    with pytest.raises(Conflict) as refused:
        step(open_case(doubtful), "offer", values={"offer": "discount"})
    assert "real name is in doubt" in str(refused.value)


def test_a_step_that_does_not_leave_this_state_does_not_exist(make_customer, open_case, step):
    with pytest.raises(Conflict, match="does not exist"):
        step(open_case(make_customer()), "fulfil")


def test_two_people_move_one_case_and_the_second_is_told(make_customer, world, open_case, step, read):
    case_id = open_case(make_customer())
    looked_at = read(case_id).version
    step(case_id, "offer", values={"offer": "discount"}, version=looked_at)
    with pytest.raises(Stale):
        step(case_id, "refuse", by=world.carol, version=looked_at, values={"refusal_reason": "price"})
    assert read(case_id).state == "offered"


def test_without_the_permission_nobody_moves_a_case(session, world, view, acting, make_customer, open_case, read):
    from dataclasses import replace

    case_id = open_case(make_customer())
    version = read(case_id).version
    reader = replace(world.carol.context, permissions=frozenset({"case.read"}))
    with pytest.raises(Denied):
        service.take_step(session, context=reader, view=view, case_id=case_id, version=version, transition="refuse")


def test_a_case_of_a_customer_that_is_not_leased_is_not_there(make_customer, world, open_case, step):
    customer_id = make_customer(leased=False)
    with pytest.raises(NotFound):
        open_case(customer_id)
    case_id = open_case(customer_id, by=world.carol)
    with pytest.raises(NotFound):
        step(case_id, "refuse", version=1)


def test_an_agent_cannot_give_the_case_to_another_engagement(session, world, acting, make_customer, open_case, read):
    case_id = open_case(make_customer())
    assert read(case_id).engagement_id == world.engagement_id


def test_the_offer_is_due_at_the_end_of_the_third_day(make_customer, open_case, step, read):
    case_id = open_case(make_customer())
    assert read(case_id).due_at == datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
    step(case_id, "offer", values={"offer": "discount"})
    assert read(case_id).due_at is None
    step(case_id, "accept")
    step(case_id, "confirm", at=datetime(2026, 3, 3, 2, 0, tzinfo=UTC), values={"confirmed_on": "2026-03-03"})
    assert read(case_id).due_at == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


def test_a_case_keeps_the_workflow_it_began_with(app, session, make_customer, open_case, step, read):
    from dataclasses import replace

    catalog = app.extensions["kehub"]["catalog"]
    case_id = open_case(make_customer())
    loaded = catalog.verticals["telecom"]
    flow = loaded.workflows[0]
    shorter = replace(flow, version=2, transitions=[each for each in flow.transitions if each.key != "offer"])
    newer = Catalog([replace(loaded, workflows=(shorter,))]).everything
    step(case_id, "offer", values={"offer": "discount"}, rules=newer)
    assert read(case_id).state == "offered"
    kept = session.scalars(select(WorkflowVersion.workflow_version)).all()
    assert kept == [1]


def test_a_vertical_with_open_cases_stays_on(session, world, acting, make_customer, open_case, step):
    case_id = open_case(make_customer())
    context = acting(world.alice)
    with pytest.raises(Conflict, match="1 cases of this vertical are open"):
        tenants.set_vertical(session, context=context, key="telecom", enabled=False)
    step(case_id, "refuse", values={"refusal_reason": "moved"})
    context = acting(world.alice)
    assert tenants.set_vertical(session, context=context, key="telecom", enabled=False).enabled is False


def test_a_case_of_a_vertical_that_was_switched_off_meanwhile_stands_still(app, make_customer, open_case, step):
    off = app.extensions["kehub"]["catalog"].view(frozenset())
    with pytest.raises(Conflict, match="switched off"):
        step(open_case(make_customer()), "refuse", values={"refusal_reason": "moved"}, rules=off)


def test_no_case_for_a_customer_who_left_or_a_workflow_that_is_none(session, world, acting, make_customer, open_case):
    customer_id = make_customer()
    with pytest.raises(NotFound):
        open_case(customer_id, workflow="telecom.party")
    acting(world.alice)
    session.scalars(select(Customer).where(Customer.id == customer_id)).one().state = "archived"
    session.commit()
    with pytest.raises(Conflict, match="active customer"):
        open_case(customer_id, by=world.carol)


def test_the_history_of_every_case_replays_to_its_state(
    session, world, view, acting, make_customer, open_case, step, read
):
    case_id = open_case(make_customer())
    step(case_id, "offer", values={"offer": "handset"})
    step(case_id, "accept")
    step(case_id, "refuse", values={"refusal_reason": "price"})
    case = read(case_id)
    definition = pinned_workflow(
        session, workflow=case.workflow, version=case.workflow_version, revision=case.workflow_revision
    )
    state = None
    for taken in session.scalars(
        select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.taken_at, CaseStep.id)
    ):
        if taken.transition is not None:
            step_taken = next(
                each for each in definition.transitions if (each.source, each.key) == (state, taken.transition)
            )
            assert step_taken.target == taken.target
        state = Entered(taken.target, taken.taken_at).state
    assert state == case.state
