"""Verticals hear of events: inside the act or after it, for tenants that have them on, and at least once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import structlog
from procrastinate.jobs import Job
from sqlalchemy import select, text

from core.cases.events import CaseAssigned
from core.clocks.events import ClockBreached
from core.customers import service as customers
from core.customers.models import Customer
from core.db import scope
from core.db.base import new_id
from core.errors import Conflict, Unavailable
from core.events import bus, jobs, payload, subscribers
from core.events.models import OutboxEvent
from core.plugin import Subscriber
from core.tenants import service as tenants
from core.tenants.queries import filled_context
from core.testing.jobs import work_off

PHONE = "13912341369"


@pytest.fixture
def hears(app):
    """`hears(handle, mode=..., event=...)`: the vertical telecom listens; afterwards the application's own wiring is back."""
    kept = {event: list(handlers) for event, handlers in bus._handlers.items()}
    declared = list(app.extensions["kehub"]["catalog"].everything.subscribers)

    def listen(handle, *, mode="outbox", event="customer.created"):
        bus.reset()
        found = [("telecom", Subscriber(event=event, handle=handle, mode=mode))]
        subscribers.install(found, fill=filled_context, deliver=jobs.deliver)

    yield listen
    bus.reset()
    subscribers.install(declared, fill=filled_context, deliver=jobs.deliver)
    bus._handlers.clear()
    bus._handlers.update(kept)


@pytest.fixture
def made(session, acting, world):
    """`made()` creates a customer in alice's name; the caller commits."""

    def create(name="Lin Wei"):
        return customers.create_customer(session, context=acting(world.alice), values={"name": name}).id

    return create


def names(session, acting, world):
    acting(world.alice)
    return session.scalars(select(Customer.name)).all()


def waiting(session, world):
    """Deliveries that wait, with when and after how many attempts."""
    rows = session.execute(
        text("SELECT args, scheduled_at, attempts FROM procrastinate_jobs"
             " WHERE task_name = 'deliver_event' AND status = 'todo' AND args->>'tenant_id' = :tenant"),
        {"tenant": str(world.tenant_id)}, execution_options=scope.PLATFORM,
    ).all()  # fmt: skip
    session.rollback()
    return rows


def switch_off(session, world):
    context = tenants.system_context(session, workspace=world.slug)
    scope.enter(session, context)
    tenants.set_vertical(session, context=context, key="telecom", enabled=False)
    session.commit()


def test_an_inline_handler_works_inside_the_act_in_the_name_of_who_acts(hears, made, session, acting, world):
    heard = []
    hears(lambda told, event: heard.append((told.get(Customer, (world.tenant_id, event.subject)).name,
                                            event.context.participant_id)), mode="inline")  # fmt: skip
    made()
    session.rollback()

    assert heard == [("Lin Wei", world.alice.context.participant_id)]
    assert names(session, acting, world) == []


def test_what_an_inline_handler_refuses_is_undone_and_told_in_the_readers_language(
    hears, sign_in, session, acting, world
):
    def refuse(_session, event):
        raise Conflict

    hears(refuse, mode="inline")
    answer = sign_in(world.alice).post("/customers/new", data={"name": "Lin Wei", "kind": "person"})

    assert answer.status_code == 409
    assert "已有其他人先做了" in answer.text
    assert names(session, acting, world) == []


def test_an_inline_handlers_mistake_undoes_the_act_and_is_told_without_what_it_says(
    hears, made, session, acting, world
):
    def stumble(_session, event):
        raise KeyError(PHONE)

    hears(stumble, mode="inline")
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="telecom") as refused:
        made()
    assert refused.value.params["reference"] in str(logs)
    assert PHONE not in str(logs) + str(refused.value)
    assert names(session, acting, world) == []


@pytest.mark.parametrize("mode", ["inline", "outbox"])
def test_a_tenant_without_the_vertical_is_not_heard(hears, session, app, world, mode):
    heard = []
    hears(lambda _session, event: heard.append(event), mode=mode)
    switch_off(session, world)
    context = tenants.system_context(session, workspace=world.slug)
    scope.enter(session, context)
    customers.create_customer(session, context=context, values={"name": "Lin Wei"})
    session.commit()

    assert waiting(session, world) == []
    work_off(app, tenant_id=world.tenant_id)
    assert heard == []


def test_an_outbox_handler_hears_after_the_commit_for_the_tenant_itself(hears, made, session, app, world):
    heard = []
    hears(lambda told, event: heard.append((told.get(Customer, (world.tenant_id, event.subject)).name, event.context,
                                            event.fields)))  # fmt: skip
    customer_id = made()
    assert heard == []
    session.commit()
    assert len(waiting(session, world)) == 1
    work_off(app, tenant_id=world.tenant_id)

    ((name, context, fields),) = heard
    assert (name, context.party, context.participant_id) == ("Lin Wei", "system", None)
    assert "telecom" in context.enabled
    assert isinstance(customer_id, UUID)
    assert isinstance(fields, tuple)


