"""What a vehicle's repairs entitle its consumer to, article by article, at the boundary of each number."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from plugins.auto.sanbao import LAW_ZONE, Ground, Near, Repair, Vehicle, evaluate_sanbao

BEGUN = date(2025, 3, 1)
RETURN, ASSEMBLY, LOANER = "replace_or_refund", "replace_assembly", "loaner"


def on(day: int, hour: float = 9) -> datetime:
    """So many days after the warranty began."""
    return datetime(2025, 3, 1, tzinfo=LAW_ZONE) + timedelta(days=day, hours=hour)


def repair(day: int, *, hours: float = 5, **values) -> Repair:
    return Repair(opened_at=on(day), closed_at=on(day) + timedelta(hours=hours), **values)


@pytest.fixture(scope="module")
def assess(ask):
    def found(*repairs: Repair, now: datetime | None = None, odometer: int | None = 9000, **vehicle):
        car = Vehicle(covered_from=vehicle.pop("covered_from", BEGUN), odometer=odometer, **vehicle)
        return evaluate_sanbao(car, repairs, now or on(400), ask.numbers)

    return found


def grounds(assessment) -> set[tuple[str, str]]:
    return {(each.article, each.remedy) for each in assessment.grounds}


@pytest.mark.parametrize(
    ("day", "odometer", "warranty", "sanbao"),
    [
        (date(2027, 3, 1), 50_000, True, True),
        (date(2027, 3, 2), 50_000, True, False),
        (date(2026, 1, 1), 50_001, True, False),
        (date(2028, 3, 1), 60_000, True, False),
        (date(2028, 3, 2), 100, False, False),
        (date(2026, 1, 1), 60_001, False, False),
    ],
)
def test_article_18_date_or_distance_whichever_is_first(assess, day, odometer, warranty, sanbao) -> None:
    now = datetime(day.year, day.month, day.day, 23, 59, tzinfo=LAW_ZONE)
    found = assess(now=now, odometer=odometer)
    assert (found.under_warranty, found.in_sanbao) == (warranty, sanbao)


def test_article_18_what_the_maker_promises_beyond_the_law_holds(assess) -> None:
    now = datetime(2030, 2, 28, tzinfo=LAW_ZONE)
    assert assess(now=now, odometer=90_000, warranty_years=5, warranty_km=100_000).under_warranty
    assert not assess(now=now, odometer=90_000, warranty_years=1, warranty_km=1).under_warranty


def test_article_18_a_warranty_that_begins_on_a_leap_day_ends_with_february(assess) -> None:
    ends = datetime(2026, 2, 28, 23, 59, tzinfo=LAW_ZONE)
    assert assess(covered_from=date(2024, 2, 29), now=ends).in_sanbao
    assert not assess(covered_from=date(2024, 2, 29), now=ends + timedelta(minutes=1)).in_sanbao


def test_without_a_day_from_which_it_counts_nothing_is_claimed(assess) -> None:
    found = assess(repair(1, category="engine", part="piston"), covered_from=None)
    assert (found.under_warranty, found.in_sanbao, list(found.grounds)) == (False, False, [])


@pytest.mark.parametrize(
    ("day", "odometer", "part", "due"),
    [(60, 3000, "曲轴", True), (61, 3000, "曲轴", False), (60, 3001, "曲轴", False), (60, 3000, "", False)],
)
def test_article_20_an_early_fault_of_a_main_part_gets_a_new_assembly(assess, day, odometer, part, due) -> None:
    found = assess(repair(day, category="engine", part=part, odometer=odometer))
    assert grounds(found) == ({("20", ASSEMBLY)} if due else set())


@pytest.mark.parametrize("category", ["transmission", "battery", "motor", "engine"])
def test_article_20_names_four_assemblies(assess, category) -> None:
    assert ("20", ASSEMBLY) in grounds(assess(repair(10, category=category, part="x", odometer=100)))
    assert grounds(assess(repair(10, category="brakes", part="x", odometer=100))) == set()


@pytest.mark.parametrize(("hours", "due"), [(120, False), (120.1, True)])
def test_article_21_a_repair_of_more_than_five_days_gets_a_loaner(assess, hours, due) -> None:
    found = assess(repair(100, hours=hours, excluded_hours=100))
    assert grounds(found) == ({("21", LOANER)} if due else set())


def test_article_21_a_repair_that_is_not_finished_lasts_until_now(assess) -> None:
    going_on = Repair(opened_at=on(100))
    assert grounds(assess(going_on, now=on(105))) == set()
    assert grounds(assess(going_on, now=on(105, 9.1))) == {("21", LOANER)}


def test_article_21_holds_as_long_as_the_warranty_and_not_after(assess) -> None:
    assert grounds(assess(repair(1096, hours=200), now=on(1200))) == {("21", LOANER)}
    assert grounds(assess(repair(1097, hours=200), now=on(1200))) == set()


@pytest.mark.parametrize(("day", "due"), [(7, True), (8, False)])
@pytest.mark.parametrize("replaced", ["assembly_replaced", "part_replaced"])
def test_article_22_in_the_first_week_a_replaced_assembly_or_part_is_a_new_car(assess, day, due, replaced) -> None:
    found = assess(repair(day, category="transmission", odometer=9999, **{replaced: True}))
    assert (("22", RETURN) in grounds(found)) is due


@pytest.mark.parametrize(
    ("day", "odometer", "due"), [(60, 3000, True), (61, 100, False), (5, 3001, False), (60, None, True)]
)
@pytest.mark.parametrize("incident", ["steering_failure", "brake_failure", "body_crack", "fuel_leak", "battery_fire"])
def test_article_23_early_danger_is_a_new_car(assess, incident, day, odometer, due) -> None:
    found = assess(repair(day, incident=incident, odometer=odometer))
    assert (("23", RETURN) in grounds(found)) is due


@pytest.mark.parametrize(
    ("outcomes", "due", "near"),
    [
        ([True], False, True),
        ([True, True], False, True),
        ([True, False], True, False),
        ([True, True, None], True, False),
        ([False], False, True),
    ],
    ids=["first", "two that helped", "the second did not help", "a new one after two", "the first did not help"],
)
def test_article_24_one_two_repairs_of_serious_safety_faults(assess, outcomes, due, near) -> None:
    found = assess(*(repair(100 + 20 * n, safety=True, resolved=each) for n, each in enumerate(outcomes)))
    assert (("24(1)(一)", RETURN) in grounds(found)) is due
    assert ([each.article for each in found.near] == ["24(1)(一)"]) is near


def test_article_24_two_an_assembly_replaced_twice_that_still_does_not_work(assess) -> None:
    twice = [repair(day, category="motor", assembly_replaced=True, resolved=True) for day in (100, 200)]
    assert grounds(assess(*twice)) == set()
    assert grounds(assess(*twice, repair(300, category="motor"))) == {("24(1)(二)", RETURN)}
    other = repair(200, category="engine", assembly_replaced=True, resolved=False)
    assert grounds(assess(twice[0], other)) == set()


def test_article_24_three_the_same_main_part_replaced_twice(assess) -> None:
    def part(day: int, name: str = "转向机", **values):
        return repair(day, category="steering", part=name, part_replaced=True, **values)

    assert grounds(assess(part(100, resolved=True), part(200, resolved=False))) == {("24(1)(三)", RETURN)}
    assert grounds(assess(part(100), part(200, "拉杆", resolved=False))) == set()


def test_article_24_replacements_of_an_assembly_and_of_its_part_are_not_counted_twice(assess) -> None:
    both = {"category": "engine", "part": "曲轴", "part_replaced": True, "assembly_replaced": True}
    found = assess(repair(100, **both), repair(200, **both, resolved=False))
    assert grounds(found) == {("24(1)(二)", RETURN)}


@pytest.mark.parametrize(
    ("days", "due", "near"),
    [(24, False, False), (25, False, True), (30, False, True), (31, True, False)],
)
def test_article_24_four_more_than_thirty_days_of_repair(assess, days, due, near) -> None:
    found = assess(*(repair(100 + 10 * n, hours=24) for n in range(days)), now=on(720))
    assert found.repair_days == days
    assert (("24(1)(四)", RETURN) in grounds(found)) is due
    assert (found.near == (Near(article="24(1)(四)", count=days, limit=30),)) is near


@pytest.mark.parametrize(("times", "due", "near"), [(3, False, False), (4, False, True), (5, True, False)])
def test_article_24_four_more_than_four_repairs_of_the_same_problem(assess, times, due, near) -> None:
    found = assess(*(repair(100 + 10 * n, problem="漏油") for n in range(times)), repair(300, problem="异响"))
    assert (("24(1)(四)", RETURN) in grounds(found)) is due
    assert (found.near == (Near(article="24(1)(四)", count=4, limit=4),)) is near


@pytest.mark.parametrize(("hours", "days"), [(0.5, 1), (24, 1), (24.1, 2), (47.9, 2), (48, 2), (48.5, 3)])
def test_article_40_a_day_that_has_begun_counts_as_one_for_each_repair(assess, hours, days) -> None:
    assert assess(repair(100, hours=hours)).repair_days == days
    assert assess(repair(100, hours=hours), repair(200, hours=hours)).repair_days == 2 * days


def test_article_24_transport_of_custom_parts_and_rescue_journeys_are_not_counted(assess) -> None:
    assert assess(repair(100, hours=24 * 40, excluded_hours=24 * 12)).repair_days == 28
    assert assess(repair(100, hours=5, excluded_hours=9)).repair_days == 0


def test_article_24_counts_only_quality_problems_within_the_period_and_its_distance(assess) -> None:
    numbers = count(100, 10)
    many = [repair(next(numbers), problem="漏油", odometer=20_000) for _ in range(4)]
    assert grounds(assess(*many, repair(300, problem="漏油", quality=False))) == set()
    assert grounds(assess(*many, repair(731, problem="漏油"), now=on(800))) == set()
    assert grounds(assess(*many, repair(300, problem="漏油", odometer=50_001))) == set()
    assert grounds(assess(*many, repair(730, problem="漏油"), now=on(800))) == {("24(1)(四)", RETURN)}


@pytest.mark.parametrize(
    ("factor", "odometer", "kept"),
    [
        (None, 12_345, 1_233_265_50),
        (Decimal("0.5"), 12_345, 1_233_265_50),
        (Decimal("0.8"), 12_345, 1_233_265_50),
        (Decimal("0.3"), 12_345, 739_959_30),
        (Decimal("0.5"), None, None),
    ],
)
def test_article_27_the_compensation_is_price_by_distance_by_a_factor_of_at_most_half_a_percent(
    assess, factor, odometer, kept
) -> None:
    lemon = [repair(100 + 10 * n, problem="漏油") for n in range(5)]
    found = assess(*lemon, price_minor=19_980_000_00, use_factor=factor, odometer=odometer)
    assert found.may_return
    assert found.compensation_minor == kept


def test_article_27_nothing_is_kept_where_the_car_goes_back_for_an_early_fault(assess) -> None:
    found = assess(repair(3, category="engine", assembly_replaced=True), price_minor=10_000_000)
    assert found.grounds == (Ground(article="22", remedy=RETURN),)
    assert found.compensation_minor is None


def test_the_order_in_which_repairs_are_told_changes_nothing(assess) -> None:
    told = [repair(100, safety=True, resolved=True), repair(200, safety=True, resolved=False), repair(150, hours=400)]
    assert assess(*told) == assess(*told[::-1])
