"""What members and buyers are owed: a fair price, a guardian's word, a tier until its review, damages, a card that lasts."""

from __future__ import annotations

import pytest

from tests.plugins.asking import walk
from tests.plugins.subjects import ask_contact


def verdict(reason) -> str | None:
    return reason and reason.verdict


@pytest.mark.parametrize(
    ("born", "agrees", "expected"),
    [("2012-11-23", None, "deny"), ("2012-11-22", None, None), ("2020-01-01", True, None), (None, None, None)],
    ids=["the day before the fourteenth birthday", "on it", "a guardian agrees", "no birthday is known"],
)
def test_a_child_is_neither_marketed_to_nor_made_a_member_without_a_guardian(ask, view, born, agrees, expected) -> None:
    held = {"birthday": born} if born else {}
    held |= {"guardian_consent": agrees} if agrees is not None else {}
    assert verdict(ask("retail.guardian_membership", attributes=held, case={})) == expected
    assert verdict(ask_contact(view, "retail.guardian_contact", attributes=held)) == expected


@pytest.mark.parametrize(
    ("step", "has", "wanted", "review", "expected"),
    [
        ("raise_tier", "silver", "gold", None, None),
        ("raise_tier", "gold", "silver", None, "deny"),
        ("raise_tier", "gold", "gold", None, "deny"),
        ("lower_tier", "gold", "silver", None, "deny"),
        ("lower_tier", "gold", "silver", "2026-11-23", "deny"),
        ("lower_tier", "gold", "silver", "2026-11-22", None),
        ("lower_tier", "silver", "gold", "2026-11-22", "deny"),
    ],
)
def test_a_tier_rises_at_once_and_falls_at_its_review_only(ask, step, has, wanted, review, expected) -> None:
    card = {"tier": has} | ({"review_on": review} if review else {})
    reason = ask("retail.tier_moves", step=step, case={"wanted_tier": wanted}, record={"attributes": card})
    assert verdict(reason) == expected


@pytest.mark.parametrize(
    ("price", "paid", "expected"),
    [(100_00, 499_99, "deny"), (100_00, 500_00, None), (200_00, 599_99, "deny"), (200_00, 600_00, None), (None, None, "deny")],
    ids=["below 500 yuan", "500 yuan", "below three times", "three times", "nothing noted"],
)  # fmt: skip
def test_after_fraud_three_times_the_price_and_at_least_500_yuan_are_owed(ask, price, paid, expected) -> None:
    case = {"fraud": True, "price_paid": price, "compensation": paid}
    assert verdict(ask("retail.fraud_compensation", case=case)) == expected
    assert ask("retail.fraud_compensation", case={**case, "fraud": False}) is None


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"kind": "named", "valid_until": "2030-01-01"}, "deny"),
        ({"kind": "named"}, None),
        ({"kind": "unnamed", "issued_on": "2026-11-22", "valid_until": "2029-11-21"}, "deny"),
        ({"kind": "unnamed", "issued_on": "2026-11-22", "valid_until": "2029-11-22"}, None),
        ({"kind": "unnamed", "issued_on": "2024-02-29", "valid_until": "2027-02-28"}, None),
    ],
)
def test_a_named_card_has_no_end_and_an_unnamed_one_lasts_three_years(ask, card: dict, expected: str | None) -> None:
    assert verdict(ask("retail.prepaid_validity", record={"attributes": card})) == expected


@pytest.mark.parametrize(
    ("kind", "yuan", "known", "expected"),
    [("named", 100, None, "deny"), ("named", 100, True, None), ("unnamed", 9_999, None, None), ("unnamed", 10_000, None, "deny")],
)  # fmt: skip
def test_who_buys_a_named_card_or_many_is_known(ask, kind: str, yuan: int, known, expected: str | None) -> None:
    case = {"card_kind": kind, "purchase_amount": yuan * 100} | ({"buyer_identified": known} if known else {})
    assert verdict(ask("retail.prepaid_buyer", case=case)) == expected


