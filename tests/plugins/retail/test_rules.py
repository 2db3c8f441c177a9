"""What is owed is taken back, who returns too much is looked at twice, and a prepaid card holds no more than it may."""

from __future__ import annotations

import csv
import lzma
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

ASKED = {
    "return_reason": "no_reason",
    "goods": "ordinary",
    "received_on": "2026-11-01",
    "requested_on": "2026-11-08",
}
ONLINE = {"attributes": {"channel": "online"}}


@pytest.mark.parametrize(
    ("requested", "verdict"),
    [("2026-11-01", None), ("2026-11-07", None), ("2026-11-08", None), ("2026-11-09", "hold")],
    ids=["on the day of receipt", "on the sixth day", "on the seventh day", "on the eighth day"],
)
def test_goods_sold_at_a_distance_go_back_in_seven_days_without_a_reason(ask, requested, verdict) -> None:
    case = {**ASKED, "requested_on": requested}
    reason = ask("retail.no_reason_return", case=case, record=ONLINE)
    assert (reason and reason.verdict) == verdict


@pytest.mark.parametrize("goods", ["made_to_order", "perishable", "digital_opened", "periodical", "agreed"])
def test_what_the_law_excludes_is_not_owed(ask, goods: str) -> None:
    reason = ask("retail.no_reason_return", case={**ASKED, "goods": goods}, record=ONLINE)
    assert (reason.verdict, reason.code) == ("deny", "retail.no_reason_excluded")


@pytest.mark.parametrize(
    ("channel", "verdict"), [("online", None), ("phone", None), ("tv", None), ("post", None), ("store", "deny")]
)
def test_what_was_bought_in_a_shop_could_be_looked_at_there(ask, channel: str, verdict: str | None) -> None:
    reason = ask("retail.no_reason_return", case=ASKED, record={"attributes": {"channel": channel}})
    assert (reason and reason.verdict) == verdict


def test_defective_goods_are_another_right_which_this_rule_leaves_alone(ask) -> None:
    late = {**ASKED, "return_reason": "defective", "requested_on": "2026-12-24", "goods": "perishable"}
    assert ask("retail.no_reason_return", case=late, record=ONLINE) is None


@pytest.mark.parametrize(
    ("purchases", "returns", "verdict"),
    [(5, 2, None), (6, 3, None), (5, 3, "hold"), (4, 4, None), (5, 5, "hold"), (0, 0, None)],
    ids=["below a half", "exactly a half", "above it", "too few to judge", "everything", "nothing bought"],
)
def test_who_brings_back_more_than_half_of_five_orders_or_more_waits_for_a_second_person(
    ask, purchases: int, returns: int, verdict: str | None
) -> None:
    reason = ask("retail.return_abuse", case=ASKED, counts={"purchases": purchases, "returns": returns})
    assert (reason and reason.verdict) == verdict
    if reason is not None:
        assert f"{purchases} 笔订单中退换 {returns} 笔" in reason.text["zh-CN"]
        assert "50%" in reason.text["en"]


def test_of_a_real_shops_customers_with_five_invoices_the_rule_would_hold_one_in_twelve(ask, shared_data: Path) -> None:
    invoices: dict[str, str] = {}
    path = shared_data / "retail" / "uci_online_retail.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        number, customer = header.index("InvoiceNo"), header.index("CustomerID")
        for row in rows:
            invoices[row[number]] = row[customer]
    cancelled = sum(each.startswith("C") for each in invoices)
    assert (len(invoices), cancelled) == (25_900, 3_836)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each, whose in invoices.items():
        if whose:
            counts[whose][each.startswith("C")] += 1
    regular = [(bought, back) for bought, back in counts.values() if bought >= 5]
    kinds = set(regular)
    held = {
        kind
        for kind in kinds
        if ask("retail.return_abuse", case=ASKED, counts=dict(zip(("purchases", "returns"), kind, strict=True)))
    }
    assert (len(regular), sum(kind in held for kind in regular)) == (1_115, 97)


