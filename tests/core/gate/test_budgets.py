"""How often a customer may be contacted, by whomever: a spent budget defers to a moment that is itself allowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.db import scope
from core.gate import service as gate
from core.gate import subject as subjects
from core.gate.facts import Past, Question
from core.gate.limits import Limits, limits_for, settle
from core.gate.models import GateDecision
from core.gate.verdicts import evaluate
from core.gate.windows import Budget, Window
from core.interactions import service as interactions
from core.plugin import Parameter, Vertical
from core.plugin.catalog import Catalog, CatalogView, LoadedVertical
from core.plugin.params import ParameterSet

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""12:00 on a Friday in Shanghai."""
WORDS = {"zh-CN": "宠物", "en": "Pets"}
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia")


def number(key: str, value: object, unit: str = "per_day", **more: object) -> Parameter:
    said: dict[str, object] = {"effective_from": date(2000, 1, 1), "effective_to": None, "jurisdiction": "*", **more}
    return Parameter(
        key=key, value=value, unit=unit, source_title="Pets Act", source_article="3", verified=True, label=WORDS, **said
    )  # type: ignore[arg-type]


def view_of(**values: object) -> CatalogView:
    rows = tuple(number(key, value) for key, value in values.items())
    return view_with(rows)


def view_with(rows: Sequence[Parameter]) -> CatalogView:
    vertical = Vertical(key="pets", label=WORDS, version="1", requires=">=1")
    loaded = LoadedVertical(
        vertical=vertical, distribution="kehub-pets", module="pets", package="core",
        parameters=ParameterSet(rows=tuple(rows)),
    )  # fmt: skip
    return Catalog([loaded]).everything


def asked(
    view: CatalogView, past: Sequence[Past], *, at: datetime, zone: str = "Asia/Shanghai", purpose: str = "marketing"
):
    facts = {
        "customer": {"kind": "person", "state": "active", "country": "CN", "time_zone": zone},
        "contact_points": {"phone"}, "interactions": {"past": tuple(past)},
    }  # fmt: skip
    question = Question(context=None, view=view, customer_ids=[], purpose=purpose, channel="phone", at=at)  # type: ignore[arg-type]
    return evaluate(subjects.from_facts(facts, question), view=view, action="outbound_contact", country="CN")


def days_ago(*days: float, purpose: str = "marketing") -> list[Past]:
    return [Past(purpose, NOON - timedelta(days=each)) for each in days]


def test_the_last_contact_of_the_day_leaves_the_next_to_tomorrow_morning():
    view = view_of(marketing_max_day=2)
    assert asked(view, days_ago(0.1), at=NOON).verdict == "allow"
    spent = asked(view, days_ago(0.1, 0.05), at=NOON)
    assert spent.verdict == "defer"
    assert spent.until == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert spent.findings[0].text["en"] == "Contacted often enough: 2 today, at most 2."
    assert spent.findings[0].parameters["pets.marketing_max_day"].value == 2


def test_the_longest_wait_of_day_week_and_month_is_waited():
    view = view_of(marketing_max_day=1, marketing_max_week=2, marketing_max_30d=3)
    week = asked(view, days_ago(0.1, 2), at=NOON)
    assert week.until == datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    month = asked(view, days_ago(0.1, 10, 20), at=NOON)
    assert month.until == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def test_contacts_about_something_else_do_not_count_unless_the_budget_is_for_any():
    assert asked(view_of(marketing_max_day=1), days_ago(0.1, purpose="service"), at=NOON).verdict == "allow"
    assert asked(view_of(any_max_day=1), days_ago(0.1, purpose="service"), at=NOON).verdict == "defer"
    assert asked(view_of(any_max_day=1), days_ago(0.1), at=NOON, purpose="service").verdict == "defer"


def test_retention_sells_too_and_keeps_to_the_budget_of_marketing():
    view = view_of(marketing_max_day=1)
    assert asked(view, days_ago(0.1), at=NOON, purpose="retention").verdict == "defer"
    own = view_of(marketing_max_day=1, retention_max_day=2)
    assert asked(own, days_ago(0.1), at=NOON, purpose="retention").verdict == "allow"


def test_where_no_vertical_says_how_often_the_core_does():
    nothing = Catalog([]).everything
    three = days_ago(0.01, 0.02, 0.03)
    assert asked(nothing, three, at=NOON).verdict == "defer"
    assert asked(nothing, three[:2], at=NOON).verdict == "allow"
    assert asked(view_of(marketing_max_day=5), three, at=NOON).verdict == "allow"


def test_a_budget_of_none_is_no_moment_ever_and_holds():
    outcome = asked(view_of(marketing_max_day=0), [], at=NOON)
    assert (outcome.verdict, outcome.findings[0].code) == ("hold", "core.no_moment")