@pytest.mark.parametrize(
    ("buyer", "yuan", "tender", "expected"),
    [
        ("organisation", 5_000, "cash", "deny"), ("organisation", 4_999, "cash", None), ("person", 49_999, "cash", None),
        ("person", 50_000, "cash", "deny"), ("person", 50_000, "transfer", None),
    ],
)  # fmt: skip
def test_much_is_not_paid_in_cash(ask, buyer: str, yuan: int, tender: str, expected: str | None) -> None:
    case = {"buyer": buyer, "purchase_amount": yuan * 100, "tender": tender}
    assert verdict(ask("retail.prepaid_cash", case=case)) == expected


@pytest.mark.parametrize(
    ("step", "wanted", "taken", "back", "expected"),
    [
        ("refuse", "2026-11-08", False, None, "deny"), ("refuse", "2026-11-09", False, None, None),
        ("refuse", "2026-11-08", True, None, None), ("refund", "2026-11-08", False, 999_99, "deny"),
        ("refund", "2026-11-08", False, 1_000_00, None), ("refund", "2026-11-09", False, 500_00, None),
    ],
    ids=["refused in time", "refused too late to matter", "the goods were had", "less than all", "all", "later, a part"],
)  # fmt: skip
def test_within_seven_days_all_of_a_prepaid_card_goes_back(ask, step, wanted, taken, back, expected) -> None:
    case = {
        "paid_on": "2026-11-01", "refund_asked_on": wanted, "goods_taken": taken, "purchase_amount": 1_000_00,
        "card_refund": back,
    }  # fmt: skip
    assert verdict(ask("retail.prepaid_owed", step=step, case=case)) == expected


def test_a_card_in_another_currency_is_held_since_the_limits_are_in_yuan(ask) -> None:
    card = {"attributes": {"kind": "unnamed"}, "amount_minor": 1, "currency": "USD"}
    assert verdict(ask("retail.prepaid_limit", record=card)) == "hold"


@pytest.mark.parametrize(
    ("workflow", "steps", "end"),
    [
        ("membership", ("register", "activate", "doze", "lapse", "win_back", "won_back", "ask_to_leave", "delete"), "deleted"),
        ("membership", ("register", "activate", "raise_tier", "lower_tier", "ask_to_leave", "stay"), "active"),
        ("membership", ("decline",), "declined"),
        ("points", ("reserve", "redeem", "settle"), "settled"),
        ("points", ("reserve", "release"), "released"),
        ("points", ("reserve", "redeem", "restore"), "restored"),
        ("complaint", ("take_up", "answer", "accept"), "closed"),
        ("complaint", ("take_up", "answer", "escalate", "mediate", "examine", "examined", "agree"), "agreed"),
        ("complaint", ("take_up", "called_in", "mediate", "end"), "ended"),
        ("prepaid", ("identify", "sell", "ask_refund", "refund"), "refunded"),
        ("prepaid", ("identify", "sell", "ask_refund", "refuse", "settle"), "settled"),
    ],
)  # fmt: skip
def test_each_way_through_a_case_comes_to_its_end(view, workflow: str, steps: tuple[str, ...], end: str) -> None:
    assert walk(view, f"retail.{workflow}", *steps)[-1] == end


def test_the_clocks_of_complaints_and_cards_are_those_of_their_parameters(view) -> None:
    rows = {row.key: row.value for row in view.parameters["retail"].rows}
    told = {
        f"{key}.{timer.key}": (rows[timer.parameter], timer.unit, timer.start, timer.from_field)
        for key in ("complaint", "prepaid", "points", "membership")
        for timer in view.workflow(f"retail.{key}").timers
    }
    assert told == {
        "complaint.contact": (24, "hours", "received", "received_at"),
        "complaint.answer": (3, "calendar_days", "received", "received_at"),
        "complaint.internal": (7, "calendar_days", "received", "received_at"),
        "complaint.acceptance": (7, "working_days", "authority", None),
        "complaint.mediation": (45, "working_days", "mediation", "accepted_on"),
        "prepaid.refund_window": (7, "calendar_days", "sold", "paid_on"),
        "prepaid.refund": (7, "calendar_days", "refund_asked", "refund_asked_on"),
        "points.reservation": (24, "hours", "reserved", None),
        "points.return_window": (7, "calendar_days", "redeemed", None),
        "membership.deletion": (15, "calendar_days", "leaving", None),
    }
    (mediation,) = (timer for timer in view.workflow("retail.complaint").timers if timer.key == "mediation")
    assert mediation.pauses == ("examination",), "time at an examiner does not count"
