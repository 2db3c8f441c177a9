"""What banking declares holds together: numbers sourced, clocks of the law, masks, both languages, ratios that are right."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from core.conditions import ValueType, compile_predicate, parse
from core.context import Sight
from core.fields.fieldset import FieldSet
from core.fields.masks import mask_for
from core.plugin import Field, Wrong
from plugins.banking import accounts, plugin
from plugins.banking.accounts import account_number

HAN = re.compile(r"[\u4e00-\u9fff]")
FOLDER = Path(plugin.__file__).parent
STATE = Field(key="state", label={"zh-CN": "状态", "en": "State"}, kind="text")


def walk(view, workflow: str, *steps: str) -> list[str]:
    flow = view.workflow(workflow)
    state = next(each.key for each in flow.states if each.kind == "initial")
    leads = {(step.source, step.key): step.target for step in flow.transitions}
    walked = [state]
    for step in steps:
        walked.append(leads[walked[-1], step])
    return walked


def test_the_table_of_contents_fits_a_screen() -> None:
    assert len(Path(plugin.__file__).read_text(encoding="utf-8").splitlines()) < 80


def test_a_complaint_is_decided_at_once_or_after_one_or_two_extensions(view) -> None:
    assert walk(view, "banking.complaint", "accept", "decide", "close") == [
        "received",
        "handling",
        "decided",
        "closed",
    ]
    long = walk(view, "banking.complaint", "accept", "extend", "extend_again", "decide")
    assert long == ["received", "handling", "extended", "extended_again", "decided"]


def test_the_second_extension_needs_a_second_person_and_the_first_does_not(view) -> None:
    approval = {step.key: step.approval for step in view.workflow("banking.complaint").transitions}
    assert (approval["extend"], approval["extend_again"]) == (False, True)


def test_whoever_decides_a_complaint_has_no_part_in_the_matter(view) -> None:
    guards = [step.guard for step in view.workflow("banking.complaint").transitions if step.key == "decide"]
    assert len(guards) == 3
    types = {"banking.independent_handler": ValueType(kind="boolean")}
    for guard in guards:
        lets = compile_predicate(guard, types=types)
        answers = [lets({"banking.independent_handler": each}) for each in (True, False, None)]
        assert answers == [True, False, False]


def test_a_complaint_has_15_30_and_60_days_from_its_receipt(view) -> None:
    timers = {timer.key: timer for timer in view.workflow("banking.complaint").timers}
    rows = {row.key: row for row in view.parameters["banking"].rows}
    statutory = ("decision", "extended_decision", "special_decision")
    assert [rows[timers[key].parameter].value for key in statutory] == [15, 30, 60]
    for key in statutory:
        timer = timers[key]
        assert (timer.unit, timer.from_field, timer.calendar) == ("calendar_days", "received_on", "CN")
        assert "银行业保险业消费投诉处理管理办法" in rows[timer.parameter].source_title
        assert {"decided", "withdrawn"} <= set(timer.stops)
        assert rows[timer.parameter].maximum == rows[timer.parameter].value, "a bank may be quicker, not slower"


def test_a_complaint_keeps_selling_away_and_a_sale_does_not(view) -> None:
    assert view.workflow("banking.complaint").blocks_marketing is True
    assert view.workflow("banking.product_sale").blocks_marketing is False


def test_a_sale_is_disclosed_matched_recorded_and_signed(view) -> None:
    assert walk(view, "banking.product_sale", "disclose", "match", "sign")[-1] == "signed"
    needs = {step.key: step.required for step in view.workflow("banking.product_sale").transitions}
    assert needs["disclose"] == ("product", "product_risk")
    assert needs["sign"] == ("recording",)


def test_an_assessment_is_good_for_a_year_from_the_day_it_was_made(view) -> None:
    (timer,) = view.record_types["banking.suitability_assessment"].timers
    length = view.parameter("banking.suitability_valid_months", jurisdiction="CN", on=date(2026, 11, 22))
    assert (length.value, timer.unit, timer.from_field) == (12, "months", "occurred_at")
    assert length.effective_from == date(2026, 2, 1), "the order is in force from that day"


def test_calls_that_sell_are_made_from_nine_to_nine(view) -> None:
    rows = {row.key: row for row in view.parameters["banking"].rows}
    start, end = rows["marketing_window_start"], rows["marketing_window_end"]
    assert (start.value, start.minimum) == ("09:00", "09:00"), "later, but not earlier"
    assert (end.value, end.maximum) == ("21:00", "21:00"), "earlier, but not later"


def test_no_number_is_called_verified_whose_text_is_not_in_the_library_of_laws(view) -> None:
    rows = view.parameters["banking"].rows
    assert not any(row.verified for row in rows)
    statutory = [row for row in rows if row.jurisdiction == "CN"]
    assert len(statutory) == 10
    assert all("待核" in row.source_article for row in statutory)


@pytest.mark.parametrize("key", ["account_no", "iban"])
def test_a_provider_sees_the_end_of_an_account_number_only(view, key: str) -> None:
    field = view.field(f"banking.{key}", on="record:banking.account")
    shown = mask_for(field.sensitivity, field.mask, name=f"banking.{key}", sight=Sight("provider"))("3124000000000100")
    assert shown.endswith("0100")
    assert "31240000" not in shown


@pytest.mark.parametrize("key", ["aml_risk", "politically_exposed"])
def test_who_is_watched_for_money_laundering_is_not_told_to_a_provider(view, key: str) -> None:
    field = view.field(f"banking.{key}", on="customer")
    assert mask_for(field.sensitivity, field.mask, name=f"banking.{key}", sight=Sight("provider"))("high") == "****"


def test_an_account_number_is_kept_without_spaces() -> None:
    assert account_number("3124 0000 0000 0100") == "3124000000000100"


@pytest.mark.parametrize(
    ("written", "code"),
    [("1234567", "account.format"), ("账号1234567", "account.format"), ("6222 0212 3456 7890 128", "account.card")],
    ids=["too short", "other marks", "a card that passes Luhn"],
)
def test_what_is_no_account_number_is_refused(written: str, code: str) -> None:
    with pytest.raises(Wrong) as wrong:
        account_number(written)
    assert wrong.value.code == code


def test_a_form_for_an_account_tells_which_check_of_an_iban_fails(view) -> None:
    form = FieldSet.of(view, target="record:banking.account")
    given = {"banking.account_no": "31240000000100", "banking.iban": "DE89 3704 0044 0532 0130 01"}
    _, errors = form.parse(given)
    assert [(error.field, error.code) for error in errors] == [("banking.iban", "iban.check_digit")]


def test_due_diligence_overdue_counts_active_customers_whose_state_is_known(view) -> None:
    kpi = view.kpis["banking.kyc_overdue"]
    types = FieldSet.of(view, core={"state": STATE}).types()
    customers = [
        {"state": "active", "banking.kyc_state": "overdue"},
        *[{"state": "active", "banking.kyc_state": "verified"}] * 3,
        {"state": "active"},
        {"state": "archived", "banking.kyc_state": "overdue"},
    ]
    counts = [sum(map(compile_predicate(part, types=types), customers)) for part in (kpi.numerator, kpi.denominator)]
    assert counts == [1, 4]


def test_complaints_in_time_counts_those_whose_fifteen_days_have_ended(view) -> None:
    kpi = view.kpis["banking.complaints_in_time"]
    assert kpi.on == "case"
    types = {"workflow": ValueType(kind="text"), "clock.decision": ValueType(kind="text")}
    cases = [
        *[{"workflow": "banking.complaint", "clock.decision": "met"}] * 3,
        {"workflow": "banking.complaint", "clock.decision": "breached"},
        {"workflow": "banking.complaint", "clock.decision": "running"},
        {"workflow": "banking.complaint"},
        {"workflow": "banking.product_sale"},
    ]
    counts = [sum(map(compile_predicate(part, types=types), cases)) for part in (kpi.numerator, kpi.denominator)]
    assert counts == [3, 4]


def test_every_condition_over_customers_is_accepted_by_the_core(view) -> None:
    types = FieldSet.of(view, core={"state": STATE}).types()
    assert all(parse(segment.condition, types=types) for segment in view.segments.values())


def test_every_label_is_there_in_chinese_and_in_english(view) -> None:
    on = ("customer", "case", "record:banking.account", "record:banking.suitability_assessment")
    labels = [field.label for each in on for field in view.fields(on=each).values()]
    labels += [each.label for group in (view.rules(), view.kpis, view.panels, view.segments) for each in group.values()]
    labels += [row.label for row in view.parameters["banking"].rows]
    for flow in view.workflows.values():
        labels += [
            flow.label,
            *(each.label for group in (flow.states, flow.transitions, flow.timers) for each in group),
        ]
    named = [each for each in labels if each["zh-CN"] != each["en"]]
    assert all(HAN.search(each["zh-CN"]) for each in named)
    assert not any(HAN.search(each["en"]) for each in labels)


def test_every_refusal_of_a_number_has_its_chinese_sentence() -> None:
    source = Path(accounts.__file__).read_text(encoding="utf-8")
    catalog = (FOLDER / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    translated = dict(re.findall(r'msgid "(.+)"\nmsgstr "(.+)"', catalog))
    assert set(re.findall(r'Wrong\("[a-z._]+", "([^"]+)"\)', source)) == set(translated)
    assert all(HAN.search(sentence) for sentence in translated.values())
