"""Nothing is sold above what a customer can bear, on a stale or a fished-for assessment, or to who did not agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

LEVELS = ("c1", "c2", "c3", "c4", "c5")
RISKS = ("r1", "r2", "r3", "r4", "r5")


@pytest.mark.parametrize("risk", RISKS)
@pytest.mark.parametrize("capacity", LEVELS)
def test_a_product_is_sold_up_to_the_customers_level_and_not_above(ask, capacity: str, risk: str) -> None:
    reason = ask("banking.suitability", attributes={"risk_capacity": capacity}, case={"product_risk": risk})
    if RISKS.index(risk) <= LEVELS.index(capacity):
        assert reason is None
    else:
        assert (reason.verdict, reason.code) == ("deny", "banking.unsuitable")
        assert risk.upper() in reason.text["zh-CN"]
        assert capacity.upper() in reason.text["en"]


def test_where_issuer_and_bank_differ_the_higher_risk_counts(ask) -> None:
    rated = {"product_risk": "r2", "issuer_risk": "r4"}
    assert ask("banking.suitability", attributes={"risk_capacity": "c3"}, case=rated).verdict == "deny"
    assert ask("banking.suitability", attributes={"risk_capacity": "c4"}, case=rated) is None


def test_who_was_never_assessed_is_assessed_first(ask) -> None:
    assert ask("banking.suitability", case={"product_risk": "r1"}).code == "banking.not_assessed"
    assert ask("banking.assessment_in_force", case={}).code == "banking.not_assessed"


def test_a_product_nobody_rated_is_matched_with_nobody(ask) -> None:
    assert ask("banking.suitability", attributes={"risk_capacity": "c5"}, case={}).code == "banking.risk_unknown"


def test_a_professional_may_buy_above_the_level_of_retail_customers(ask) -> None:
    professional = {"risk_capacity": "c1", "professional": True}
    assert ask("banking.suitability", attributes=professional, case={"product_risk": "r5"}) is None
    assert ask("banking.assessment_in_force", attributes=professional, case={}) is None


@pytest.mark.parametrize(
    ("assessed", "at", "verdict"),
    [
        ("2025-11-23", datetime(2026, 11, 22, 2, tzinfo=UTC), None),
        ("2025-11-22", datetime(2026, 11, 22, 2, tzinfo=UTC), None),
        ("2025-11-21", datetime(2026, 11, 22, 2, tzinfo=UTC), "deny"),
        ("2025-11-22", datetime(2026, 11, 22, 15, 59, tzinfo=UTC), None),
        ("2025-11-22", datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "deny"),
        ("2024-02-29", datetime(2025, 2, 28, 2, tzinfo=UTC), None),
        ("2024-02-29", datetime(2025, 3, 1, 2, tzinfo=UTC), "deny"),
    ],
    ids=["a day left", "its last day", "a day late", "until midnight", "after it in Shanghai", "leap day", "after it"],
)
def test_an_assessment_is_good_for_twelve_months(ask, assessed: str, at: datetime, verdict: str | None) -> None:
    reason = ask("banking.assessment_in_force", attributes={"assessed_on": assessed}, case={}, at=at)
    assert (reason and reason.verdict) == verdict


@pytest.mark.parametrize(
    ("day", "year", "verdict"),
    [(1, 7, None), (2, 8, None), (3, 3, "deny"), (1, 9, "deny")],
    ids=["fewer", "as many as allowed", "a third one today", "a ninth one in a year"],
)
def test_who_was_assessed_until_it_fitted_is_not_sold_to(ask, day: int, year: int, verdict: str | None) -> None:
    counts = {"assessments_day": day, "assessments_year": year}
    reason = ask("banking.assessment_frequency", case={}, counts=counts)
    assert (reason and reason.verdict) == verdict


@pytest.mark.parametrize(
    ("day", "year", "verdict"),
    [(0, 0, None), (1, 7, None), (2, 2, "deny"), (0, 8, "deny")],
    ids=["the first", "the second today, the eighth in a year", "the third today", "the ninth in a year"],
)
def test_a_third_assessment_of_a_day_is_not_added(ask, day: int, year: int, verdict: str | None) -> None:
    counts = {"assessments_day": day, "assessments_year": year}
    reason = ask("banking.assessment_limit", record={"attributes": {"result": "c5"}}, counts=counts)
    assert (reason and reason.verdict) == verdict
    changed = ask("banking.assessment_limit", record={"attributes": {}}, before={"result": "c4"}, counts=counts)
    assert changed is None, "to correct one is not to assess again"


def test_nothing_is_sold_by_telephone_without_consent_or_after_a_refusal(call) -> None:
    granted = {"marketing:phone": "granted"}
    assert call("banking.sales_consent", consents=granted) is None
    assert call("banking.sales_consent").code == "banking.consent_missing"
    assert call("banking.sales_consent", consents=granted, channel="sms").code == "banking.consent_missing"
    refused = call("banking.sales_consent", consents={"marketing:phone": "withdrawn"})
    assert (refused.verdict, refused.code) == ("deny", "banking.consent_refused")
    assert "6 个月" in refused.text["zh-CN"]
    listed = call("banking.sales_consent", consents=granted, do_not_contact=["marketing"])
    assert listed.code == "banking.consent_refused"


def test_the_rules_of_a_sale_stand_before_matching_and_signing_and_cannot_be_switched_off(view) -> None:
    rules = [rule for rule in view.rules("case_step").values() if rule.on == ("product_sale",)]
    assert len(rules) == 3
    assert {rule.steps for rule in rules} == {("match", "sign")}
    assert all(rule.mandatory and "金融机构产品适当性管理办法" in rule.citation for rule in rules)