def test_the_limits_of_the_day_it_is_deferred_to_hold_there():
    rows = (
        number("marketing_window_start", "09:00", "local_time", effective_to=date(2026, 11, 21)),
        number("marketing_window_start", "11:00", "local_time", effective_from=date(2026, 11, 21)),
        number("marketing_window_end", "20:00", "local_time"),
        number("marketing_max_day", 1),
    )
    outcome = asked(view_with(rows), days_ago(0.1), at=NOON)
    assert outcome.until == datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
hours = st.tuples(st.integers(0, 47), st.integers(1, 47)).map(lambda pair: (pair[0], (pair[0] + pair[1]) % 48))
histories = st.lists(st.tuples(st.integers(0, 40 * 24 * 60), st.sampled_from(["marketing", "service"])), max_size=25)


def half_hour(number: int) -> time:
    return time(number // 2, 30 * (number % 2))


@given(moments, st.sampled_from(ZONES), hours, histories, st.tuples(*[st.integers(1, 4)] * 3), st.randoms())
def test_what_is_deferred_to_is_itself_allowed_and_the_order_of_history_is_nothing(
    at, zone, window, history, budget, random
):
    place = ZoneInfo(zone)
    past = [Past(purpose, at - timedelta(minutes=minutes)) for minutes, purpose in history]
    start, end = (half_hour(each) for each in window)
    parameter = ("pets.x", number("x", 1))
    limits = Limits(
        windows=[Window(owner="pets", start=start, end=end, parameters=())],
        budgets=[
            Budget(
                owner="pets", span=span, days=days, limit=most, purposes=frozenset({"marketing"}), parameter=parameter
            )
            for (span, days), most in zip({"day": 1, "week": 7, "30d": 30}.items(), budget, strict=True)
        ],
    )
    until = settle(at, on=lambda day: limits, zone=place, past=past)
    assert until is not None
    assert until >= at
    assert limits.allow(until, place, past)
    assert (until == at) == limits.allow(at, place, past)
    random.shuffle(past)
    assert settle(at, on=lambda day: limits, zone=place, past=past) == until


@given(moments, st.sampled_from(ZONES), histories, st.integers(1, 3), st.randoms())
def test_a_verdict_does_not_change_when_history_is_shuffled_and_one_more_contact_never_loosens_it(
    at, zone, history, most, random
):
    view = view_of(marketing_max_day=most, marketing_max_week=most + 1, marketing_max_30d=most + 4)
    past = [Past(purpose, at - timedelta(minutes=minutes)) for minutes, purpose in history]
    first = asked(view, past, at=at, zone=zone)
    shuffled = list(past)
    random.shuffle(shuffled)
    again = asked(view, shuffled, at=at, zone=zone)
    assert (again.verdict, again.until) == (first.verdict, first.until)
    more = asked(view, [*past, Past("marketing", at)], at=at, zone=zone)
    strict = {"allow": 0, "defer": 1}
    assert strict[more.verdict] >= strict[first.verdict]
    if first.until is not None:
        assert more.until is not None
        assert more.until >= first.until
        assert asked(view, past, at=first.until, zone=zone).verdict == "allow"


@pytest.fixture
def contacted(session, world, acting):
    """Two calls to a customer, made by the client and by the provider."""

    def make(customer_id, *, at: datetime) -> None:
        for person in (world.carol, world.dan):
            context = acting(person)
            interactions.record(
                session, context=context, customer_id=customer_id, channel="phone", direction="outbound",
                purpose="retention", disposition="no_answer", started_at=at,
            )  # fmt: skip
            session.commit()

    return make


def test_contacts_of_the_client_and_its_provider_come_out_of_one_budget(
    session, world, acting, make_customer, contacted
):
    customer_id = make_customer(consent="granted")
    now = datetime.now(UTC) - timedelta(minutes=2)
    contacted(customer_id, at=now)
    view = view_of(retention_max_day=2)
    for person in (world.dan, world.carol):
        decision = gate.decide(
            session, context=acting(person), view=view, customer_id=customer_id, purpose="retention", channel="email",
            at=now + timedelta(minutes=1),
        )  # fmt: skip
        assert "core.contact_budget" in {each["rule"] for each in decision.reasons}
        session.flush()
        kept = session.scalars(select(GateDecision).where(GateDecision.id == decision.id)).one()
        session.expire(kept)
        assert len(kept.subject["interactions"]["past"]) == 2
        again = gate.replay(kept, view=view)
        assert (again.verdict, again.until) == (kept.verdict, kept.until)
        session.commit()
        scope.enter(session, person.context)


def test_limits_are_read_once_a_day_and_place():
    view = view_of(marketing_max_day=2)
    said = {"purpose": "marketing", "channel": "phone", "places": ("CN", "CN")}
    first = limits_for(view, on=date(2026, 1, 1), **said)
    assert limits_for(view, on=date(2026, 1, 1), **said) is first
    assert limits_for(view, on=date(2026, 1, 2), **said) is not first