def test_an_act_that_is_undone_is_never_told(hears, made, session, app, world):
    heard = []
    hears(lambda _session, event: heard.append(event))
    made()
    session.rollback()

    assert waiting(session, world) == []
    work_off(app, tenant_id=world.tenant_id)
    assert heard == []


def test_what_an_outbox_handler_writes_is_committed_with_its_delivery(hears, made, session, acting, app, world):
    def rename(told, event):
        told.get(Customer, (world.tenant_id, event.subject)).name = "Renamed"

    hears(rename)
    made()
    session.commit()
    work_off(app, tenant_id=world.tenant_id)

    assert names(session, acting, world) == ["Renamed"]


def test_a_vertical_switched_off_meanwhile_hears_nothing_more(hears, made, session, app, world):
    heard = []
    hears(lambda _session, event: heard.append(event))
    made()
    session.commit()
    switch_off(session, world)
    work_off(app, tenant_id=world.tenant_id)

    assert heard == []


def test_a_failed_delivery_leaves_nothing_behind_and_is_tried_again_later_each_time(
    hears, made, session, acting, app, world
):
    def stumble(told, event):
        told.get(Customer, (world.tenant_id, event.subject)).name = "Half done"
        told.flush()
        raise ValueError(PHONE)

    hears(stumble)
    made()
    session.commit()
    with structlog.testing.capture_logs() as logs, pytest.raises(jobs.Undelivered):
        work_off(app, tenant_id=world.tenant_id)

    assert names(session, acting, world) == ["Lin Wei"]
    assert PHONE not in str(logs)
    waits = [decision_after(attempt) for attempt in range(jobs.ATTEMPTS)]
    assert waits == sorted(waits)
    assert timedelta(hours=1) < sum(waits, timedelta()) < timedelta(hours=6)
    assert decision_after(jobs.ATTEMPTS) is None


def decision_after(attempt):
    """How long procrastinate will wait after so many attempts; None: it gives up."""
    job = Job(id=1, queue="scheduled", lock=None, queueing_lock=None, task_name="deliver_event", attempts=attempt)
    decision = jobs.deliver_event.retry_strategy.get_retry_decision(exception=jobs.Undelivered(), job=job)
    return None if decision is None else decision.retry_at - datetime.now(UTC)


def test_a_second_delivery_hears_again(hears, made, session, app, world):
    heard = []
    hears(lambda _session, event: heard.append(event.id))
    made()
    session.commit()
    (job,) = waiting(session, world)
    work_off(app, tenant_id=world.tenant_id)
    jobs.hand_over(session, tenant_id=world.tenant_id, event_id=UUID(job.args["event_id"]), name=job.args["listener"])
    session.rollback()

    assert heard == [UUID(job.args["event_id"])] * 2


def test_a_providers_act_is_kept_and_delivered(hears, session, acting, make_customer, app, world):
    heard = []
    customer_id = make_customer()
    hears(lambda _session, event: heard.append(event.assignee_id), event="case.assigned")
    context = acting(world.dan)
    bus.emit(session, CaseAssigned(context=context, subject=new_id(), customer_id=customer_id, assignee_id=None))
    session.commit()
    work_off(app, tenant_id=world.tenant_id)

    assert heard == [None]


def test_an_event_comes_out_of_the_outbox_as_it_went_in(world):
    moment = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    event = ClockBreached(
        context=world.alice.context, subject=new_id(), fields=("due_at",), owner="telecom.complaint", timer="answer",
        percent=100, case_id=new_id(), record_id=None, customer_id=new_id(), due_at=moment, told_for=moment,
        roles=("client_manager",),
    )  # fmt: skip
    row = payload.kept(event)
    assert payload.restored(row, kind=ClockBreached, context=world.alice.context) == event


def test_old_events_are_forgotten_and_younger_ones_are_not(session, acting, world, app):
    context = acting(world.alice)
    ages = (jobs.KEPT_DAYS + 1, jobs.KEPT_DAYS - 1)
    for days in ages:
        event = CaseAssigned(context=context, subject=new_id(), customer_id=new_id(), assignee_id=None,
                             occurred_at=datetime.now(UTC) - timedelta(days=days))  # fmt: skip
        session.add(payload.kept(event))
    session.commit()
    jobs.purge_outbox(timestamp=0)
    acting(world.alice)

    (left,) = session.scalars(select(OutboxEvent.occurred_at)).all()
    assert datetime.now(UTC) - left < timedelta(days=jobs.KEPT_DAYS)
