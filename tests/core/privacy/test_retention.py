"""What is kept long enough goes: counted at night, confirmed by a second person or by a policy, stopped by a hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from core.approvals import service as approvals
from core.audit.models import AuditEntry
from core.cases import details
from core.cases.models import Case, CaseComment, CaseStep
from core.cases.service import open_case
from core.customers.models import Customer
from core.db import scope
from core.errors import Conflict, Denied, Invalid
from core.interactions.models import Interaction
from core.interactions.service import record
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.privacy import forgetting, retention, rights
from core.privacy import retention_queries as queries
from core.privacy import retention_service as service
from core.privacy.retention_models import RetentionClock
from core.timeline.models import TimelineEntry

NOW = datetime.now(UTC)
OLD, NEW = NOW - timedelta(days=25 * 31), NOW - timedelta(days=23 * 30)
"""On both sides of 24 months."""


@pytest.fixture
def backdate(session: Any) -> Callable[..., None]:
    """As if it had been written then."""

    def write(model: Any, condition: Any, **values: Any) -> None:
        session.execute(
            update(model).where(condition).values(**values),
            execution_options={**scope.RLS_ONLY, "synchronize_session": False},
        )

    return write


@pytest.fixture
def talked(session: Any, world: Any, acting: Any) -> Callable[..., UUID]:
    """A contact of a customer long ago, with a note."""

    def make(customer_id: UUID, at: datetime, **more: Any) -> UUID:
        alice = acting(world.alice)
        row = record(
            session, context=alice, customer_id=customer_id, channel="phone", direction="inbound", purpose="service",
            disposition="connected_right_party", started_at=at, note="想换个套餐", **more,
        )  # fmt: skip
        row_id: UUID = row.id
        session.commit()
        return row_id

    return make


@pytest.fixture
def second(session: Any, world: Any, acting: Any) -> Any:
    """Somebody else who may approve."""
    return replace(world.carol.context, permissions=world.carol.context.permissions | {"rights.approve"})


def confirm(session: Any, second: Any, asked: Any) -> None:
    approvals.decide(session, context=second, approval_id=asked.id, version=asked.version, approve=True)


def run_to_end(session: Any, world: Any, clock: str) -> BulkRun:
    """What the worker does, slice by slice."""
    run_id = session.scalars(select(RetentionClock.run_id).where(RetentionClock.clock == clock)).one()
    while jobs.work(session, context=world.alice.context, run_id=run_id) is not None:
        pass
    run: BulkRun = session.scalars(select(BulkRun).where(BulkRun.id == run_id)).one()
    session.expire_all()
    return run


def due(session: Any, world: Any, clock: str) -> set[UUID]:
    standing = queries.standing(session, context=world.alice.context, clock=clock)
    return {row.id for row in queries.due_page(session, standing=standing).rows}


def test_every_table_of_a_customer_runs_by_one_clock_that_is_there(app: Any) -> None:
    assert forgetting.unanswered() == []
    assert set(forgetting.CLOCKS) - {"evidence", "images"} == set(retention.clocks())


def test_a_table_without_a_clock_is_found(app: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(forgetting.CLOCKS, "cases", ("case", "case_bulk_row", "case_comment"))  # type: ignore[arg-type]
    assert forgetting.unanswered() == ["case_step"]


def test_months_end_on_the_same_day_or_the_last_of_the_month() -> None:
    day = datetime(2026, 3, 31, tzinfo=UTC).date()
    assert [str(retention.before(day, months)) for months in (1, 13, 3, 24)] == [
        "2026-02-28", "2025-02-28", "2025-12-31", "2024-03-31",
    ]  # fmt: skip


def test_what_was_said_long_ago_goes_after_a_second_person_confirmed_it_and_younger_words_stay(
    session: Any, world: Any, acting: Any, talked: Any, make_customer: Any, second: Any
) -> None:
    customer_id = make_customer()
    old, young = talked(customer_id, OLD), talked(customer_id, NEW)
    alice = acting(world.alice)
    assert due(session, world, "interactions") == {old}
    asked = service.ask(session, context=alice, clock="interactions")
    with pytest.raises(Denied):
        confirm(session, alice, asked)
    confirm(session, second, asked)
    run = run_to_end(session, world, "interactions")
    assert (run.state, run.counts) == ("done", {"done": 1, "left": 0})
    notes = {row.id: row.note for row in session.execute(select(Interaction.id, Interaction.note))}
    assert (notes[old], notes[young]) == (None, "想换个套餐")
    assert due(session, world, "interactions") == set()
    with pytest.raises(Conflict, match="Nothing is due"):
        service.ask(session, context=alice, clock="interactions")
    told = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("retention.%"))).all()
    assert set(told) == {"retention.begun", "retention.done"}


def test_a_legal_hold_keeps_a_row_even_when_it_comes_after_the_confirmation(
    session: Any, world: Any, acting: Any, talked: Any, make_customer: Any, second: Any
) -> None:
    one, other = make_customer(), make_customer(phone="13912341370")
    kept, gone = talked(one, OLD), talked(other, OLD)
    alice = acting(world.alice)
    confirm(session, second, service.ask(session, context=alice, clock="interactions"))
    rights.hold(session, context=alice, customer_id=one, on=True, reason="(2026)沪01民初12号")
    assert run_to_end(session, world, "interactions").counts == {"done": 1, "left": 0}
    notes = {row.id: row.note for row in session.execute(select(Interaction.id, Interaction.note))}
    assert (notes[kept], notes[gone]) == ("想换个套餐", None)


def test_a_hold_on_the_clock_stops_a_run_that_is_under_way(
    session: Any, world: Any, acting: Any, talked: Any, make_customer: Any, second: Any
) -> None:
    row_id = talked(make_customer(), OLD)
    alice = acting(world.alice)
    confirm(session, second, service.ask(session, context=alice, clock="interactions"))
    service.hold(session, context=alice, clock="interactions", on=True, reason="Proceedings")
    assert run_to_end(session, world, "interactions").state == "cancelled"
    assert session.scalar(select(Interaction.note).where(Interaction.id == row_id)) == "想换个套餐"
    with pytest.raises(Conflict, match="held"):
        service.ask(session, context=alice, clock="interactions")


def test_the_night_begins_what_a_policy_says_and_only_tells_of_the_rest(
    session: Any, world: Any, acting: Any, talked: Any, make_customer: Any, second: Any, backdate: Any
) -> None:
    customer_id = make_customer()
    talked(customer_id, OLD)
    alice = acting(world.alice)
    backdate(TimelineEntry, TimelineEntry.customer_id == customer_id, occurred_at=OLD, note="说了什么")
    asked = service.ask_policy(session, context=alice, clock="interactions", mode="policy", months=None, reason="DPO")
    assert service.count_all(session, context=alice)["interactions"] == 1
    assert session.scalars(select(RetentionClock.run_id)).all() == [None] * len(retention.clocks())
    confirm(session, second, asked)
    found = service.count_all(session, context=alice)
    assert found["timeline"] > 0
    assert run_to_end(session, world, "interactions").counts["done"] == 1
    begun = select(RetentionClock.clock).where(RetentionClock.run_id.is_not(None))
    assert session.scalars(begun).all() == ["interactions"]
    assert session.scalars(select(TimelineEntry.note).where(TimelineEntry.note.is_not(None)).distinct()).all() == [
        "说了什么"
    ]


def test_a_tenants_own_time_counts_but_never_below_the_law(session: Any, world: Any, acting: Any, second: Any) -> None:
    alice = acting(world.alice)
    with pytest.raises(Invalid) as refused:
        service.ask_policy(session, context=alice, clock="records", mode="ask", months=12, reason="Shorter")
    assert (refused.value.errors[0].code, refused.value.errors[0].params["least"]) == ("least", 36)
    confirm(
        session, second, service.ask_policy(session, context=alice, clock="records", mode="ask", months=48, reason="x")
    )
    home = queries.standing(session, context=alice, clock="records").home
    assert (home.months, home.own) == (48, True)


def test_of_a_case_that_closed_long_ago_nothing_is_left_to_read_and_an_open_one_stays_whole(
    session: Any, world: Any, acting: Any, view: Any, make_customer: Any, second: Any, backdate: Any, talked: Any
) -> None:
    customer_id = make_customer()
    alice = acting(world.alice)
    cases = []
    for title in ("旧投诉", "新投诉"):
        case = open_case(
            session, context=alice, view=view, customer_id=customer_id, workflow="telecom.complaint", title=title
        )
        details.comment(session, context=alice, case_id=case.id, body=f"{title}说明", audience="internal")
        cases.append(case.id)
    session.commit()
    waits = talked(customer_id, OLD, case_id=cases[1])
    alice = acting(world.alice)
    backdate(Case, Case.id == cases[0], closed_at=NOW - timedelta(days=40 * 31))
    assert due(session, world, "interactions") == set(), waits
    confirm(session, second, service.ask(session, context=alice, clock="cases"))
    assert run_to_end(session, world, "cases").counts == {"done": 1, "left": 0}
    titles = [row.title for row in session.execute(select(Case.title).order_by(Case.number))]
    bodies = session.scalars(select(CaseComment.body).order_by(CaseComment.created_at, CaseComment.id)).all()
    assert (titles, bodies) == (["", "新投诉"], ["", "新投诉说明"])
    assert session.scalars(select(CaseStep.values).where(CaseStep.case_id == cases[0])).all() == [{}]


def test_a_person_nobody_heard_of_for_years_is_erased_and_one_with_a_contact_stays(
    session: Any, world: Any, acting: Any, make_customer: Any, second: Any, backdate: Any, talked: Any
) -> None:
    gone, stays = make_customer(leased=False), make_customer(leased=False, phone="13912341370")
    lent = make_customer(phone="13912341371")
    talked(stays, NEW)
    alice = acting(world.alice)
    backdate(Customer, Customer.id.in_([gone, stays, lent]), created_at=NOW - timedelta(days=5 * 365))
    assert due(session, world, "person") == {gone}
    confirm(session, second, service.ask(session, context=alice, clock="person"))
    assert run_to_end(session, world, "person").counts == {"done": 1, "left": 0}
    states = {row.id: row.state for row in session.execute(select(Customer.id, Customer.state))}
    assert (states[gone], states[stays], states[lent]) == ("erased", "active", "active")


def test_the_page_shows_what_is_due_and_asks_and_the_interface_says_the_same(
    in_english: Any, api: Any, world: Any, app: Any, make_customer: Any, talked: Any, session: Any
) -> None:
    talked(make_customer(), OLD)
    session.rollback()
    alice = in_english(world.alice)
    listed = alice.get("/retention")
    assert "Keeping times" in listed.text
    page = alice.get("/retention/interactions")
    assert page.text.count("Customer no. ") == 1
    assert (
        alice.post("/retention/interactions/times", data={"mode": "ask", "months": "0", "why": "x"}).status_code == 422
    )
    asked = alice.post("/retention/interactions/runs", data={"reason": ""})
    assert asked.status_code == 303, asked.text
    assert "A second person decides" in alice.get("/retention/interactions").text
    rest = api(world.alice)
    assert len(rest.get("/retention/interactions/due").json["data"]) == 1
    assert rest.post("/retention/interactions/runs", {"reason": ""}).status_code == 409
    held = rest.post("/retention/interactions/hold", {"on": True, "reason": "Proceedings"})
    assert (held.status_code, held.json["held_reason"]) == (201, "Proceedings")
    assert rest.get("/retention/none").status_code == 404
    assert in_english(world.bob).get("/retention").status_code in (403, 404)
