"""What a sale waits for, what claims on the maker are asked, and how leads are pursued."""

from __future__ import annotations

import pytest

from tests.plugins.asking import walk


def recall(state: str) -> dict:
    return {"recall": [{"state": state, "attributes": {}, "occurred_at": None, "ends_at": None}]}


def was(state: str) -> dict:
    return {"state": state, "attributes": {}}


@pytest.mark.parametrize(
    ("kind", "before", "after"), [("vehicle", "stock", "sold"), ("order", "ready", "delivered"), ("test_drive", "booked", "driven")]
)  # fmt: skip
def test_an_open_recall_stops_sale_delivery_and_test_drive(ask, kind: str, before: str, after: str) -> None:
    def asked(recalled: str, state: str = after):
        return ask("recall", record=ask.record(kind, state=state), before=was(before), children=recall(recalled))

    for still_open in ("affected", "notified", "booked", "unreachable"):
        assert (asked(still_open).code, asked(still_open).verdict) == ("auto.recall_open", "deny")
    for over in ("remedied", "scrapped", "exported"):
        assert asked(over) is None
    assert asked("affected", before) is None, "what is not brought there by this act is left alone"


def test_a_visit_to_the_workshop_is_told_of_the_recall_once_it_is_received(ask) -> None:
    visit = {"record": ask.record("service_visit", state="received", purpose="repair"), "before": was("booked")}
    assert ask("recall", **visit, children=recall("notified")).verdict == "warn"
    assert ask("recall", **visit, children=recall("remedied")) is None
    for_it = {**visit, "record": ask.record("service_visit", state="received", purpose="recall")}
    assert ask("recall", **for_it, children=recall("notified")) is None


def test_a_car_with_a_doubtful_odometer_is_not_sold_until_it_is_explained(ask) -> None:
    from tests.plugins.auto.test_rules import series

    car = {"record": ask.record("vehicle", state="sold"), "before": was("stock")}
    assert ask("odometer_sale", **car, readings=series((1, 20_000), (90, 60_000))).verdict == "deny"
    assert ask("odometer_sale", **car, readings=series((0, 20_010, "replaced"), (1, 20_000), (90, 60_000))) is None


@pytest.mark.parametrize(
    ("held", "code"),
    [
        ({}, "licence"),
        ({"licence_checked": True}, "licence_expired"),
        ({"licence_checked": True, "licence_until": "2026-11-19"}, "licence_expired"),
        ({"licence_checked": True, "licence_until": "2026-11-20"}, "agreement"),
        ({"licence_checked": True, "licence_until": "2026-11-20", "agreement_signed": True}, None),
    ],
)
def test_a_test_drive_needs_a_licence_of_that_day_and_the_agreement(ask, held: dict, code: str | None) -> None:
    reason = ask("test_drive", record=ask.record("test_drive", state="driven", **held), before=was("booked"))
    assert (reason and reason.code) == (code and f"auto.test_drive_{code}")


def test_a_delivery_names_what_article_13_still_asks_for(ask) -> None:
    done = {"inspected": True, "checked_together": True, "papers_handed_over": True, "terms_told": True}
    handed = {"before": was("ready")}
    assert ask("delivery", record=ask.record("order", state="delivered", **done), **handed) is None
    reason = ask("delivery", record=ask.record("order", state="delivered", **{**done, "terms_told": False}), **handed)
    assert (reason.verdict, reason.text["zh-CN"]) == ("deny", "交付前还须：告知三包条款。")


@pytest.mark.parametrize(
    ("received", "late"), [("2026-11-20T03:00:00Z", False), ("2026-11-20T02:59:59Z", True), (None, False)]
)
def test_a_first_answer_after_the_hour_passes_with_a_warning(ask, received: str | None, late: bool) -> None:
    held = {"received_at": received} if received else {}
    reason = ask("lead_late", case=ask.case("contacted", **held), step="contact")
    assert (reason is not None and reason.verdict == "warn") is late


@pytest.mark.parametrize(("grade", "days"), [("h", 2), ("a", 7), ("b", 15), ("c", 30)])
def test_the_next_contact_lies_no_further_off_than_the_grade_allows(ask, grade: str, days: int) -> None:
    from datetime import date, timedelta

    def asked(off: int):
        day = str(date(2026, 11, 20) + timedelta(days=off))
        return ask("lead_cadence", case=ask.case("contacted", lead_grade=grade, next_contact_on=day), step="contact")

    assert asked(days) is None
    assert asked(days + 1).parameters == (f"follow_up_days_{grade}",)


