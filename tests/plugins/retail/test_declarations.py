"""What retail declares holds together: numbers sourced, clocks of the law, card numbers, both languages, ratios."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.conditions import ValueType, compile_predicate, parse
from core.context import Sight
from core.fields.fieldset import FieldSet
from core.fields.masks import mask_for
from core.plugin import Field, Wrong
from plugins.retail import numbers, plugin
from plugins.retail.numbers import coupon, digital_invoice, member_card, rfm_cell
from plugins.retail.records import BOUGHT, BROUGHT_BACK

HAN = re.compile(r"[\u4e00-\u9fff]")
FOLDER = Path(plugin.__file__).parent
STATE = Field(key="state", label={"zh-CN": "状态", "en": "State"}, kind="text")
GSRN = "690123450000000013"


def walk(view, *steps: str) -> list[str]:
    leads = {(step.source, step.key): step.target for step in view.workflow("retail.returns").transitions}
    walked = ["requested"]
    for step in steps:
        walked.append(leads[walked[-1], step])
    return walked


def test_the_table_of_contents_fits_a_screen() -> None:
    assert len(Path(plugin.__file__).read_text(encoding="utf-8").splitlines()) < 80


def test_goods_go_back_from_the_request_to_the_refund(view) -> None:
    walked = walk(view, "approve", "authorise", "send_back", "receive", "refund")
    assert walked == ["requested", "eligible", "rma", "in_transit", "inspected", "refunded"]


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (("reject", "accept_rejection"), "closed"),
        (("reject", "dispute", "refund"), "refunded"),
        (("reject", "dispute", "uphold"), "closed"),
        (("approve", "authorise", "send_back", "receive", "exchange"), "exchanged"),
        (("approve", "authorise", "send_back", "receive", "reject", "dispute", "exchange"), "exchanged"),
        (("withdraw",), "closed"),
    ],
)
def test_a_rejection_may_be_disputed_and_every_return_ends(view, steps: tuple[str, ...], end: str) -> None:
    assert walk(view, *steps)[-1] == end


def test_a_rejection_says_why_and_a_refund_how_much_and_both_change_the_order(view) -> None:
    flow = view.workflow("retail.returns")
    assert (flow.record_type, flow.record_required) == ("order", True)
    steps = flow.transitions
    assert {step.required for step in steps if step.key == "reject"} == {("rejection",)}
    assert {(step.required, step.effects) for step in steps if step.key == "refund"} == {
        (("refund",), ("set_record_state:returned",))
    }
    moves = view.record_types["retail.order"].moves
    assert {"returned", "exchanged"} <= set(moves["received"]), "so that the effect can be carried out"


def test_the_clocks_of_a_return_are_seven_seven_and_fifteen_days(view) -> None:
    timers = {timer.key: timer for timer in view.workflow("retail.returns").timers}
    rows = {row.key: row for row in view.parameters["retail"].rows}
    said = {
        key: (rows[timer.parameter].value, timer.start, timer.from_field, timer.unit) for key, timer in timers.items()
    }
    assert said == {
        "no_reason": (7, "requested", "received_on", "calendar_days"),
        "formalities": (15, "requested", None, "calendar_days"),
        "refund": (7, "inspected", "came_back_on", "calendar_days"),
        "refund_delay": (15, "inspected", "came_back_on", "calendar_days"),
    }
    assert [key for key, timer in timers.items() if timer.rolls] == ["no_reason"], "the favour is the consumer's"


@pytest.mark.parametrize(
    ("key", "document", "article", "words"),
    [
        ("no_reason_days", "消费者权益保护法", "第二十五条", "自收到商品之日起七日内退货，且无需说明理由"),
        ("refund_days", "消费者权益保护法", "第二十五条", "自收到退回商品之日起七日内返还消费者支付的商品价款"),
        ("delay_days", "侵害消费者权益行为处罚办法", "第九条", "超过十五日未向消费者返还已支付的商品价款"),
        (
            "acceptance_days",
            "市场监督管理投诉举报处理暂行办法",
            "第十四条",
            "自收到投诉之日起七个工作日内作出受理",
        ),
        ("mediation_days", "市场监督管理投诉举报处理暂行办法", "第二十一条", "自投诉受理之日起四十五个工作日内"),
        (
            "guardian_age",
            "个人信息保护法",
            "第三十一条",
            "应当取得未成年人的父母或者其他监护人的同意",
        ),
        ("fraud_times", "消费者权益保护法", "第五十五条", "的三倍；增加赔偿的金额不足五百元的，为五百元"),
        ("fraud_minimum", "消费者权益保护法", "第五十五条", "增加赔偿的金额不足五百元的，为五百元"),
    ],
)
def test_what_is_called_verified_stands_so_in_the_law(
    view, shared_data: Path, key: str, document: str, article: str, words: str
) -> None:
    row = next(row for row in view.parameters["retail"].rows if row.key == key)
    assert row.verified is True
    assert row.source_article.startswith(article)
    (path,) = (shared_data.parent / "law").glob(f"{document}*.md")
    text = path.read_text(encoding="utf-8")
    start = text.index(f"\n{article} ")
    assert words in text[start : start + 900]


def test_what_was_not_read_is_not_called_verified(view) -> None:
    rows = view.parameters["retail"].rows
    assert {row.key for row in rows if row.verified} == {
        "no_reason_days", "refund_days", "delay_days", "acceptance_days", "mediation_days", "guardian_age",
        "fraud_times", "fraud_minimum",
    }  # fmt: skip
    assert all("待核" in row.source_article for row in rows if row.jurisdiction == "CN" and not row.verified)


def test_a_shop_may_be_kinder_than_the_law_and_not_harder(view) -> None:
    rows = {row.key: row for row in view.parameters["retail"].rows}
    assert rows["no_reason_days"].minimum == 7
    assert (rows["refund_days"].maximum, rows["delay_days"].maximum) == (7, 15)
    assert (rows["prepaid_named_limit"].maximum, rows["prepaid_unnamed_limit"].maximum) == (5000, 1000)


@pytest.mark.parametrize("written", [GSRN, f"(8018){GSRN}", "6901 2345 0000 0000 13"])
def test_a_member_card_is_a_gs1_service_number(written: str) -> None:
    assert member_card(written) == GSRN


def test_a_shops_own_card_ends_as_luhn_says() -> None:
    assert member_card("7992 7398 713") == "79927398713"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("690123450000000014", "member_card.check_digit"),
        ("79927398714", "luhn.check_digit"),
        ("1234567", "member_card.format"),
        ("VIP00000001", "member_card.format"),
    ],
)
def test_a_card_with_a_slip_is_refused_with_what_is_wrong(written: str, code: str) -> None:
    with pytest.raises(Wrong) as wrong:
        member_card(written)
    assert wrong.value.code == code


def test_a_coupon_is_checked_and_a_digital_invoice_has_twenty_digits() -> None:
    assert coupon("(255)9501101020917 123") == "9501101020917123"
    assert digital_invoice("2412 2000 0000 1234 5678") == "24122000000012345678"
    for check, number, code in (
        (coupon, "9501101020918", "coupon.check_digit"), (coupon, "950110102091", "coupon.format"),
        (digital_invoice, "2412200000001234567", "invoice.format"),
    ):  # fmt: skip
        with pytest.raises(Wrong) as wrong:
            check(number)
        assert wrong.value.code == code


@pytest.mark.parametrize("cell", ["655", "55", "5555", "abc", "051"])
def test_an_rfm_cell_is_three_quintiles(cell: str) -> None:
    assert rfm_cell("545") == "545"
    with pytest.raises(Wrong):
        rfm_cell(cell)


def test_a_form_for_a_prepaid_card_tells_a_wrong_check_digit(view) -> None:
    form = FieldSet.of(view, target="record:retail.prepaid_card")
    _, errors = form.parse({"retail.card_no": "79927398710", "retail.kind": "named"})
    assert [(error.field, error.code) for error in errors] == [("retail.card_no", "luhn.check_digit")]


@pytest.mark.parametrize("kind", ["membership", "prepaid_card"])
def test_a_provider_sees_the_end_of_a_card_only(view, kind: str) -> None:
    field = view.field("retail.card_no", on=f"record:retail.{kind}")
    shown = mask_for(field.sensitivity, field.mask, name="retail.card_no", sight=Sight("provider"))(GSRN)
    assert shown.endswith("0013")
    assert "69012345" not in shown


def test_the_return_rate_is_orders_that_came_back_over_those_handed_over(view) -> None:
    kpi = view.kpis["retail.return_rate"]
    assert kpi.on == "record:order"
    types = {"state": ValueType(kind="text")}
    states = ["received"] * 8 + ["returned", "exchanged", "paid", "shipped", "cancelled"]
    orders = [{"state": state} for state in states]
    counts = [sum(map(compile_predicate(part, types=types), orders)) for part in (kpi.numerator, kpi.denominator)]
    assert counts == [2, 10]
    declared = {state.key for state in view.record_types["retail.order"].states}
    assert {*BOUGHT, *BROUGHT_BACK, *states} == declared


def test_refunds_in_time_counts_returns_whose_refund_was_due(view) -> None:
    kpi = view.kpis["retail.refund_in_time"]
    types = {"workflow": ValueType(kind="text"), "clock.refund": ValueType(kind="text")}
    cases = [
        {"workflow": "retail.returns", "clock.refund": "met"},
        {"workflow": "retail.returns", "clock.refund": "breached"},
        {"workflow": "retail.returns", "clock.refund": "running"},
        {"workflow": "retail.returns"},
        {"workflow": "telecom.complaint", "clock.refund": "met"},
    ]
    counts = [sum(map(compile_predicate(part, types=types), cases)) for part in (kpi.numerator, kpi.denominator)]
    assert counts == [1, 2]


def test_every_condition_over_customers_is_accepted_by_the_core(view) -> None:
    types = FieldSet.of(view, core={"state": STATE}).types()
    assert all(parse(segment.condition, types=types) for segment in view.segments.values())


def test_every_label_is_there_in_chinese_and_in_english(view) -> None:
    on = ("customer", "case", *(f"record:{key}" for key in view.record_types))
    labels = [field.label for each in on for field in view.fields(on=each).values()]
    labels += [choice.label for each in on for field in view.fields(on=each).values() for choice in field.choices]
    labels += [each.label for group in (view.rules(), view.kpis, view.panels, view.segments) for each in group.values()]
    labels += [row.label for row in view.parameters["retail"].rows]
    for flow in view.workflows.values():
        labels += [
            flow.label,
            *(each.label for group in (flow.states, flow.transitions, flow.timers) for each in group),
        ]
    assert all(HAN.search(each["zh-CN"]) for each in labels)
    assert not any(HAN.search(each["en"]) for each in labels)


def test_every_refusal_of_a_number_has_its_chinese_sentence() -> None:
    source = Path(numbers.__file__).read_text(encoding="utf-8")
    catalog = (FOLDER / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    translated = dict(re.findall(r'msgid "(.+)"\nmsgstr "(.+)"', catalog))
    said = set(re.findall(r'Wrong\(\s*"[a-z._]+",\s*"([^"]+)"', source))
    assert said
    assert all(HAN.search(translated[sentence]) for sentence in said)
