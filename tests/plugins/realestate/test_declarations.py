"""What realestate declares holds together: sales walkable to their end, numbers of law as the law has them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from core.conditions import parse
from core.conditions.values import ValueType
from core.fields.fieldset import FieldSet
from plugins.realestate import holds, plugin
from tests.plugins.asking import article, walk

FOLDER = Path(plugin.__file__).parent
TODAY = date(2026, 11, 20)
TEXT = ValueType(kind="text")


def test_the_table_of_contents_fits_a_screen() -> None:
    assert len(Path(plugin.__file__).read_text(encoding="utf-8").splitlines()) <= 80


def test_a_sale_goes_from_subscription_over_contract_and_filing_to_delivery(view) -> None:
    straight = ["subscribed", "signed", "filed", "delivered"]
    assert walk(view, "realestate.sale", "sign", "file", "deliver") == straight
    borrowed = ["subscribed", "signed", "filed", "mortgage", "delivered"]
    assert walk(view, "realestate.sale", "sign", "file", "apply_mortgage", "deliver") == borrowed


def test_a_developer_who_sells_without_mortgages_may_switch_that_step_off(view) -> None:
    optional = [step.key for step in view.workflow("realestate.sale").transitions if step.optional]
    assert optional == ["apply_mortgage"]


def test_a_sale_can_be_cancelled_until_delivery_and_after_the_contract_a_second_person_agrees(view) -> None:
    steps = {step.source: step for step in view.workflow("realestate.sale").transitions if step.key == "cancel"}
    assert {source: step.approval for source, step in steps.items()} == {
        "subscribed": False, "signed": True, "filed": True, "mortgage": True,
    }  # fmt: skip
    assert all(step.required == ("cancel_reason",) for step in steps.values())


def test_the_unit_follows_every_step_that_its_type_allows(view) -> None:
    flow, unit = view.workflow("realestate.sale"), view.record_types["realestate.unit"]
    of_state = {"mortgage": "filed"}
    for step in flow.transitions:
        for effect in step.effects:
            assert effect.partition(":")[2] in unit.moves[of_state.get(step.source, step.source)]


def test_a_contract_is_filed_in_the_days_of_article_26(view, law: Path) -> None:
    (timer,) = [each for each in view.workflow("realestate.sale").timers if each.key == "filing"]
    row = view.parameter(f"realestate.{timer.parameter}", jurisdiction="CN", on=TODAY)
    text = article(law, "城市房地产开发经营管理条例", "二十六")
    assert f"自商品房预售合同签订之日起{row.value}日内" in text
    assert (timer.start, timer.unit, row.unit, row.maximum) == ("signed", "calendar_days", "calendar_days", row.value)


def test_a_deposit_is_capped_as_article_586_caps_it(view, law: Path) -> None:
    row = view.parameter("realestate.deposit_max_percent", jurisdiction="CN", on=TODAY)
    assert row.value == 20
    assert "不得超过主合同标的额的百分之二十" in article(law, "合同编", "五百八十六")


def test_what_no_article_says_is_not_called_verified(view) -> None:
    rows = {row.key: row.verified for row in view.parameters["realestate"].rows}
    assert rows == {
        "filing_days": True, "deposit_max_percent": True, "permit_penalty_percent": True, "signing_days": False,
    }  # fmt: skip


def test_every_condition_of_a_ratio_is_accepted_by_the_core(view) -> None:
    for key, target in (("sell_through", "record:realestate.unit"), ("signing_rate", "case")):
        kpi = view.kpis[f"realestate.{key}"]
        types = {**FieldSet.of(view, target=target).types(), "state": TEXT, "workflow": TEXT}
        assert parse(kpi.numerator, types=types)
        assert parse(kpi.denominator, types=types)


def test_the_refusal_of_a_taken_unit_has_its_chinese_sentence() -> None:
    catalog = (FOLDER / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    assert f'msgid "{holds.UnitTaken.default}"\nmsgstr "房源 %(unit)s' in catalog
