"""A bill shock is explained before anything is sold, nothing is sold without consent, and cooling-off is waited for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.plugins.subjects import ask_act

SHOCK = {"monthly_charge": 50_001, "charge_mean_3m": 10_000}
FIVE_TIMES = {"monthly_charge": 50_000, "charge_mean_3m": 10_000}


@pytest.mark.parametrize("purpose", ["marketing", "retention", "survey", "collections"])
def test_after_a_bill_shock_every_contact_that_wants_something_waits(ask, purpose: str) -> None:
    reason = ask("bill_shock", telecom=SHOCK, purpose=purpose)
    assert reason.verdict == "hold"
    assert reason.parameters == ("bill_shock_multiple",)
    assert "5 倍" in reason.text["zh-CN"]
    assert "more than 5 times the mean" in reason.text["en"]


def test_a_service_contact_may_go_and_has_to_explain_the_bill(ask) -> None:
    reason = ask("bill_shock", telecom=SHOCK, purpose="service")
    assert reason.verdict == "warn"
    assert reason.text["en"].endswith("Explain it in this contact.")


@pytest.mark.parametrize(
    "telecom",
    [
        FIVE_TIMES,
        {"monthly_charge": 50_001},
        {"monthly_charge": 50_001, "charge_mean_3m": 0},
        {"charge_mean_3m": 10_000},
        {},
    ],
    ids=["exactly five times", "no mean", "a mean of nothing", "no charge", "nothing known"],
)
def test_without_a_shock_the_rule_says_nothing(ask, telecom: dict[str, int]) -> None:
    assert ask("bill_shock", telecom=telecom) is None


def test_nothing_is_sold_to_a_customer_who_was_never_asked(ask) -> None:
    reason = ask("commercial_consent", purpose="retention")
    assert (reason.verdict, reason.code) == ("deny", "telecom.consent_missing")
    assert "5 个月" in reason.text["zh-CN"]


def test_who_withdrew_consent_is_left_alone(ask) -> None:
    reason = ask("commercial_consent", consents={"marketing:phone": "withdrawn"})
    assert (reason.verdict, reason.code) == ("deny", "telecom.consent_refused")


def test_who_asked_not_to_be_contacted_is_left_alone_in_spite_of_an_older_consent(ask) -> None:
    facts = {"consents": {"marketing:phone": "granted"}, "do_not_contact": ["marketing"]}
    assert ask("commercial_consent", **facts).code == "telecom.consent_refused"


def test_consent_to_calls_is_no_consent_to_messages(ask) -> None:
    consents = {"marketing:phone": "granted"}
    assert ask("commercial_consent", consents=consents) is None
    assert ask("commercial_consent", consents=consents, channel="sms").verdict == "deny"


def test_consent_is_asked_for_selling_only_and_cites_its_articles(view) -> None:
    rule = view.rules("outbound_contact")["telecom.commercial_consent"]
    assert set(rule.purposes) == {"marketing", "retention"}
    assert "《通信短信息服务管理规定》第十八条" in rule.citation
    assert "《消费者权益保护法》第二十九条" in rule.citation


def test_the_shock_cites_the_article_that_defines_it(view) -> None:
    assert "《中华人民共和国电信条例》第三十三条" in view.rules()["telecom.bill_shock"].citation


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (datetime(2026, 3, 3, 2, 0, tzinfo=UTC), "defer"),
        (datetime(2026, 3, 10, 15, 59, tzinfo=UTC), "defer"),
        (datetime(2026, 3, 10, 16, 0, tzinfo=UTC), None),
    ],
    ids=["on the day of the confirmation", "in the last minute of the seventh day", "at midnight after it"],
)
def test_an_offer_is_fulfilled_after_seven_days_of_cooling_off(view, at: datetime, verdict: str | None) -> None:
    reason = ask_act(view, "telecom.cooling_off", case={"confirmed_on": "2026-03-03"}, at=at)
    assert (reason and reason.verdict) == verdict
    if reason is not None:
        assert reason.until == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
        assert "2026-03-11" in reason.text["zh-CN"]


def test_without_the_day_of_the_confirmation_nobody_knows_and_it_is_held(view) -> None:
    reason = ask_act(view, "telecom.cooling_off", case={})
    assert (reason.verdict, reason.code) == ("hold", "telecom.not_confirmed")


def test_the_cooling_off_stands_before_the_fulfilment_only_and_is_the_contracts(view) -> None:
    rule = view.rules("case_step")["telecom.cooling_off"]
    assert (rule.on, rule.steps, rule.mandatory) == (("retention",), ("fulfil",), False)
    confirm = next(step for step in view.workflow("telecom.retention").transitions if step.key == "confirm")
    assert confirm.required == ("confirmed_on",), "so that the rule has a day to count from"
