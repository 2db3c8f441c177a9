"""Nothing is sold twice, without a permit, or for a deposit that is too high."""

from __future__ import annotations

import pytest

PERMIT = {"project_name": "云栖", "presale_permit_no": "沪房预 101"}


@pytest.fixture
def unit(ask):
    def made(*, state: str = "available", project: dict | None = None, **attributes):
        parents = () if project is None else (ask.record("building"), ask.record("project", **project))
        return ask.record("unit", state=state, parents=parents, unit_name="3-1-1502", **attributes)

    return made


@pytest.mark.parametrize("state", ["unreleased", "subscribed", "signed", "filed", "delivered", "seized"])
def test_a_unit_that_is_not_free_is_refused_by_its_name(ask, unit, state: str) -> None:
    reason = ask("double_sale", case=ask.case("subscribed"), record=unit(state=state))
    assert reason.verdict == "deny"
    assert "3-1-1502" in reason.text["zh-CN"]
    assert "3-1-1502" in reason.text["en"]


@pytest.mark.parametrize("state", ["available", "reserved"])
def test_a_free_unit_may_be_subscribed(ask, unit, state: str) -> None:
    assert ask("double_sale", case=ask.case("subscribed"), record=unit(state=state)) is None


def test_the_sale_that_has_the_unit_goes_on(ask, unit) -> None:
    assert ask("double_sale", step="sign", case=ask.case("signed"), record=unit(state="subscribed")) is None


@pytest.mark.parametrize(
    "project",
    [
        None,
        {"project_name": "云栖"},
        {**PERMIT, "permit_valid_until": "2026-11-19"},
        {**PERMIT, "permit_valid_from": "2026-11-21"},
    ],
    ids=["no project", "no permit", "ended yesterday", "begins tomorrow"],
)
@pytest.mark.parametrize("target", ["subscribed", "signed"])
def test_without_a_permit_in_force_nothing_is_subscribed_or_signed(ask, unit, project, target: str) -> None:
    reason = ask("no_permit", case=ask.case(target), record=unit(project=project))
    assert (reason.verdict, reason.parameters) == ("deny", ("permit_penalty_percent",))
    assert "1%" in reason.text["zh-CN"]


@pytest.mark.parametrize(
    "project",
    [
        PERMIT,
        {**PERMIT, "permit_valid_from": "2026-11-20", "permit_valid_until": "2026-11-20"},
        {"project_name": "现房", "sale_basis": "completed"},
    ],
    ids=["without days", "on its only day", "completed homes"],
)
def test_with_a_permit_in_force_or_for_completed_homes_the_sale_goes_on(ask, unit, project) -> None:
    assert ask("no_permit", case=ask.case("subscribed"), record=unit(project=project)) is None


@pytest.mark.parametrize("target", ["cancelled", "filed", "delivered"])
def test_a_permit_that_has_ended_holds_up_no_cancelling_filing_or_delivery(ask, unit, target: str) -> None:
    assert ask("no_permit", step="x", case=ask.case(target), record=unit(project={})) is None


@pytest.mark.parametrize(("deposit", "denied"), [(400_000_00, False), (400_000_01, True)])
def test_a_deposit_is_at_most_a_fifth_of_the_price(ask, unit, deposit: int, denied: bool) -> None:
    case = ask.case("subscribed", deposit=deposit, price=2_000_000_00)
    reason = ask("deposit_cap", case=case, record=unit(list_price=9_000_000_00))
    assert (reason is not None and reason.verdict == "deny") is denied


def test_while_no_price_is_agreed_the_list_price_counts_and_a_tenant_may_ask_for_less(ask, unit) -> None:
    case, record = ask.case("signed", deposit=150_000_00), unit(list_price=1_000_000_00)
    assert ask("deposit_cap", step="sign", case=case, record=record) is None
    reason = ask("deposit_cap", step="sign", case=case, record=record, tightened={"deposit_max_percent": 10})
    assert "10%" in reason.text["zh-CN"]
    assert ask("deposit_cap", case=ask.case("signed", deposit=1), record=None) is None


def test_each_rule_cites_its_article(view) -> None:
    rules = view.rules("case_step")
    assert "《城市房地产开发经营管理条例》第二十六条" in rules["realestate.no_permit"].citation
    assert "第五百八十六条" in rules["realestate.deposit_cap"].citation
    assert "第七条" in rules["realestate.double_sale"].citation
    assert all(rule.mandatory for rule in rules.values())
