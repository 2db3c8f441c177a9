"""A client's administrator keeps the calendar, sees what a change does before it is made, and deadlines follow."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import inspect, select

from core.calendars import service as calendars
from core.calendars.models import CalendarDay
from core.cases.models import Case
from core.clocks import jobs, why
from core.clocks.events import ClockMoved
from core.errors import Invalid
from core.events import bus
from core.testing.jobs import work_off
from tests.core.clocks.conftest import LAW, MOMENT, REPLY, parameter, timer, view_of

WORK = timer("work", parameter="work_days", unit="working_days")
DAY_OFF = {"country": "CN", "day": "2026-03-04", "kind": "off", "name": "Company day"}
MARCH_9, MARCH_10 = (datetime(2026, 3, day, 16, tzinfo=UTC) for day in (9, 10))


@pytest.fixture
def moved(session):
    heard: list[ClockMoved] = []
    kept = list(bus._handlers[ClockMoved])
    bus._handlers[ClockMoved].append(lambda _session, event: heard.append(event))
    yield heard
    bus._handlers[ClockMoved][:] = kept


def test_a_year_is_shown_with_its_holidays_and_the_weekend_days_that_are_worked(world, in_english):
    page = in_english(world.alice).get("/calendar?year=2026").text
    assert page.count('class="month"') == 12
    assert '<td data-kind="holiday">1<small>off</small></td>' in page
    assert '<td data-kind="swapped">10<small>worked</small></td>' in page
    assert "National Day" in page
    assert "not yet published" not in page


def test_holidays_have_chinese_names_on_a_chinese_page(world, sign_in):
    alice = sign_in(world.alice)
    alice.client.set_cookie("lang", "zh-CN")
    assert "国庆节" in alice.get("/calendar?year=2026").text


def test_a_year_that_is_not_published_says_so(world, in_english):
    assert "The public calendar of 2099 is not yet published" in in_english(world.alice).get("/calendar?year=2099").text


@pytest.mark.parametrize("address", ["/calendar?year=99999999999", "/calendar?year=x", "/calendar?country=DE"])
def test_odd_years_and_other_countries_have_a_page(world, in_english, address):
    assert in_english(world.alice).get(address).status_code == 200


def test_only_the_clients_administrator_keeps_the_calendar(world, in_english):
    for person in (world.carol, world.bob, world.dan):
        assert in_english(person).get("/calendar").status_code == 403
        assert in_english(person).post("/calendar", data={**DAY_OFF, "confirm": "1"}).status_code == 403


def test_a_change_is_shown_before_it_is_made_and_then_moves_running_deadlines(
    app, world, in_english, follow, new_case, reread, moved, session
):
    clocks = {each.timer: each for each in follow([WORK, REPLY], ("open", MOMENT))}
    done = follow([WORK], ("open", MOMENT), ("done", MOMENT), case=new_case())[0]
    session.rollback()
    alice = in_english(world.alice)
    page = alice.post("/calendar", data=DAY_OFF)
    assert (page.status_code, "1 running deadline moves" in page.text) == (200, True)
    assert "10 Mar 00:00" in page.text
    assert "11 Mar 00:00" in page.text
    assert reread(clocks["work"]).due_at == MARCH_9

    session.rollback()
    assert alice.post("/calendar", data={**DAY_OFF, "confirm": "1"}).status_code == 303
    session.rollback()
    assert work_off(app, tenant_id=world.tenant_id) >= 1
    work = reread(clocks["work"])
    assert work.due_at == MARCH_10
    assert (work.history[-1]["why"], work.history[-1]["values"]) == (
        why.OWN_DAY, {"day": {"date": "2026-03-04"}, "name": "Company day"},
    )  # fmt: skip
    assert work.history[-1]["before"] == MARCH_9.isoformat()
    assert len(reread(clocks["reply"]).history) == 1
    assert reread(done).stopped_at == MOMENT
    assert [(each.subject, each.due_at) for each in moved] == [(work.id, MARCH_10)]
    assert "Company day" in alice.get("/calendar?year=2026").text


def test_a_day_that_is_removed_gives_the_time_back_and_the_case_is_due_then(
    app, world, in_english, follow, new_case, reread, session, acting
):
    case = new_case()
    context = acting(world.alice)
    row = calendars.set_day(session, context=context, country="CN", day=date(2026, 3, 4), kind="off", name="Move")
    session.commit()
    (clock,) = follow([WORK], ("open", MOMENT), case=case)
    assert clock.due_at == MARCH_10
    session.rollback()
    alice = in_english(world.alice)
    page = alice.post(f"/calendar/days/{row.id}/remove")
    assert "1 running deadline moves" in page.text
    assert alice.post(f"/calendar/days/{row.id}/remove", data={"confirm": "1"}).status_code == 303
    session.rollback()
    work_off(app, tenant_id=world.tenant_id)
    assert reread(clock).due_at == MARCH_9
    assert session.scalar(select(Case.due_at).where(Case.id == inspect(case).identity[1])) == MARCH_9
    assert alice.post(f"/calendar/days/{row.id}/remove").status_code == 404


def test_a_wrong_day_is_refused_with_what_is_wrong_and_nothing_typed_is_lost(world, in_english):
    answer = in_english(world.alice).post("/calendar", data={**DAY_OFF, "day": "2026-02-30", "kind": "maybe"})
    assert answer.status_code == 422
    assert "Give a day between 2000 and 2099." in answer.text
    assert "Say whether the day is worked or off." in answer.text
    assert 'value="Company day"' in answer.text


def test_a_day_said_twice_is_one_day_with_the_newer_word(session, world, acting):
    context = acting(world.alice)
    for kind in ("off", "work"):
        calendars.set_day(session, context=context, country="CN", day=date(2026, 10, 1), kind=kind, name="Stock")
    assert [row.kind for row in session.scalars(select(CalendarDay))] == ["work"]
    with pytest.raises(Invalid):
        calendars.set_day(session, context=context, country="CN", day=date(2026, 10, 1), kind="off", name="x" * 81)


def test_what_was_assumed_is_computed_anew_once_the_calendar_is_published(
    app, world, follow, reread, session, monkeypatch
):
    """The library learns of 2027 with a release: here the page of the year turns up while the clock runs."""
    late = datetime(2026, 12, 30, 2, tzinfo=UTC)
    (clock,) = follow([WORK], ("open", late))
    before = clock.due_at
    assert clock.basis["assumed"] == [2027]
    session.rollback()
    work_off(app, tenant_id=world.tenant_id)
    jobs.recheck_calendars(timestamp=0)
    assert work_off(app, tenant_id=world.tenant_id) == 0
    _publish(monkeypatch)
    jobs.recheck_calendars(timestamp=0)
    work_off(app, tenant_id=world.tenant_id)
    after = reread(clock)
    assert after.basis["assumed"] == []
    assert after.due_at > before
    assert [each["why"] for each in after.history][-1] == why.PUBLISHED


def _publish(monkeypatch) -> None:
    from core.calendars import public, working

    real = public.public_year

    def known(country, year, language=None):
        if (country, year) != ("CN", 2027):
            return real(country, year, language)
        off = {date(2027, 1, 1): "元旦", date(2027, 1, 4): "元旦"}
        return public.PublicYear(published=True, weekend=public.WEEKEND, off=off, worked=frozenset())

    monkeypatch.setattr(working, "public_year", known)


def test_the_history_of_a_clock_reads_as_sentences(app, world, follow, session):
    from core.clocks.shown import shown_clock

    history = [("open", MOMENT), ("waiting", MOMENT), ("open", datetime(2026, 3, 3, 2, tzinfo=UTC))]
    follow([REPLY], history[0])
    follow([REPLY], *history[:2])
    (clock,) = follow([REPLY], *history, ("done", datetime(2026, 3, 4, tzinfo=UTC)))
    with app.test_request_context(headers={"Accept-Language": "en"}):
        shown = shown_clock(clock, title="Reply")
    assert (shown["state"], shown["note"]) == ("met", "to spare")
    assert shown["source"] == "A law art. 7"
    words = [text for _at, text in shown["history"]]
    assert words[0] == "The clock began."
    assert re.fullmatch(r"The clock goes on after a pause\. Due .+, before .+\.", words[2])
    assert words[-1] == "Answered in time."


def test_a_number_that_a_tenant_sets_moves_the_running_clocks_that_rest_on_it(
    app, world, follow, session, acting, reread, moved
):
    history = [("open", MOMENT), ("done", MOMENT + timedelta(hours=1)), ("open", MOMENT + timedelta(hours=2))]
    clock, running = [follow([WORK], *history[:number])[-1] for number in (2, 3)]
    context = acting(world.alice)
    run = jobs.recompute_running(session, context=context, parameter="law.work_days")
    other_run = jobs.recompute_running(session, context=context, parameter="law.other")
    assert (run.total, other_run.total) == (1, 0)
    longer = view_of((parameter("work_days", 6, "working_days", set_by_tenant=True), *LAW))
    run.state = "running"
    jobs.Recompute(lambda _session, _context: longer)(session, context=context, run=run, until=float("inf"))
    session.commit()
    after = reread(running)
    assert (after.due_at, after.history[-1]["values"]) == (MARCH_10, {"value": "6", "before": "5"})
    assert reread(clock).stopped_at == MOMENT + timedelta(hours=1)
    assert [each.subject for each in moved] == [after.id]
    assert run.counts == {"moved": 1}
