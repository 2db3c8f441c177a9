"""The clocks of a case are in line with what happened to it, and say why they are as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.calendars import service as calendars
from core.clocks import why
from core.clocks.service import next_due
from tests.core.clocks.conftest import LAW, MOMENT, REPLY, parameter, timer, view_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANSWER = timer()
WORK = timer("work", parameter="work_days", unit="working_days")


def reasons(clock):
    return [entry["why"] for entry in clock.history]


def test_a_clock_begins_with_its_state_and_names_the_number_it_rests_on(follow):
    (clock,) = follow([ANSWER], ("open", MOMENT))
    assert (clock.state, clock.started_at) == ("running", MOMENT)
    assert clock.due_at == datetime(2026, 3, 17, 16, tzinfo=UTC)
    assert clock.used["law.answer_days"] == {
        "value": "15", "unit": "calendar_days", "jurisdiction": "CN", "source": "A law", "article": "art. 7",
        "verified": True, "effective_from": "2020-01-01", "set_by_tenant": False,
    }  # fmt: skip
    assert next_due([clock]) == clock.due_at
    assert reasons(clock) == [why.STARTED]


def test_the_same_history_again_changes_nothing(follow):
    history = [("open", MOMENT), ("waiting", MOMENT + HOUR), ("open", MOMENT + 30 * HOUR)]
    (first,) = follow([ANSWER], *history)
    version = first.version
    (again,) = follow([ANSWER], *history, at=MOMENT + 40 * HOUR)
    assert (again.id, again.version, len(again.history)) == (first.id, version, len(first.history))


def test_a_pause_suspends_the_clock_and_moves_its_end(follow):
    (clock,) = follow([REPLY], ("open", MOMENT))
    assert clock.due_at == MOMENT + 48 * HOUR
    history = [("open", MOMENT), ("waiting", MOMENT + 10 * HOUR)]
    (clock,) = follow([REPLY], *history)
    assert (clock.state, clock.next_at, next_due([clock])) == ("paused", None, None)
    (clock,) = follow([REPLY], *history, ("open", MOMENT + 15 * HOUR))
    assert (clock.state, clock.due_at, clock.paused_s) == ("running", MOMENT + 53 * HOUR, 5 * 3600)
    assert reasons(clock) == [why.STARTED, why.SUSPENDED, why.RESUMED]
    assert clock.history[-1]["before"] == (MOMENT + 48 * HOUR).isoformat()


def test_an_answer_in_time_meets_it_and_nothing_is_told_any_more(follow):
    (clock,) = follow([REPLY], ("open", MOMENT))
    (clock,) = follow([REPLY], ("open", MOMENT), ("done", MOMENT + 48 * HOUR))
    assert (clock.state, clock.stopped_at, clock.next_at) == ("met", MOMENT + 48 * HOUR, None)
    assert next_due([clock]) is None


def test_an_answer_too_late_is_a_breach_that_is_still_to_be_told(follow):
    follow([REPLY], ("open", MOMENT))
    (clock,) = follow([REPLY], ("open", MOMENT), ("done", MOMENT + 49 * HOUR))
    assert (clock.state, clock.breached_at, clock.next_at) == ("breached", MOMENT + 48 * HOUR, MOMENT + 48 * HOUR)
    assert reasons(clock) == [why.STARTED, why.LATE]


def test_what_had_ended_before_anybody_kept_clocks_is_not_told(follow):
    (clock,) = follow([REPLY], ("open", MOMENT), ("done", MOMENT + 49 * HOUR))
    assert (clock.state, clock.next_at) == ("breached", None)


def test_coming_back_to_the_first_state_does_not_start_the_clock_again(follow):
    follow([REPLY], ("open", MOMENT))
    history = [("open", MOMENT), ("checking", MOMENT + HOUR), ("open", MOMENT + 2 * HOUR)]
    (clock,) = follow([REPLY], *history)
    assert clock.due_at == MOMENT + 48 * HOUR


def test_a_reopened_case_starts_anew_and_keeps_the_clock_it_had(follow):
    history = [("open", MOMENT), ("done", MOMENT + HOUR)]
    follow([REPLY], ("open", MOMENT))
    follow([REPLY], *history)
    first, second = follow([REPLY], *history, ("open", MOMENT + DAY))
    assert (first.state, second.state) == ("met", "running")
    assert second.due_at == MOMENT + DAY + 48 * HOUR


def test_a_field_that_is_changed_moves_the_deadline_with_the_reason(follow):
    counted = timer("filing", from_field="signed_on")
    assert follow([counted], ("open", MOMENT)) == []
    (clock,) = follow([counted], ("open", MOMENT), values={"signed_on": "2026-03-10"})
    assert clock.due_at == datetime(2026, 3, 25, 16, tzinfo=UTC)
    (clock,) = follow([counted], ("open", MOMENT), values={"signed_on": "2026-03-11"}, at=MOMENT + DAY)
    assert clock.due_at == datetime(2026, 3, 26, 16, tzinfo=UTC)
    assert clock.history[-1] == {
        "at": (MOMENT + DAY).isoformat(), "why": why.FIELD, "values": {"field": "signed_on"},
        "due_at": "2026-03-26T16:00:00+00:00", "before": "2026-03-25T16:00:00+00:00",
    }  # fmt: skip
    (clock,) = follow([counted], ("open", MOMENT), values={})
    assert (clock.due_at, clock.next_at) == (None, None)


def test_a_date_that_is_itself_the_deadline(follow):
    (clock,) = follow(
        [timer("until", parameter=None, from_field="until")], ("open", MOMENT), values={"until": "2026-04-01"}
    )
    assert clock.due_at == datetime(2026, 4, 1, 16, tzinfo=UTC)
    assert clock.started_at == MOMENT


def test_whichever_comes_first_the_date_or_the_counter(follow):
    warranty = timer(
        "warranty", parameter="warranty_years", unit="years", counter="odometer", counter_parameter="warranty_km"
    )
    (clock,) = follow([warranty], ("open", MOMENT), readings={"odometer": 12})
    assert (clock.counter_from, clock.counter_due) == (12, 60_012)
    assert clock.due_at == datetime(2029, 3, 2, 16, tzinfo=UTC)
    later = MOMENT + 400 * DAY
    (clock,) = follow([warranty], ("open", MOMENT), readings={"odometer": 60_011}, at=later)
    assert clock.due_at == datetime(2029, 3, 2, 16, tzinfo=UTC)
    (clock,) = follow([warranty], ("open", MOMENT), readings={"odometer": 60_012}, at=later)
    assert (clock.due_at, clock.history[-1]["why"]) == (later, why.COUNTER)
    (clock,) = follow([warranty], ("open", MOMENT), readings={"odometer": 61_000}, at=later + DAY)
    assert clock.due_at == later
    (clock,) = follow([warranty], ("open", MOMENT), readings={"odometer": 6_100}, at=later + 2 * DAY)
    assert (clock.due_at, clock.history[-1]["why"]) == (datetime(2029, 3, 2, 16, tzinfo=UTC), why.READING)


def test_a_meter_that_was_never_read_began_at_nought(follow):
    mileage = timer("service", parameter=None, counter="odometer", counter_parameter="warranty_km")
    (clock,) = follow([mileage], ("open", MOMENT))
    assert (clock.due_at, clock.counter_from, clock.counter_due) == (None, 0, 60_000)
    (clock,) = follow([mileage], ("open", MOMENT), readings={"odometer": 60_000}, at=MOMENT + DAY)
    assert clock.due_at == MOMENT + DAY


def test_the_number_in_force_on_the_day_it_began_holds_and_another_one_is_a_reason(follow):
    longer = (parameter("answer_days", 20, set_by_tenant=True), *LAW)
    later = (parameter("answer_days", 20, effective_from=MOMENT.date() + DAY), *LAW)
    follow([ANSWER], ("open", MOMENT))
    (clock,) = follow([ANSWER], ("open", MOMENT), view=view_of(later))
    assert clock.due_at == datetime(2026, 3, 17, 16, tzinfo=UTC)
    (clock,) = follow([ANSWER], ("open", MOMENT), view=view_of(longer))
    assert clock.due_at == datetime(2026, 3, 22, 16, tzinfo=UTC)
    assert (clock.history[-1]["why"], clock.history[-1]["values"]) == (why.LENGTH, {"value": "20", "before": "15"})
    assert clock.used["law.answer_days"]["set_by_tenant"] is True


def test_a_clock_that_runs_keeps_its_number_when_the_vertical_is_switched_off(follow):
    follow([ANSWER], ("open", MOMENT))
    history = [("open", MOMENT), ("waiting", MOMENT + DAY), ("open", MOMENT + 3 * DAY)]
    (clock,) = follow([ANSWER], *history, view=view_of(()))
    assert clock.due_at == datetime(2026, 3, 19, 16, tzinfo=UTC)
    assert clock.used["law.answer_days"]["value"] == "15"


@pytest.mark.parametrize("value", ["many", True])
def test_without_a_number_in_force_no_clock_begins(follow, value):
    assert follow([ANSWER], ("open", MOMENT), view=view_of((replace(LAW[0], value=value),))) == []


def test_a_year_whose_calendar_is_not_published_is_said_in_its_history(follow):
    late = datetime(2026, 12, 30, 2, tzinfo=UTC)
    (clock,) = follow([WORK], ("open", late))
    assert reasons(clock) == [why.STARTED, why.ASSUMED]
    assert clock.history[-1]["values"] == {"years": "2027"}
    assert clock.basis["assumed"] == [2027]


def test_a_tenants_own_day_off_counts(follow, session, world, acting):
    (clock,) = follow([WORK], ("open", MOMENT))
    assert clock.due_at == datetime(2026, 3, 9, 16, tzinfo=UTC)
    context = acting(world.alice)
    calendars.set_day(
        session, context=context, country="CN", day=datetime(2026, 3, 4, tzinfo=UTC).date(), kind="off", name="Move"
    )
    session.commit()
    (clock,) = follow([WORK], ("open", MOMENT))
    assert clock.due_at == datetime(2026, 3, 10, 16, tzinfo=UTC)
    assert clock.history[-1]["why"] == why.CALENDAR


def test_a_timer_that_is_gone_takes_its_clock_with_it(follow):
    follow([ANSWER, REPLY], ("open", MOMENT))
    clocks = follow([ANSWER], ("open", MOMENT))
    assert {clock.timer: clock.state for clock in clocks} == {"answer": "running", "reply": "cancelled"}


def test_a_providers_agent_may_move_a_case_whose_clocks_run(follow, world):
    follow([REPLY], ("open", MOMENT), person=world.dan)
    (clock,) = follow([REPLY], ("open", MOMENT), ("done", MOMENT + HOUR), person=world.dan)
    assert clock.state == "met"


@pytest.mark.parametrize(("kind", "expected"), [(REPLY, 2), (WORK, 3)])
def test_a_step_with_one_running_clock_takes_two_statements_and_one_more_for_working_days(
    follow, statements, kind, expected
):
    follow([kind], ("open", MOMENT))
    statements.clear()
    follow([kind], ("open", MOMENT), ("done", MOMENT + HOUR))
    assert len([each for each in statements if "set_config" not in each]) == expected