def test_a_lead_is_tried_three_times_before_it_is_given_up(ask) -> None:
    assert ask("lead_untried", case=ask.case("defeat", attempts=3), step="give_up") is None
    assert ask("lead_untried", case=ask.case("defeat", attempts=2), step="give_up").verdict == "hold"


def test_a_lead_goes_from_the_maker_to_a_delivered_car(view) -> None:
    walked = walk(
        view, "auto.lead", "assign", "contact", "follow_up", "invite", "arrive", "test_drive", "quote", "order", "finance",
        "financed", "deliver", "settle",
    )  # fmt: skip
    assert walked[-3:] == ["ready", "delivered", "settled"]


def test_a_lost_lead_is_looked_at_by_a_second_person_and_may_be_taken_up_again(view) -> None:
    assert walk(view, "auto.lead", "assign", "contact", "give_up", "take_up")[-1] == "contacted"
    confirm = next(step for step in view.workflow("auto.lead").transitions if step.key == "confirm_defeat")
    assert confirm.approval


def test_work_starts_when_the_customer_agrees_and_is_checked_before_the_car_goes_back(view) -> None:
    walked = walk(
        view, "auto.workshop", "receive", "diagnose", "quote", "start", "check", "rework", "check", "hand_over", "follow_up",
    )  # fmt: skip
    assert walked[-2:] == ["handed_over", "followed_up"]
    start = next(step for step in view.workflow("auto.workshop").transitions if step.key == "start")
    assert start.guard == {"op": "eq", "field": "auto.customer_agrees", "value": True}


@pytest.mark.parametrize("end", ["remedy", "scrap", "export"])
def test_a_recall_tells_books_and_remedies_or_finds_the_car_gone(view, end: str) -> None:
    walked = walk(view, "auto.recall", "notify", "book", "rebook", "give_up", "reach", end)
    assert walked[-1] == ("remedied" if end == "remedy" else "gone")


CLAIM = {
    "warranty_claim": True, "opened_at": "2026-06-01T01:00:00Z", "closed_at": "2026-06-01T09:00:00Z", "dealer_code": "D1",
    "operation_code": "B12", "odometer": 9_000, "guide_hours": "2.0", "labour_hours": "2.6", "part_replaced": True,
    "part_returned": True,
}  # fmt: skip
LATER = {**CLAIM, "opened_at": "2026-07-01T01:00:00Z", "closed_at": "2026-07-01T09:00:00Z"}


@pytest.mark.parametrize(
    ("claims", "state", "code"),
    [
        ([CLAIM, LATER], "sold", None),
        ([{**CLAIM, "warranty_claim": False, "odometer": 90_000}], "sold", None),
        ([CLAIM], "stock", "unsold"),
        ([{**CLAIM, "opened_at": "2025-11-30T01:00:00Z"}], "sold", "before_sale"),
        ([{**CLAIM, "odometer": 60_001}], "sold", "outside"),
        ([{**CLAIM, "opened_at": "2028-12-02T01:00:00Z"}], "sold", "outside"),
        ([{**CLAIM, "labour_hours": "2.7"}], "sold", "labour"),
        ([{**CLAIM, "part_returned": False}], "sold", "part"),
        ([CLAIM, {**LATER, "opened_at": "2026-06-30T01:00:00Z"}], "sold", "repeated"),
        ([{**CLAIM, "closed_at": "2026-07-02T01:00:00Z"}, {**LATER, "dealer_code": "D2"}], "sold", "elsewhere"),
    ],
)
def test_a_claim_on_the_maker_is_doubted_for_what_speaks_against_it(
    ask, claims: list, state: str, code: str | None
) -> None:
    car = ask.record("vehicle", state=state, covered_from="2025-12-01")
    children = {
        "repair": [
            {"state": "closed", "attributes": {"auto": each}, "occurred_at": None, "ends_at": None} for each in claims
        ]
    }
    reason = ask("warranty_abuse", record=car, children=children)
    assert (reason and reason.code) == (code and f"auto.claim_{code}")
