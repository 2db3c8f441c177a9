"""What telecom declares holds together: both languages, personal data masked, retention walkable, numbers sourced."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.conditions import compile_predicate, parse
from core.fields.fieldset import FieldSet
from plugins.telecom import numbers, plugin

HAN = re.compile(r"[\u4e00-\u9fff]")
FOLDER = Path(plugin.__file__).parent


def test_the_table_of_contents_fits_a_screen() -> None:
    assert len(Path(plugin.__file__).read_text(encoding="utf-8").splitlines()) < 80


def test_what_identifies_a_line_is_personal_and_masked(view) -> None:
    line = view.fields(on="record:telecom.line")
    assert {key: line[f"telecom.{key}"].mask for key in ("msisdn", "iccid", "imsi")} == {
        "msisdn": "phone",
        "iccid": "card",
        "imsi": "text",
    }
    assert all(line[f"telecom.{key}"].sensitivity == "personal" for key in ("msisdn", "iccid", "imsi"))


def test_a_line_is_in_one_of_the_operators_states(view) -> None:
    states = [state.key for state in view.record_types["telecom.line"].states]
    assert states == ["active", "suspended_credit", "suspended_lost", "ported_out", "terminated"]


def test_a_complaint_walks_from_its_receipt_to_the_regulators_mediation(view) -> None:
    steps = {(step.source, step.key): step.target for step in view.workflow("telecom.complaint").transitions}
    state, walked = "received", ["received"]
    for step in ("hand_over", "answer", "appeal", "take_in", "mediate", "close"):
        state = steps[state, step]
        walked.append(state)
    assert walked == [
        "received",
        "with_carrier",
        "answered",
        "appealed",
        "regulator_intake",
        "mediated",
        "closed",
    ]
    assert steps["answered", "accept"] == "accepted_by_user"
    assert steps["with_carrier", "appeal"] == "appealed", "who is not answered in time may appeal"


def test_what_the_regulator_does_no_provider_notes(view) -> None:
    sides = {step.key: set(step.sides) for step in view.workflow("telecom.complaint").transitions}
    assert {key for key, allowed in sides.items() if "provider" not in allowed} == {
        "take_in",
        "turn_away",
        "mediate",
        "close",
    }


def test_nothing_is_sold_to_a_customer_whose_complaint_is_open(view) -> None:
    assert view.workflow("telecom.complaint").blocks_marketing is True
    assert view.workflow("telecom.retention").blocks_marketing is False


def test_the_clocks_of_a_complaint_are_fifteen_days_five_working_days_and_thirty_days(view) -> None:
    timers = {timer.key: timer for timer in view.workflow("telecom.complaint").timers}
    rows = {row.key: row for row in view.parameters["telecom"].rows}
    lengths = {key: (rows[timer.parameter].value, timer.unit) for key, timer in timers.items()}
    assert lengths == {
        "carrier_answer": (15, "calendar_days"),
        "appeal_intake": (5, "working_days"),
        "appeal_outcome": (30, "calendar_days"),
    }
    assert {rows[timer.parameter].unit for timer in timers.values()} == {"calendar_days", "working_days"}
    assert all("电信用户申诉处理办法" in rows[timer.parameter].source_title for timer in timers.values())
    assert [level.percent for level in timers["carrier_answer"].escalations] == [66, 90, 100]


def test_retention_walks_from_a_score_to_its_end(view) -> None:
    flow = view.workflow("telecom.retention")
    steps = {(step.source, step.key): step.target for step in flow.transitions}
    state, walked = "scored", ["scored"]
    for step in ("offer", "accept", "confirm", "fulfil"):
        state = steps[state, step]
        walked.append(state)
    assert walked == ["scored", "offered", "accepted", "cooling", "fulfilled"]


def test_a_refusal_is_possible_until_fulfilment_says_why_and_ends_marketing(view) -> None:
    refusals = [step for step in view.workflow("telecom.retention").transitions if step.target == "refused"]
    assert {step.source for step in refusals} == {"scored", "offered", "accepted", "cooling"}
    assert all(step.required == ("refusal_reason",) for step in refusals)
    assert all("do_not_contact:marketing" in step.effects for step in refusals)


def test_no_offer_is_made_while_the_real_name_is_in_doubt(view, customer_fields: FieldSet) -> None:
    (offer,) = [step for step in view.workflow("telecom.retention").transitions if step.key == "offer"]
    assert offer.guard is not None
    open_to = compile_predicate(offer.guard, types=customer_fields.types())
    states = ("verified", "pending", "unverified", None, "suspect", "failed")
    assert [open_to({"telecom.real_name_status": state}) for state in states] == [True] * 4 + [False] * 2
    assert HAN.search(offer.guard_reason["zh-CN"])


def test_every_condition_is_accepted_by_the_core(view, customer_fields: FieldSet) -> None:
    conditions = [segment.condition for segment in view.segments.values()]
    conditions += [part for kpi in view.kpis.values() for part in (kpi.numerator, kpi.denominator)]
    assert all(parse(condition, types=customer_fields.types()) for condition in conditions)


def test_every_number_of_law_tells_its_source_and_what_was_not_read_again_is_not_called_verified(view) -> None:
    rows = {row.key: row for row in view.parameters["telecom"].rows}
    assert rows["bill_shock_multiple"].value == 5
    assert rows["bill_shock_multiple"].source_article.startswith("第三十三条第三款")
    assert rows["consent_proof_months"].value == 5
    assert {row.verified for row in rows.values() if "待核" in row.source_article} == {False}
    assert not any(row.verified for row in rows.values()), "none of these texts lies in the library of laws"


def test_every_chinese_label_is_chinese_or_a_name(view) -> None:
    labels = [
        field.label for on in ("customer", "case", "record:telecom.line") for field in view.fields(on=on).values()
    ]
    labels += [each.label for group in (view.rules(), view.kpis, view.panels, view.segments) for each in group.values()]
    assert all(HAN.search(label["zh-CN"]) for label in labels)
    assert not any(HAN.search(label["en"]) for label in labels)


def test_every_refusal_of_a_number_has_its_chinese_sentence() -> None:
    source = Path(numbers.__file__).read_text(encoding="utf-8")
    messages = set(re.findall(r'Wrong\("[a-z._]+", "([^"]+)"\)', source))
    catalog = (FOLDER / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    translated = dict(re.findall(r'msgid "(.+)"\nmsgstr "(.+)"', catalog))
    assert messages == set(translated)
    assert all(HAN.search(sentence) for sentence in translated.values())


@pytest.mark.parametrize("panel", ["subscription", "charges", "services", "risk"])
def test_a_panel_shows_fields_of_the_customer(view, panel: str) -> None:
    assert all(view.field(f"telecom.{key}") for key in view.panels[f"telecom.{panel}"].fields)