@pytest.mark.parametrize(
    ("kind", "fen", "verdict"),
    [
        ("named", 499_999, None),
        ("named", 500_000, None),
        ("named", 500_001, "deny"),
        ("unnamed", 100_000, None),
        ("unnamed", 100_001, "deny"),
        ("unnamed", None, None),
        (None, 900_000, None),
    ],
)
def test_a_named_card_holds_5000_yuan_and_an_unnamed_one_1000(ask, kind, fen, verdict) -> None:
    card = {"attributes": {"kind": kind} if kind else {}, "amount_minor": fen}
    reason = ask("retail.prepaid_limit", record=card)
    assert (reason and reason.verdict) == verdict


def test_a_top_up_above_the_limit_is_refused_like_a_sale(ask) -> None:
    card = {"attributes": {"kind": "unnamed"}, "amount_minor": 150_000}
    assert ask("retail.prepaid_limit", record=card, before={"kind": "unnamed"}).verdict == "deny"


def bought(day: int, purchase: str, yuan: int, *, hour: int = 3) -> dict:
    at = datetime(2026, 11, day, hour, tzinfo=UTC)
    attributes = {"purchase_no": purchase, "purchase_total": yuan * 100}
    return {"state": "active", "occurred_at": at, "ends_at": None, "attributes": attributes}


@pytest.mark.parametrize(
    ("cards", "found"),
    [
        ([bought(20, "a", 9900), bought(20, "b", 9800), bought(20, "c", 9000)], True),
        ([bought(20, "a", 9900), bought(20, "b", 9800), bought(20, "c", 8999)], False),
        ([bought(20, "a", 9900), bought(20, "b", 9800), bought(20, "c", 10_000)], False),
        ([bought(20, "a", 9900), bought(20, "b", 9800)], False),
        ([bought(20, "a", 9900), bought(20, "a", 9900), bought(20, "b", 9800)], False),
        ([bought(20, "a", 9900), bought(20, "b", 9800), bought(21, "c", 9000)], False),
        ([bought(20, "a", 9900, hour=17), bought(21, "b", 9800), bought(21, "c", 9000, hour=15)], True),
        ([bought(20, "a", 9900, hour=15), bought(21, "b", 9800), bought(21, "c", 9000, hour=15)], False),
    ],
    ids=[
        "three just under",
        "one well below",
        "one at the threshold, whose buyer is identified",
        "two",
        "two cards of one purchase",
        "on two days",
        "on one day in Shanghai",
        "on two days in Shanghai",
    ],
)
def test_three_purchases_just_under_ten_thousand_yuan_on_one_day_look_split(ask, cards, found: bool) -> None:
    reason = ask("retail.prepaid_structuring", record={"attributes": {}}, children={"prepaid_card": cards})
    assert (reason is not None) is found
    if reason is not None:
        assert "10000" in reason.text["zh-CN"]


def test_a_membership_without_cards_and_purchases_of_long_ago_raise_nothing(ask) -> None:
    assert ask("retail.prepaid_structuring", record={"attributes": {}}) is None
    old = [{**bought(1, purchase, 9900), "occurred_at": datetime(2026, 9, 1, 3, tzinfo=UTC)} for purchase in "abc"]
    assert ask("retail.prepaid_structuring", record={"attributes": {}}, children={"prepaid_card": old}) is None


def test_a_tenant_may_switch_off_the_houses_own_rule_but_none_of_the_law(view) -> None:
    own = {key.partition(".")[2] for key, rule in view.rules().items() if not rule.mandatory}
    assert own == {
        "return_abuse", "return_without_receipt", "points_velocity", "points_two_stores", "points_takeover", "cashier",
        "tier_moves",
    }  # fmt: skip
    assert "《消费者权益保护法》第二十五条" in view.rules()["retail.no_reason_return"].citation
