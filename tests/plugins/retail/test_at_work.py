"""A shop at work: a return runs by the consumer law's clocks, is looked at twice where it should, and cards keep limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from stdnum import luhn

from core.gate.acts import GateDenied, GateRefused
from core.gate.models import Finding
from core.records.models import Record

MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ASKED = {
    "return_reason": "no_reason",
    "goods": "ordinary",
    "received_on": "2026-02-28",
    "requested_on": "2026-03-02",
}


def order(desk, unique: str, state: str = "received", at: datetime = MONDAY - 5 * DAY, channel: str = "online"):
    return desk.record("order", at=at, state=state, values={"order_no": f"O-{unique}", "channel": channel})


def test_a_return_runs_by_the_laws_clocks_to_the_refund_and_the_order_is_returned(desk_of, unique):
    desk = desk_of("retail")
    order_id = order(desk, unique)
    case_id = desk.open("returns", record_id=order_id, at=MONDAY)
    desk.step(case_id, "approve", at=MONDAY, **ASKED)
    desk.step(case_id, "authorise", at=MONDAY, rma="RMA-1")
    assert desk.clocks(case_id)["formalities"] == ("met", datetime(2026, 3, 17, 16, tzinfo=UTC))
    desk.step(case_id, "send_back", at=MONDAY + DAY, tracking="SF1")
    desk.step(case_id, "receive", at=MONDAY + 4 * DAY, came_back_on="2026-03-05", condition="intact")
    clocks = desk.clocks(case_id)
    assert clocks["refund"] == ("running", datetime(2026, 3, 12, 16, tzinfo=UTC)), "from the day the goods came back"
    assert clocks["refund_delay"] == ("running", datetime(2026, 3, 20, 16, tzinfo=UTC))
    assert desk.step(case_id, "refund", at=MONDAY + 11 * DAY, refund="128.00") == "refunded"
    clocks = desk.clocks(case_id)
    assert (clocks["refund"][0], clocks["refund_delay"][0]) == ("breached", "met")
    desk.enter()
    assert desk.session.scalar(select(Record.state).where(Record.id == order_id)) == "returned"


def test_goods_bought_in_the_shop_are_not_sent_back_without_a_reason(desk_of, unique):
    desk = desk_of("retail")
    case_id = desk.open("returns", record_id=order(desk, unique, channel="store"), at=MONDAY)
    with pytest.raises(GateDenied, match="门店购买"):
        desk.step(case_id, "approve", at=MONDAY, **ASKED)


def test_who_brings_back_more_than_half_of_five_orders_waits_for_a_second_person(desk_of, unique):
    desk = desk_of("retail")
    for number, state in enumerate(("returned", "returned", "exchanged", "received", "received")):
        order(desk, f"{unique}-{number}", state=state)
    case_id = desk.open("returns", record_id=order(desk, f"{unique}-x"), at=MONDAY)
    with pytest.raises(GateRefused, match="人工审批") as refused:
        desk.step(case_id, "approve", at=MONDAY, **ASKED)
    assert refused.value.verdict == "hold"
    assert refused.value.approvable == ["retail.return_abuse"]


def test_orders_of_long_ago_do_not_count_against_the_customer(desk_of, unique):
    desk = desk_of("retail")
    for number in range(5):
        order(desk, f"{unique}-{number}", state="returned", at=MONDAY - 91 * DAY)
    case_id = desk.open("returns", record_id=order(desk, f"{unique}-x"), at=MONDAY)
    assert desk.step(case_id, "approve", at=MONDAY, **ASKED) == "eligible"


def test_a_card_above_its_limit_is_not_issued_and_three_purchases_that_look_split_are_found(desk_of, unique):
    desk = desk_of("retail")
    body = str(int(unique.encode().hex(), 16))[-12:]
    numbers = [f"{body}{each}" for each in range(5)]
    cards = [each + str(luhn.calc_check_digit(each)) for each in numbers]
    member = desk.record("membership", at=MONDAY, values={"card_no": cards[4]})
    with pytest.raises(GateDenied, match="1000 元"):
        desk.record(
            "prepaid_card", at=MONDAY, amount_minor=100_001, parent_id=member,
            values={"card_no": cards[0], "kind": "unnamed"},
        )  # fmt: skip
    today = datetime.now(UTC)
    for number in range(3):
        desk.enter()
        assert desk.session.scalars(select(Finding.rule).where(Finding.subject_id == member)).all() == []
        desk.record(
            "prepaid_card", at=today, amount_minor=100_000, parent_id=member,
            values={
                "card_no": cards[number], "kind": "unnamed", "purchase_no": f"P{number}", "purchase_total": "9900",
            },
        )  # fmt: skip
    desk.enter()
    found = desk.session.scalars(select(Finding.rule).where(Finding.subject_id == member, Finding.state == "open"))
    assert found.all() == ["retail.prepaid_structuring"]
