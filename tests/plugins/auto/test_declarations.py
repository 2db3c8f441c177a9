"""What auto declares holds together: claims walkable to their end, every number that of its article."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.fields.fieldset import FieldSet
from plugins.auto import plugin
from plugins.auto.demo import DEMO
from tests.plugins.asking import article, walk

TODAY = date(2026, 11, 20)
REGULATION = "家用汽车产品修理更换退货责任规定"


def test_the_table_of_contents_fits_a_screen() -> None:
    assert len(Path(plugin.__file__).read_text(encoding="utf-8").splitlines()) <= 80


def test_a_claim_is_replied_to_agreed_and_completed_even_if_the_consumer_is_waited_for(view) -> None:
    walked = walk(view, "auto.sanbao", "claim", "reply", "agree", "wait", "go_on", "complete")
    assert walked == ["noticed", "received", "replied", "agreed", "waiting", "agreed", "completed"]


def test_a_refusal_gives_its_reason_and_a_second_person_agrees(view) -> None:
    refusals = [step for step in view.workflow("auto.sanbao").transitions if step.target == "rejected"]
    assert {step.source for step in refusals} == {"received", "replied"}
    assert all(step.approval and set(step.required) == {"rejection_reason", "reply"} for step in refusals)


def test_that_the_car_was_serviced_elsewhere_is_no_reason_to_choose(view, law: Path) -> None:
    assert "经营者不得限制消费者自主选择对家用汽车产品维护、保养的企业" in article(law, REGULATION, "三十二")
    reasons = view.field("auto.rejection_reason", on="case").choices
    assert [each.key for each in reasons] == [
        "conditions_not_met", "told_defect", "misuse", "modified", "owner_handling", "force_majeure",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "number", "says"),
    [
        ("warranty_years", "十八", "包修期不得低于3年"),
        ("warranty_km", "十八", "行驶里程60,000公里"),
        ("sanbao_years", "十八", "三包有效期不得低于2年"),
        ("sanbao_km", "十八", "行驶里程50,000公里"),
        ("early_days", "二十三", "起算之日起60日内"),
        ("early_km", "二十三", "行驶里程3000公里之内"),
        ("first_days", "二十二", "起算之日起7日内"),
        ("loaner_days", "二十一", "单次修理时间超过5日"),
        ("safety_repairs", "二十四", "因严重安全性能故障累计进行2次修理"),
        ("replacements", "二十四", "因其质量问题累计更换2次"),
        ("repair_days", "二十四", "累计修理时间超过30日"),
        ("same_problem_repairs", "二十四", "同一质量问题累计修理超过4次"),
        ("use_factor_max", "二十七", "使用补偿系数n不得高于0.5%"),
        ("reply_working_days", "二十八", "收到相关要求之日起10个工作日内"),
        ("completion_working_days", "二十八", "要求之日起20个工作日内"),
    ],
)
def test_each_number_is_that_of_its_article(view, law: Path, key: str, number: str, says: str) -> None:
    row = view.parameter(f"auto.{key}", jurisdiction="CN", on=TODAY)
    text = article(law, REGULATION, number)
    assert says in text
    assert str(row.value) in says.replace(",", "")
    assert f"第{number}条" in row.source_article
    assert row.verified


def test_what_no_article_says_is_not_called_verified(view) -> None:
    rows = view.parameters["auto"].rows
    assert all("Kehub" in row.source_title for row in rows if not row.verified)
    assert all(row.source_title.startswith(REGULATION) for row in rows if row.verified)
    assert {"first_response_hours", "ownership_days", "warn_repair_days"} <= {
        row.key for row in rows if not row.verified
    }


def test_the_clocks_of_a_claim_count_working_days_from_the_claim_and_stand_still_for_the_consumer(view) -> None:
    reply, completion = view.workflow("auto.sanbao").timers
    assert (reply.unit, reply.start, reply.calendar) == ("working_days", "received", "CN")
    assert (completion.unit, completion.start, completion.pauses) == ("working_days", "received", ("waiting",))


def test_both_warranties_end_by_date_or_distance_from_the_day_that_counts(view) -> None:
    timers = view.record_types["auto.vehicle"].timers
    assert {(each.parameter, each.counter_parameter, each.unit) for each in timers} == {
        ("warranty_years", "warranty_km", "years"), ("sanbao_years", "sanbao_km", "years"),
    }  # fmt: skip
    assert {(each.from_field, each.counter, each.start) for each in timers} == {("covered_from", "odometer", "sold")}


def test_a_vehicle_is_known_by_numbers_that_are_checked_and_masked(view) -> None:
    fields = FieldSet.of(view, target="record:auto.vehicle")
    pack = {"auto.model": "E6", "auto.vin": "LFMGJE720DS070251"}
    values, errors = fields.parse({**pack, "auto.battery_pack_code": "04qpe1a2b3c4d5e6f7g8h9j0"})
    assert (values["auto.battery_pack_code"], errors) == ("04QPE1A2B3C4D5E6F7G8H9J0", [])
    for code, wrong in (("04QPE", "length"), ("04QPE1A2B3C4D5E6F7G8H9I0", "characters")):
        _, errors = fields.parse({**pack, "auto.battery_pack_code": code})
        assert [error.code for error in errors] == [f"battery_pack.{wrong}"]
    values, errors = fields.parse({"auto.model": "A5", "auto.vin": "lfmgje720ds070251", "auto.plate": "京A·D12345"})
    assert (values["auto.vin"], values["auto.plate"], errors) == ("LFMGJE720DS070251", "京AD12345", [])
    _, errors = fields.parse({"auto.model": "A5", "auto.vin": "LFMGJE721DS070251", "auto.plate": "京A1234"})
    assert [(error.field, error.code) for error in errors] == [
        ("auto.vin", "vin.check_digit"), ("auto.plate", "plate.length"),
    ]  # fmt: skip
    assert {key: fields.fields[f"auto.{key}"].mask for key in ("vin", "plate", "engine_no")} == {
        "vin": "vin", "plate": "plate", "engine_no": "text",
    }  # fmt: skip


def test_the_demonstration_has_cars_with_true_numbers_and_some_that_both_rules_find(view, ask) -> None:
    from random import Random

    random = Random(20261122)
    owners = [(index, DEMO.customer(random, index)) for index in range(1500)]
    made = [each for index, one in owners for each in DEMO.records(random, index, one)]
    cars = [each for each in made if each["type"] == "vehicle"]
    assert {each["type"] for each in made} == {"vehicle", "test_drive", "order"}
    assert {child["type"] for car in cars for child in car["children"]} == {"repair", "service_visit", "recall"}
    fields = FieldSet.of(view, target="record:auto.vehicle")
    for car in cars[:200]:
        values, errors = fields.parse({f"auto.{key}": car["attributes"][key] for key in ("vin", "plate", "model")})
        assert errors == []
        assert values["auto.vin"] == car["identifiers"]["vin"]
    for scheme in ("vin", "plate", "engine_no"):
        assert len({car["identifiers"][scheme] for car in cars}) == len(cars)
    turned = [car for car in cars if ask("odometer", record=ask.record("vehicle"), readings=series(car))]
    assert 0 < len(turned) < 0.06 * len(cars)


def series(car: dict) -> dict:
    found = [{"value": value, "read_at": at, "status": "original"} for at, value in car["readings"]["odometer"]]
    return {"odometer": found[::-1][:20]}
