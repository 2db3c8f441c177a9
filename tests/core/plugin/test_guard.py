"""A vertical's function that breaks yields a value that says so; the page, the gate and the job go on."""

from __future__ import annotations

import logging

import pytest

from core.plugin import Field, Reason, Rule, Wrong, guard

LABEL = {"zh-CN": "号码", "en": "Number"}


def field(validator) -> Field:
    return Field(key="number", label=LABEL, kind="text", validator=validator)


def rule(decide) -> Rule:
    return Rule(key="calm", label=LABEL, action="outbound_contact", citation="1", decide=decide)


def test_a_value_takes_its_canonical_form() -> None:
    assert guard.validate(field(str.strip), " 1 ", declared="x.number").value == "1"


def test_a_validator_may_only_look() -> None:
    assert guard.validate(field(lambda value: None), "1", declared="x.number").value == "1"


def test_no_value_is_not_validated() -> None:
    assert guard.validate(field(str.strip), None, declared="x.number").ok


def test_a_wrong_value_is_refused_with_words_for_the_user() -> None:
    def refuse(value: str) -> None:
        raise Wrong("number.short", "At least %(least)s digits.", least=5)

    refused = guard.validate(field(refuse), "1", declared="x.number").refused
    assert refused is not None
    assert (refused.code, refused.message % refused.params) == ("number.short", "At least 5 digits.")


def test_a_validator_that_breaks_is_a_failure_and_not_a_refusal() -> None:
    outcome = guard.validate(field(lambda value: int(value)), "13800138000x", declared="x.number")
    assert not outcome.ok
    assert outcome.refused is None
    assert outcome.failure == guard.Failure(declared="x.number", error="ValueError")
    assert outcome.failure.vertical == "x"


def test_a_failure_keeps_the_customers_data_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    guard.validate(field(lambda value: int(value)), "13800138000x", declared="x.number")
    assert "x.number failed with ValueError" in caplog.text
    assert "13800138000" not in caplog.text


def test_a_rule_says_its_reason_or_that_it_does_not_apply() -> None:
    reason = Reason(code="x.calm", text=LABEL, verdict="warn")
    assert guard.decide(rule(lambda subject, parameters: reason), {}, parameters={}, declared="x.calm").value is reason
    silent = guard.decide(rule(lambda subject, parameters: None), {}, parameters={}, declared="x.calm")
    assert silent.ok
    assert silent.value is None


@pytest.mark.parametrize(
    ("decide", "error"),
    [
        (lambda subject, parameters: subject["absent"], "KeyError"),
        (lambda subject, parameters: True, "returned bool, not Reason"),
        (lambda subject: None, "TypeError"),
    ],
)
def test_a_rule_that_breaks_or_says_nothing_usable_has_failed(decide, error: str) -> None:
    outcome = guard.decide(rule(decide), {}, parameters={}, declared="x.calm")
    assert not outcome.ok
    assert outcome.failure == guard.Failure(declared="x.calm", error=error)
