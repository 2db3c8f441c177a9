"""An odometer that cannot be true is found, and so is a car that comes near to a claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def series(*readings) -> dict:
    """From `(days ago, km)` or `(days ago, km, status)`, the newest first as the gate tells them."""
    made = [
        {"value": each[1], "read_at": NOW - timedelta(days=each[0]), "status": (*each, "original")[2]}
        for each in readings
    ]
    return {"odometer": made}


@pytest.fixture
def read(ask):
    def asked(*readings, **more):
        return ask("odometer", record=ask.record("vehicle", state="sold"), readings=series(*readings), **more)

    return asked


@pytest.mark.parametrize(("later", "found"), [(9950, False), (9949, True)])
def test_a_reading_more_than_the_tolerance_below_the_one_before_is_found(read, later: int, found: bool) -> None:
    reason = read((1, later), (90, 10_000))
    assert (reason is not None and reason.code == "auto.odometer_back") is found


@pytest.mark.parametrize(("later", "found"), [(13_000, False), (13_001, True)])
def test_more_than_1500_km_a_day_is_found(read, later: int, found: bool) -> None:
    reason = read((1, later), (3, 10_000))
    assert (reason is not None and reason.code == "auto.odometer_fast") is found


def test_two_readings_of_one_day_may_lie_a_days_drive_apart(read) -> None:
    assert read((1, 11_500), (1.1, 10_000)) is None
    assert read((1, 11_501), (1.1, 10_000)).code == "auto.odometer_fast"


@pytest.mark.parametrize("status", ["replaced", "rolledover"])
def test_a_replaced_instrument_begins_the_series_anew(read, status: str) -> None:
    assert read((1, 300), (30, 5, status), (90, 80_000)) is None
    assert read((1, 5, status), (30, 100), (90, 80_000)) is None
    assert read((1, 100), (5, 800), (30, 5, status), (90, 80_000)).code == "auto.odometer_back"


def test_an_old_jump_is_still_found_after_readings_that_fit(read) -> None:
    assert read((1, 41_000), (50, 40_500), (100, 40_000), (150, 70_000)).text["en"].count("70000 to 40000") == 1


def test_one_reading_or_none_says_nothing(read) -> None:
    assert read((1, 10)) is None
    assert read() is None


def test_a_tenant_may_look_closer(read) -> None:
    assert read((1, 9990), (90, 10_000), tightened={"odometer_tolerance_km": 5}) is not None


COVERED = {"covered_from": "2025-12-01"}


def repairs(*attributes) -> dict:
    """Repairs of a day each, one a month, as children of the vehicle."""
    made = []
    for month, each in enumerate(attributes, start=1):
        day = {"opened_at": f"2026-{month:02}-10T01:00:00Z", "closed_at": f"2026-{month:02}-10T09:00:00Z"}
        made.append({"state": "closed", "attributes": {"auto": {**day, **each}}, "occurred_at": None, "ends_at": None})
    return {"repair": made}


def test_the_first_repair_of_a_serious_safety_fault_is_a_warning(ask) -> None:
    record = ask.record("vehicle", state="sold", **COVERED)
    reason = ask("sanbao", record=record, children=repairs({"severity": "safety"}))
    assert reason.code == "auto.sanbao_near"
    assert "24(1)(一)" in reason.text["zh-CN"]


def test_the_fourth_repair_of_a_problem_is_a_warning_and_the_fifth_a_claim(ask) -> None:
    record, same = ask.record("vehicle", state="sold", **COVERED), {"problem_key": "p1"}
    assert ask("sanbao", record=record, children=repairs(same, same, same)) is None
    assert ask("sanbao", record=record, children=repairs(*[same] * 4)).code == "auto.sanbao_near"
    assert ask("sanbao", record=record, children=repairs(*[same] * 5)).code == "auto.sanbao_due"


def test_25_days_of_repair_are_a_warning_and_what_is_no_quality_problem_is_none(ask) -> None:
    record = ask.record("vehicle", state="sold", **COVERED)
    long = {"opened_at": "2026-01-01T00:00:00Z", "closed_at": "2026-01-26T00:00:00Z"}
    assert "25" in ask("sanbao", record=record, children=repairs(long)).text["en"]
    assert ask("sanbao", record=record, children=repairs({**long, "quality_problem": False})) is None


def test_without_a_day_noted_the_delivery_counts_and_then_the_invoice(ask) -> None:
    safety = repairs({"severity": "safety"})
    for attributes in ({"delivered_at": "2025-12-03", "invoice_date": "2020-01-01"}, {"invoice_date": "2025-12-01"}):
        assert ask("sanbao", record=ask.record("vehicle", state="sold", **attributes), children=safety) is not None
    assert ask("sanbao", record=ask.record("vehicle", state="sold"), children=safety) is None


def test_a_car_that_is_not_with_a_consumer_is_not_watched(ask) -> None:
    record = ask.record("vehicle", state="stock", **COVERED)
    assert ask("sanbao", record=record, children=repairs({"severity": "safety"})) is None


def test_the_rules_cite_their_articles_and_a_claim_opens_its_case(view) -> None:
    rules = view.rules("record_watch")
    assert "《消费者权益保护法》第五十五条" in rules["auto.odometer"].citation
    assert "第二十条至第二十四条" in rules["auto.sanbao"].citation
    assert (rules["auto.sanbao"].opens, rules["auto.sanbao"].children) == ("sanbao", ("repair",))
