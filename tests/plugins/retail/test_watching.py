"""What looks wrong: points collected for others, a card in two stores, an account taken over, a cashier who stands out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ONE, OTHER = "6901234500012", "6901234500029"


def order(store: str = ONE, *, channel: str = "store", minutes: int = 0, **card) -> dict:
    parents = [{"type": "retail.membership", "attributes": {"retail": card}}] if card else []
    held = {"channel": channel, "store": store}
    return {"state": "paid", "occurred_at": AT + timedelta(minutes=minutes), "parents": parents, "attributes": held}


def sibling(store: str, *, minutes: int, channel: str = "store") -> dict:
    return {**order(store, channel=channel, minutes=minutes), "ends_at": None}


@pytest.mark.parametrize(
    ("card", "before", "found"),
    [({"tier": "gold"}, 5, True), ({"tier": "gold"}, 4, False), ({"employee": True}, 2, True), ({"employee": True}, 1, False)],
    ids=["a sixth basket", "a fifth", "an employee's third", "an employee's second"],
)  # fmt: skip
def test_more_baskets_in_a_day_than_a_household_makes_are_told(ask, card: dict, before: int, found: bool) -> None:
    reason = ask("retail.points_velocity", record=order(**card), counts={"baskets": before})
    assert (reason is not None and reason.verdict == "warn") is found


def test_an_order_without_a_card_or_that_was_cancelled_collects_nothing(ask) -> None:
    assert ask("retail.points_velocity", record=order(), counts={"baskets": 50}) is None
    cancelled = {**order(tier="gold"), "state": "cancelled"}
    assert ask("retail.points_velocity", record=cancelled, counts={"baskets": 50}) is None


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (sibling(OTHER, minutes=29), True), (sibling(OTHER, minutes=-29), True), (sibling(OTHER, minutes=30), False),
        (sibling(ONE, minutes=1), False), (sibling(OTHER, minutes=1, channel="online"), False),
    ],
    ids=["after 29 minutes", "29 minutes before", "after half an hour", "in the same store", "by network"],
)  # fmt: skip
def test_one_card_is_not_in_two_stores_within_half_an_hour(ask, other: dict, found: bool) -> None:
    reason = ask("retail.points_two_stores", record=order(tier="gold"), children={"order": [other]})
    assert (reason is not None) is found


@pytest.mark.parametrize(("hours", "verdict"), [(23, "hold"), (24, None)])
def test_points_are_not_redeemed_in_the_day_after_the_account_changed(ask, hours: int, verdict: str | None) -> None:
    changed = (AT - timedelta(hours=hours)).isoformat()
    reason = ask("retail.points_takeover", case={}, record={"attributes": {"credentials_changed_at": changed}})
    assert (reason and reason.verdict) == verdict
    assert ask("retail.points_takeover", case={}, record={"attributes": {}}) is None


def shift(number: int, refunds: int | None, **more) -> dict:
    held = {"shift_no": f"S{number}", "cardless_refunds": refunds, **more}
    return {"state": "closed", "occurred_at": AT, "ends_at": None, "attributes": held}


def shifts(*refunds: int) -> dict:
    return {"cashier_shift": [shift(number, each) for number, each in enumerate(refunds, 1)]}


USUAL = (1, 2, 3, 2, 1, 2, 3, 2, 1, 3)


@pytest.mark.parametrize(("refunds", "found"), [(4, False), (5, True), (0, False), (None, False)])
def test_a_shift_with_many_more_cardless_refunds_than_its_stores_others_is_told(ask, refunds, found: bool) -> None:
    reason = ask("retail.cashier", record=shift(99, refunds), children=shifts(*USUAL))
    assert (reason is not None and reason.code == "retail.cashier_refunds") is found


def test_of_too_few_shifts_nothing_is_said_and_a_shift_is_not_compared_with_itself(ask) -> None:
    assert ask("retail.cashier", record=shift(99, 50), children=shifts(*USUAL[:9])) is None
    itself = {"cashier_shift": [*shifts(*USUAL[:9])["cashier_shift"], shift(99, 50)]}
    assert ask("retail.cashier", record=shift(99, 50), children=itself) is None


@pytest.mark.parametrize(("voids", "found"), [(3, False), (4, True)])
def test_sales_voided_after_payment_are_told(ask, voids: int, found: bool) -> None:
    reason = ask("retail.cashier", record=shift(1, 0, voids_after_tender=voids))
    assert (reason is not None and reason.code == "retail.cashier_voids") is found


@pytest.mark.parametrize(("receipt", "before", "verdict"), [(True, 2, "hold"), (True, 1, None), (None, 9, None)])
def test_the_third_return_without_a_receipt_is_looked_at_twice(ask, receipt, before: int, verdict: str | None) -> None:
    case = {"without_receipt": receipt} if receipt else {}
    reason = ask("retail.return_without_receipt", case=case, counts={"return_cases": before})
    assert (reason and reason.verdict) == verdict
