"""An operator at work: a complaint runs to the regulator by its clocks, and an offer waits for its cooling-off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.gate.acts import GateRefused

MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_carrier_answers_in_fifteen_days_and_the_authority_in_five_working_days_and_thirty(desk_of):
    desk = desk_of("telecom")
    case_id = desk.open("complaint", at=MONDAY)
    assert desk.clocks(case_id)["carrier_answer"] == ("running", datetime(2026, 3, 17, 16, tzinfo=UTC))
    desk.step(case_id, "hand_over", at=MONDAY, complaint_kind="billing", demand="退还多收的流量费")
    desk.step(case_id, "appeal", at=MONDAY + 16 * DAY)
    clocks = desk.clocks(case_id)
    assert clocks["carrier_answer"][0] == "breached", "it was not answered in time"
    assert clocks["appeal_intake"][1] == datetime(2026, 3, 25, 16, tzinfo=UTC), "Wednesday plus five working days"
    assert desk.step(case_id, "take_in", at=MONDAY + 20 * DAY, appeal_no="SS-2026-0117") == "regulator_intake"
    clocks = desk.clocks(case_id)
    assert clocks["appeal_intake"][0] == "met"
    assert clocks["appeal_outcome"] == ("running", datetime(2026, 4, 21, 16, tzinfo=UTC))
    desk.step(case_id, "mediate", at=MONDAY + 30 * DAY, mediation_result="agreed")
    assert desk.step(case_id, "close", at=MONDAY + 31 * DAY) == "closed"


def test_an_offer_waits_until_the_seventh_day_after_the_confirmation_is_over(desk_of):
    desk = desk_of("telecom")
    case_id = desk.open("retention", at=MONDAY)
    desk.step(case_id, "offer", at=MONDAY, offer="discount")
    desk.step(case_id, "accept", at=MONDAY)
    desk.step(case_id, "confirm", at=MONDAY, confirmed_on="2026-03-02")
    with pytest.raises(GateRefused, match="2026-03-10") as refused:
        desk.step(case_id, "fulfil", at=datetime(2026, 3, 9, 15, 59, tzinfo=UTC))
    assert (refused.value.verdict, refused.value.until) == ("defer", datetime(2026, 3, 9, 16, tzinfo=UTC))
    assert desk.step(case_id, "fulfil", at=refused.value.until) == "fulfilled"
