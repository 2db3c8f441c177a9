"""A bank at work: its complaints run by the law's clocks, and a sale stops where the product does not suit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.cases.service import ApprovalNeeded
from core.errors import Conflict
from core.gate.acts import GateDenied

MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def midnight(month: int, day: int) -> datetime:
    """The end of that day in Shanghai."""
    return datetime(2026, month, day, 16, tzinfo=UTC)


def accepted(desk, **values) -> object:
    case_id = desk.open("complaint", at=MONDAY)
    given = {"received_on": "2026-02-28", "complaint_kind": "fees", "independent_handler": "yes", **values}
    assert desk.step(case_id, "accept", at=MONDAY, **given) == "handling"
    return case_id


def test_fifteen_days_run_from_the_receipt_not_from_the_day_somebody_opened_the_case(desk_of):
    desk = desk_of("banking")
    case_id = accepted(desk)
    assert desk.clocks(case_id)["decision"] == ("running", midnight(3, 15))
    desk.step(case_id, "decide", at=MONDAY + 13 * DAY, decision="upheld", root_cause="system")
    assert desk.clocks(case_id)["decision"][0] == "met"


def test_an_extension_gives_thirty_days_and_a_decision_after_them_is_late(desk_of):
    desk = desk_of("banking")
    case_id = accepted(desk)
    desk.step(case_id, "extend", at=MONDAY + 5 * DAY, extension_reason="涉及多个部门")
    clocks = desk.clocks(case_id)
    assert clocks["decision"][0] == "met"
    assert clocks["extended_decision"] == ("running", midnight(3, 30))
    desk.step(case_id, "decide", at=MONDAY + 30 * DAY, decision="not_upheld", root_cause="rule")
    assert desk.clocks(case_id)["extended_decision"][0] == "breached"


def test_thirty_days_more_need_a_second_person(desk_of):
    desk = desk_of("banking")
    case_id = accepted(desk)
    desk.step(case_id, "extend", at=MONDAY + DAY, extension_reason="涉及多个部门")
    with pytest.raises(ApprovalNeeded):
        desk.step(case_id, "extend_again", at=MONDAY + 2 * DAY, extension_reason="等待司法鉴定")


def test_who_has_a_part_in_the_matter_does_not_decide_it(desk_of):
    desk = desk_of("banking")
    case_id = accepted(desk, independent_handler="no")
    with pytest.raises(Conflict, match="no part in the matter"):
        desk.step(case_id, "decide", at=MONDAY + DAY, decision="upheld", root_cause="system")


def offered(desk, risk: str, at: datetime = MONDAY):
    case_id = desk.open("product_sale", at=at)
    desk.step(case_id, "disclose", at=at, product="稳健增利 90 天", product_risk=risk)
    return case_id


def test_a_product_above_the_customers_level_is_not_matched_and_one_below_is_signed(desk_of):
    desk = desk_of("banking", risk_capacity="c3", assessed_on="2025-10-01")
    with pytest.raises(GateDenied, match="R4"):
        desk.step(offered(desk, "r4"), "match", at=MONDAY)
    case_id = offered(desk, "r3")
    assert desk.step(case_id, "match", at=MONDAY) == "suitable"
    assert desk.step(case_id, "sign", at=MONDAY, recording="SL-20260302-01") == "signed"


def test_an_assessment_that_ran_out_between_matching_and_signing_stops_the_signature(desk_of):
    desk = desk_of("banking", risk_capacity="c3", assessed_on="2025-03-02")
    case_id = offered(desk, "r1")
    assert desk.step(case_id, "match", at=MONDAY) == "suitable"
    with pytest.raises(GateDenied, match="12 个月"):
        desk.step(case_id, "sign", at=MONDAY + DAY, recording="SL-20260303-01")


def test_the_third_assessment_of_a_day_is_refused_and_one_a_day_later_is_not(desk_of):
    desk = desk_of("banking")
    first = desk.record("suitability_assessment", at=MONDAY, values={"result": "c2"})
    desk.record("suitability_assessment", at=MONDAY + timedelta(hours=1), values={"result": "c3"})
    with pytest.raises(GateDenied, match="不得超过 2 次"):
        desk.record("suitability_assessment", at=MONDAY + timedelta(hours=2), values={"result": "c5"})
    desk.record("suitability_assessment", at=MONDAY + timedelta(hours=26), values={"result": "c3"})
    assert desk.clocks(first)["validity"] == (
        "breached" if datetime.now(UTC) > midnight(3, 2) + timedelta(days=365) else "running",
        datetime(2027, 3, 2, 16, tzinfo=UTC),
    )
