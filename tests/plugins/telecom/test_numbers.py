"""A line's numbers are numbers that can exist, in one form; service numbers belong to nobody."""

from __future__ import annotations

import pytest

from core.fields.fieldset import FieldSet
from core.plugin import Wrong
from plugins.telecom import numbers


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("+86 199-0000-0001", "+8619900000001"),
        ("010-12345678", "+861012345678"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_a_subscribers_number_is_kept_as_e164(written: str, kept: str) -> None:
    assert numbers.msisdn(written) == kept


@pytest.mark.parametrize("written", ["10086", "10010", "95588", "400-800-1234", "+86 400 800 1234", "800 810 1234"])
def test_a_service_number_is_nobodys(written: str) -> None:
    with pytest.raises(Wrong) as wrong:
        numbers.msisdn(written)
    assert wrong.value.code == "msisdn.service"


@pytest.mark.parametrize(("written", "code"), [("abc", "msisdn.format"), ("1380013800", "msisdn.unassigned")])
def test_what_is_no_number_is_refused(written: str, code: str) -> None:
    with pytest.raises(Wrong) as wrong:
        numbers.msisdn(written)
    assert wrong.value.code == code


def test_a_form_for_a_line_keeps_the_canonical_numbers_and_tells_the_wrong_one(view) -> None:
    line = FieldSet.of(view, target="record:telecom.line")
    values, errors = line.parse({"telecom.msisdn": "138 0013 8000", "telecom.iccid": "8986001234567890121"})
    assert values["telecom.msisdn"] == "+8613800138000"
    assert [(error.field, error.code) for error in errors] == [("telecom.iccid", "iccid.check_digit")]
