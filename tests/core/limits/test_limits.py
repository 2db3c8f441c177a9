"""Budgets: spent by all processes together, told with how long to wait, configured by name."""

from __future__ import annotations

import contextlib
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core import config as configuration
from core.db.base import db
from core.limits import budgets, service
from core.limits.prices import PRICES
from core.limits.service import Counter


@pytest.fixture
def engine(app):
    with app.app_context():
        yield db.engine


@pytest.fixture
def small(monkeypatch):
    def make(name, most, seconds=3600):
        monkeypatch.setitem(budgets.BUDGETS, name, budgets.Budget(name=name, most=most, seconds=seconds))

    return make


def test_a_budget_is_spent_to_the_last_one_and_for_each_by_itself(engine, small, unique):
    small("export", 3)
    assert [service.allowed(engine, budget="export", whom=unique) for _ in range(5)] == [True] * 3 + [False] * 2
    assert service.allowed(engine, budget="export", whom=unique + "other")


def test_what_costs_more_than_is_left_is_not_spent_at_all(engine, small, unique):
    small("export", 10)
    service.take(engine, budget="export", whom=unique, cost=8)
    with pytest.raises(budgets.Spent) as refused:
        service.take(engine, budget="export", whom=unique, cost=3)
    assert 0 < int(refused.value.headers["Retry-After"]) <= 3600
    assert refused.value.headers["RateLimit-Policy"] == '"export";q=10;w=3600'
    service.take(engine, budget="export", whom=unique, cost=2)


def test_many_at_once_spend_no_more_than_there_is(engine, small, unique):
    small("reveal", 7)
    told = []

    def ask():
        told.append(service.allowed(engine, budget="reveal", whom=unique))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(told) == 7


def test_an_act_that_is_rolled_back_has_spent_all_the_same(session, engine, small, unique):
    small("export", 1)
    service.take(engine, budget="export", whom=unique)
    session.rollback()
    assert not service.allowed(engine, budget="export", whom=unique)


def test_what_is_off_is_not_counted(engine, small, unique):
    small("export", 0)
    assert all(service.allowed(engine, budget="export", whom=unique) for _ in range(5))


def test_processes_learn_of_each_other_within_a_second(engine, small, unique, monkeypatch):
    now = [1_900_000_000.0]
    monkeypatch.setattr(service, "clock", lambda: now[0])
    small("token", 10, 60)
    one, two = Counter(), Counter()
    for _ in range(6):
        one.pass_by(budget="token", whom=unique)
        two.pass_by(budget="token", whom=unique)
    for each in (one, two):
        now[0] += 1.1
        each.flush(engine)
    one.pass_by(budget="token", whom=unique)
    now[0] += 1.1
    one.flush(engine)
    for each in (one, two):
        with pytest.raises(budgets.Spent):
            each.pass_by(budget="token", whom=unique)


def test_the_window_slides(small, unique, monkeypatch):
    now = [1_900_000_020.0]
    monkeypatch.setattr(service, "clock", lambda: now[0])
    small("user", 10, 60)
    counter = Counter()
    for _ in range(10):
        counter.pass_by(budget="user", whom=unique)
    now[0] += 61
    passed = []
    with contextlib.suppress(budgets.Spent):
        for each in range(11):
            counter.pass_by(budget="user", whom=unique)
            passed.append(each)
    assert 0 < len(passed) < 7
    now[0] += 59
    counter.pass_by(budget="user", whom=unique)


def test_a_token_that_asks_too_much_is_told_to_wait(app, world, api, small):
    caller = api(world.alice)
    small("token", 3, 60)
    answers = [caller.get("/customers") for _ in range(5)]
    assert [each.status_code for each in answers][:3] == [200, 200, 200]
    refused = answers[-1]
    assert (refused.status_code, refused.mimetype, refused.json["code"]) == (
        429,
        "application/problem+json",
        "too_many",
    )
    assert int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"].startswith('"token";r=0;t=')


def test_a_person_and_an_address_have_budgets_too(world, sign_in, small, client):
    alice = sign_in(world.alice)
    small("user", 2, 60)
    assert [alice.get("/notifications").status_code for _ in range(3)] == [200, 200, 429]
    small("address", 1, 60)
    answers = [client.get("/login", environ_overrides={"REMOTE_ADDR": "192.0.2.9"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 429]


def test_the_table_keeps_no_address_and_forgets(engine, small, unique):
    from sqlalchemy import text

    small("export", 5, 1)
    service.take(engine, budget="export", whom=unique)
    assert len(service.key_of("export", unique)) == 32
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT limit_purge()")) >= 0


def test_budgets_are_configured_by_name():
    given = configuration.read({"KEHUB_LIMITS": "reset=2/60, export=off"})
    try:
        budgets.configure(given.limits)
        assert (budgets.BUDGETS["reset"].most, budgets.BUDGETS["reset"].seconds) == (2, 60)
        assert budgets.BUDGETS["export"].most == 0
        assert budgets.BUDGETS["reveal"] == budgets.USUAL["reveal"]
        with pytest.raises(ValueError, match="exprt"):
            budgets.configure({"exprt": (1, 1)})
    finally:
        budgets.configure({})


@pytest.mark.parametrize("bad", ["reset", "reset=5", "reset=0/60", "reset=5/0", "reset=-1/60", "Reset=5/60"])
def test_a_budget_that_is_none_is_refused_at_boot(bad):
    with pytest.raises(configuration.ConfigError, match="KEHUB_LIMITS"):
        configuration.read({"KEHUB_LIMITS": bad})


def test_a_budget_that_does_not_exist_stops_the_boot(app, config):
    from core.config import ConfigError
    from core.limits import wiring

    with pytest.raises(ConfigError, match="there are address"):
        wiring.install(app, replace(config, limits={"adress": (1, 1)}))
    budgets.configure({})


def test_the_guide_names_every_budget_with_its_size():
    guide = (Path(__file__).parents[3] / "docs/guide/limits.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\d+) in (\d+) s \|", guide, re.MULTILINE)
    assert {name: (int(most), int(seconds)) for name, most, seconds in told} == {
        budget.name: (budget.most, budget.seconds) for budget in budgets.USUAL.values()
    }


def test_what_has_a_price_exists(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(PRICES) <= endpoints
    assert set(PRICES.values()) <= budgets.USUAL.keys()


def test_an_export_too_many_is_told_and_another_person_goes_on(world, sign_in, small):
    alice, carol = sign_in(world.alice), sign_in(world.carol)
    small("export", 2)
    assert [alice.get("/kpis.csv").status_code for _ in range(3)][-1] == 429
    assert carol.get("/kpis.csv").status_code != 429
