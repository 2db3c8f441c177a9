"""What everybody is shown is the latest reading; it follows what changes, is counted once for many changes, and each party
has its own."""

from __future__ import annotations

import copy
import csv
import dataclasses
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, event, select, text, update

from core.customers import service as customers
from core.customers.service import CustomerValues
from core.db import scope
from core.db.base import db
from core.engagements.models import Lease
from core.engagements.service import lease_customers
from core.metrics import jobs, queries, service
from core.metrics.models import LatestReading, MeterReading, UncountedChange
from core.metrics.queries import Board
from core.testing.jobs import work_off

CHURN = "telecom.churn_rate"


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine that tests, the job does not wait."""
    monkeypatch.setattr(jobs, "UNPACED", timedelta(minutes=5))


@pytest.fixture
def view(app: Any, world: Any) -> Any:
    return app.extensions["kehub"]["catalog"].view(world.alice.context.enabled)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """From two customers on, a reader does not count them."""
    monkeypatch.setattr(queries, "FEW", 1)


@pytest.fixture
def add(session: Any, world: Any) -> Callable[..., list[UUID]]:
    """`add(True, False)`: committed customers, one by one, whose churn is known."""

    def made(*churned: bool) -> list[UUID]:
        ids = []
        for number, state in enumerate(churned):
            scope.enter(session, world.alice.context)
            customer = customers.create_customer(
                session,
                context=world.alice.context,
                values=CustomerValues(name=f"C{number}"),
                attributes={"telecom": {"churned": state}},
            )
            ids.append(customer.id)
            session.commit()
        return ids

    return made


@pytest.fixture
def lend(session: Any, world: Any) -> Callable[..., None]:
    def lent(*customer_ids: UUID, days: int = 30) -> None:
        scope.enter(session, world.alice.context)
        lease_customers(
            session, context=world.alice.context, engagement_id=world.engagement_id, customer_ids=list(customer_ids),
            purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=days),
        )  # fmt: skip
        session.commit()

    return lent


@pytest.fixture
def seen(session: Any, view: Any) -> Callable[..., Board]:
    """`seen(world.alice)`: the board as a person sees it."""

    def board(person: Any, of: Any = None) -> Board:
        session.rollback()
        scope.enter(session, person.context)
        found = queries.board(session, context=person.context, view=of or view)
        session.rollback()
        return found

    return board


@pytest.fixture
def work(app: Any, session: Any, world: Any) -> Callable[[], int]:
    def done() -> int:
        session.rollback()
        return work_off(app, tenant_id=world.tenant_id)

    return done


def counts(board: Board) -> tuple[int, int]:
    reading = board.reading(CHURN)
    return reading.numerator, reading.denominator


@contextmanager
def statements(app: Any) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_what_is_counted_is_read_in_one_statement(app, session, world, view, add, work):
    add(True, False)
    work()
    scope.enter(session, world.alice.context)
    with statements(app) as sent:
        board = queries.board(session, context=world.alice.context, view=view)
    assert len(sent) == 1
    assert "latest_reading" in sent[0]
    assert (counts(board), board.counting, board.wanting) == ((1, 2), False, False)


def test_a_few_customers_are_counted_at_once_with_no_worker(world, add, seen, work):
    add(True)
    work()
    add(False)
    board = seen(world.alice)
    assert (counts(board), board.counting) == ((1, 2), False)


def test_of_many_the_latest_reading_stays_with_its_cut_until_the_job_has_counted(world, add, seen, work, many):
    add(True, False)
    work()
    cut = seen(world.alice).reading(CHURN).cut_at
    add(True)
    waiting = seen(world.alice)
    assert (counts(waiting), waiting.reading(CHURN).cut_at, waiting.counting) == ((1, 2), cut, True)
    assert work() == 1
    after = seen(world.alice)
    assert (counts(after), after.counting) == ((2, 3), False)
    assert after.reading(CHURN).cut_at > cut


def test_a_change_of_a_customer_is_counted(session, world, add, seen, work, many):
    first, _second = add(True, False)
    work()
    scope.enter(session, world.alice.context)
    customer = customers.find(session, customer_id=first)
    customers.update_customer(
        session, context=world.alice.context, customer_id=first, version=customer.version,
        changes={}, attributes={"telecom": {"churned": False}},
    )  # fmt: skip
    session.commit()
    work()
    assert counts(seen(world.alice)) == (0, 2)


def test_many_changes_make_one_count(world, add, seen, work, many):
    add(*[True] * 12)
    assert work() == 1
    assert counts(seen(world.alice)) == (12, 12)


def test_a_change_committed_during_a_count_is_counted_by_another(session, world, add, seen, work, many, monkeypatch):
    add(True)
    recount = service.recount

    def interrupted(*arguments: Any, **named: Any) -> None:
        recount(*arguments, **named)
        monkeypatch.setattr(service, "recount", recount)
        with db.engine.connect() as other:  # another person's act, after the count and before its commit
            other.execute(text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": str(world.tenant_id)})
            other.execute(
                text("INSERT INTO uncounted_change (tenant_id, id) VALUES (:tenant, gen_random_uuid())"),
                {"tenant": world.tenant_id},
            )
            other.commit()

    monkeypatch.setattr(service, "recount", interrupted)
    assert work() == 2
    assert not seen(world.alice).counting


def test_an_act_that_is_undone_changes_nothing(session, world, add, seen, work):
    add(True)
    work()
    scope.enter(session, world.alice.context)
    customers.create_customer(session, context=world.alice.context, values=CustomerValues(name="Undone"))
    session.rollback()
    assert work() == 0
    assert not seen(world.alice).counting


def test_a_costly_count_is_not_repeated_at_once(session, world, add, work, many):
    add(True)
    work()
    scope.enter(session, world.alice.context)
    session.execute(update(LatestReading).values(took_ms=60_000).execution_options(synchronize_session=False))
    session.commit()
    add(False)
    assert work() == 1
    scope.enter(session, world.alice.context)
    assert session.scalars(select(UncountedChange)).first() is not None
    waits = session.execute(
        text(
            "SELECT scheduled_at FROM procrastinate_jobs WHERE args->>'tenant_id' = :tenant AND status = 'todo'"
            " AND task_name = 'recount_kpis'"
        ).execution_options(**scope.PLATFORM),
        {"tenant": str(world.tenant_id)},
    ).scalar_one()
    assert timedelta(minutes=5) < waits - datetime.now(UTC) < timedelta(minutes=11)


def test_another_formula_is_another_number(world, add, seen, work, many, view):
    add(True, False)
    work()
    kpi = view.kpis[CHURN]
    for changed in (
        dataclasses.replace(kpi, version=kpi.version + 1),
        dataclasses.replace(kpi, numerator=kpi.denominator),
    ):
        other = copy.copy(view)
        other.__dict__["kpis"] = {**view.kpis, CHURN: changed}
        board = seen(world.alice, of=other)
        assert board.reading(CHURN).cut_at is None, "the old formula's number must not pass for the new one's"
        assert board.reading(CHURN).value is None
        assert (board.counting, board.wanting) == (True, True)


def test_what_was_never_counted_says_so_and_asks_for_a_count(session, world, add, in_english, work, many):
    add(True, False)
    with_job_lost(session, world)
    alice = in_english(world.alice)
    assert "being counted" in alice.get("/").text
    page = alice.get("/kpis").text
    assert 'hx-trigger="every 2s"' in page
    row = next(csv.DictReader(io.StringIO(alice.get("/kpis.csv").get_data().decode("utf-8-sig"))))
    assert (row["value"], row["numerator"], row["data_cut"]) == ("", "", "")
    assert work() == 1, "however often the page is seen"
    assert "50.00%" in alice.get("/kpis").text
    assert 'hx-trigger="every 2s"' not in alice.get("/kpis").text


def with_job_lost(session: Any, world: Any) -> None:
    """The change and its job are gone, as before the first count of a restored tenant."""
    scope.enter(session, world.alice.context)
    session.execute(delete(UncountedChange).execution_options(synchronize_session=False))
    session.execute(
        text("DELETE FROM procrastinate_jobs WHERE args->>'tenant_id' = :tenant").execution_options(**scope.PLATFORM),
        {"tenant": str(world.tenant_id)},
    )
    session.commit()


def test_a_change_whose_job_was_lost_is_asked_for_by_the_next_reader(session, world, add, seen, work, many):
    add(True, False)
    work()
    add(True)
    scope.enter(session, world.alice.context)
    session.execute(
        text("DELETE FROM procrastinate_jobs WHERE args->>'tenant_id' = :tenant").execution_options(**scope.PLATFORM),
        {"tenant": str(world.tenant_id)},
    )
    session.commit()
    assert not seen(world.alice).wanting, "a job is presumed to be at it"
    scope.enter(session, world.alice.context)
    session.execute(
        update(UncountedChange)
        .values(created_at=datetime.now(UTC) - 2 * queries.PATIENCE)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    assert seen(world.alice).wanting


def test_the_screen_the_csv_and_the_api_show_one_stored_number(session, world, add, sign_in, api, work):
    add(True, True, False)
    work()
    alice = sign_in(world.alice)
    assert "66.67%" in alice.get(f"/kpis/{CHURN}").text
    assert "66.67%" in alice.get("/").text
    text_ = alice.get("/kpis.csv").get_data().decode("utf-8-sig")
    row = next(each for each in csv.DictReader(io.StringIO(text_)) if each["kpi"] == CHURN)
    told = api(world.alice, scopes=["kpi.read"]).get(f"/kpis/{CHURN}").get_json()
    assert (row["value"], row["numerator"]) == (told["value"], str(told["numerator"])) == ("66.67", "2")
    assert row["data_cut"][:19] == told["cut_at"][:19]
    assert told["counting"] is False


@pytest.mark.usefixtures("many")
def test_each_party_reads_its_own_numbers(session, world, view, add, lend, seen, work):
    first, _second, third = add(True, False, False)
    lend(first, third)
    work()
    assert counts(seen(world.alice)) == (1, 3)
    assert counts(seen(world.bob)) == (1, 2)
    assert not seen(world.bob).counting
    scope.enter(session, world.bob.context)
    assert set(session.scalars(select(LatestReading.engagement_id))) == {world.engagement_id}
    assert session.query(LatestReading.kpi).filter(LatestReading.engagement_id.is_(None)).all() == []


@pytest.mark.usefixtures("many")
def test_an_expired_lease_leaves_the_providers_numbers(session, world, add, lend, seen, work):
    first, second, third = add(True, False, True)
    lend(first, second)
    lend(third, days=1)
    work()
    assert counts(seen(world.dan)) == (2, 3)
    scope.enter(session, world.alice.context)
    past = datetime.now(UTC) - timedelta(seconds=1)
    session.execute(
        update(Lease)
        .where(Lease.customer_id == third)
        .values(expires_at=past)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(LatestReading)
        .where(LatestReading.engagement_id == world.engagement_id)
        .values(good_until=past)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    board = seen(world.dan)
    assert (board.counting, board.wanting) == (True, True)
    scope.enter(session, world.dan.context)
    jobs.ask(session, context=world.dan.context)
    session.commit()
    work()
    assert counts(seen(world.dan)) == (1, 2)
    assert counts(seen(world.alice)) == (2, 3)


def test_readings_of_an_engagement_go_with_its_last_lease(session, world, add, lend, work):
    [first] = add(True)
    lend(first)
    work()
    scope.enter(session, world.alice.context)
    session.execute(update(Lease).values(ended_at=datetime.now(UTC)).execution_options(synchronize_session=False))
    jobs.note_change(session, context=world.alice.context)
    session.commit()
    work()
    scope.enter(session, world.alice.context)
    assert set(session.scalars(select(LatestReading.engagement_id))) == {None}


def test_the_days_readings_are_kept_and_the_next_night_planned(app, session, world, add, work):
    add(True, False)
    work()
    jobs.keep_kpis(tenant_id=str(world.tenant_id))
    scope.enter(session, world.alice.context)
    kept = session.query(MeterReading).filter_by(kpi=CHURN).one()
    assert (kept.numerator, kept.denominator) == (1, 2)
    nights = session.execute(
        text(
            "SELECT scheduled_at FROM procrastinate_jobs WHERE args->>'tenant_id' = :tenant AND task_name = 'keep_kpis'"
        ).execution_options(**scope.PLATFORM),
        {"tenant": str(world.tenant_id)},
    ).scalars()
    [night] = list(nights)
    assert datetime.now(UTC) < night < datetime.now(UTC) + timedelta(hours=25)


def test_anybody_who_reads_them_may_have_them_counted_again(world, add, sign_in, work):
    add(True, False)
    work()
    for person in (world.alice, world.bob):
        assert sign_in(person).post("/kpis/recount").status_code == 303
        assert work() == 1


def test_a_page_that_waits_asks_for_its_tiles_alone(session, world, add, sign_in, work, many):
    add(True, False)
    work()
    add(True)
    alice = sign_in(world.alice)
    for path, mark in (("/", 'id="tiles"'), ("/kpis", 'id="kpis"'), (f"/kpis/{CHURN}", 'id="kpi"')):
        part = alice.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
        assert mark in part
        assert "<html" not in part
        assert "50.00%" in part
        assert "hx-trigger" in part
    work()
    part = alice.get("/", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert "66.67%" in part
    assert "hx-trigger" not in part
