"""The trade's own numbers: published ones pass, and of a wrong one is said which check failed and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plugin import Wrong, standards


def refusal(validator: Callable[[str], Any], value: str) -> str:
    with pytest.raises(Wrong) as raised:
        validator(value)
    return raised.value.message % raised.value.params


@pytest.fixture(scope="module")
def vectors(shared_data) -> dict[str, Any]:
    return json.loads((shared_data.parent / "vectors" / "identifiers.json").read_text(encoding="utf-8"))


VALIDATORS = {
    "vin": standards.vin,
    "awb": standards.awb,
    "s10": standards.s10,
    "iso6346": standards.container,
    "imo": standards.imo,
    "gs1_mod10": standards.gtin,
}


def test_every_published_number_is_told_right_from_wrong(vectors):
    assert set(vectors) == set(VALIDATORS)
    for scheme, validator in VALIDATORS.items():
        for kind, numbers in vectors[scheme].items():
            for each in numbers:
                number = each[0] if isinstance(each, list) else each
                if kind == "invalid":
                    assert refusal(validator, number)
                else:
                    assert validator(number) == number


CARRIER_OF = {"canadapost": "canada_post", "dhl": "dhl", "s10": "post", "ups": "ups"}


def test_every_number_of_the_tracking_collection_is_told_right_from_wrong(shared_data):
    files = sorted((shared_data / "logistics" / "tracking").glob("*.json"))
    assert {file.stem for file in files} == set(CARRIER_OF)
    counted = {"valid": 0, "invalid": 0}
    for file in files:
        check = standards.CARRIERS[CARRIER_OF[file.stem]]
        for kind in json.loads(file.read_text(encoding="utf-8"))["tracking_numbers"]:
            for number in kind["test_numbers"]["valid"]:
                assert check(number) == "".join(number.split())
            for number in kind["test_numbers"]["invalid"]:
                assert refusal(check, number), (file.stem, number)
            counted = {each: counted[each] + len(kind["test_numbers"][each]) for each in counted}
    assert counted == {"valid": 35, "invalid": 29}


@pytest.mark.parametrize(
    ("validator", "written", "kept"),
    [
        (standards.phone("CN"), "138 0013 8000", "+8613800138000"),
        (standards.email, " Alice@Example.COM", "alice@example.com"),
        (standards.ric, "110105 19491231 002x", "11010519491231002X"),
        (standards.uscc, "91110108 551385082q", "91110108551385082Q"),
        (standards.iban, "gb82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        (standards.bic, "deutdeff", "DEUTDEFF"),
        (standards.lei, "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"),
        (standards.imei, "49-015420-323751-8", "490154203237518"),
        (standards.iccid, "8986 0123 4567 8901 239F", "8986012345678901239"),
        (standards.imsi, "460 00 1234567890", "460001234567890"),
        (standards.gln, "1234567890128", "1234567890128"),
        (standards.sscc, "(00) 1 23456789 01234567 5", "123456789012345675"),
        (standards.gs1, "]C1010001234567890510ABC\x1d15270131", "(01)00012345678905(10)ABC(15)270131"),
        (standards.gs1, "(01)00012345678905(10)ABC", "(01)00012345678905(10)ABC"),
        (standards.awb, "123 12345675", "123-12345675"),
        (standards.container, "csqu 305438 3", "CSQU3054383"),
        (standards.imo, "IMO 9319466", "9319466"),
        (standards.vin, "lvshcamb1ce054249", "LVSHCAMB1CE054249"),
        (standards.plate, "京A·12345", "京A12345"),
        (standards.plate, "粤Z1234港", "粤Z1234港"),
        (standards.plate, "沪AD12345", "沪AD12345"),
        (standards.plate, "沪A12345K", "沪A12345K"),
    ],
)
def test_a_number_is_kept_in_one_form_however_it_is_written(validator, written, kept):
    assert validator(written) == kept
    assert validator(kept) == kept


@pytest.mark.parametrize(
    ("validator", "number", "words"),
    [
        (standards.ric, "110105194912310021", "The check digit is 1, it should be X"),
        (standards.ric, "990105194912310023", "There is no such region"),
        (standards.ric, "110105194913310021", "There is no such birth date"),
        (standards.uscc, "91110108551385082A", "The check digit is A, it should be Q"),
        (standards.uscc, "9111O108551385082Q", "never the letters I, O, S, V, Z"),
        (standards.iban, "DE88370400440532013000", "The check digit is 88, it should be 89"),
        (standards.iban, "XX88370400440532013000", "XX is no country"),
        (standards.bic, "DEUTXXFF", "XX is no country"),
        (standards.lei, "213800KUD8LXJWSQ9D15", "The check digit is 15, it should be 58"),
        (standards.pan, "4111111111111112", "The check digit is 2, it should be 1"),
        (standards.imei, "490154203237517", "The check digit is 7, it should be 8"),
        (standards.imei, "49015420323751", "14 characters, this number has 15 / 16."),
        (standards.iccid, "8886012345678901234", "An ICCID begins with 89"),
        (standards.iccid, "8986012345678901234", "The check digit is 4, it should be 9"),
        (standards.imsi, "000001234567890", "No network has the code"),
        (standards.sscc, "123456789012345674", "The check digit is 4, it should be 5"),
        (standards.gs1, "0100012345678906", "The check digit is 6, it should be 5"),
        (standards.gs1, "11279931", "no GS1 element string"),
        (standards.s10, "RB123456786US", "The check digit is 6, it should be 5"),
        (standards.s10, "RB123456785XX", "XX is no country"),
        (standards.awb, "123-12345674", "The check digit is 4, it should be 5"),
        (standards.container, "CSQU3054384", "The check digit is 4, it should be 3"),
        (standards.container, "CSQA3054383", "three letters, U, J or Z"),
        (standards.vin, "LVSHCAMB2CE054249", "The check digit is 2, it should be 1"),
        (standards.vin, "LVSHCAMB1CE05424O", "never I, O or Q"),
        (standards.plate, "A12345", "begins with the sign of a province"),
        (standards.plate, "京AZ12345", "A new-energy plate"),
        (standards.plate, "京AO1234", "never I or O"),
    ],
)
def test_a_wrong_number_is_told_which_check_failed_and_why(validator, number, words):
    told = refusal(validator, number)
    assert words in told
    assert number not in told


def test_the_year_of_a_chinese_or_american_vehicle_is_a_year():
    wrong_year = "1M8GDM9A?UP042788"  # U stands for no year
    expected = [digit for digit in "0123456789X" if _year_is_asked(wrong_year.replace("?", digit))]
    assert len(expected) == 1, "the year is asked only where the check digit fits"
    assert list(standards.vin_model_years("LVSHCAMB1CE054249"))[:2] == [1982, 2012]


def _year_is_asked(number: str) -> bool:
    try:
        standards.vin(number)
    except Wrong as wrong:
        return wrong.code == "vin.year"
    return False


def test_a_european_vehicle_may_use_the_place_of_the_check_digit_as_it_likes():
    assert standards.vin("WF0WXXTACWLD32086") == "WF0WXXTACWLD32086"
    assert standards.vin("YS2R4X20005690181") == "YS2R4X20005690181"


def test_of_a_card_only_the_end_is_ever_given_back():
    assert standards.card_last4("4111 1111 1111 1111") == "1111"
    assert standards.card_last4("1111") == "1111"
    assert "card" in refusal(standards.card_token, "tok-4111-1111-1111-1111")
    assert standards.card_token("tok_1Abc9") == "tok_1Abc9"


@given(serial=st.integers(0, 99_999_999), service=st.sampled_from(["RB", "EE", "CP"]))
def test_one_check_digit_of_ten_fits_a_postal_number(serial, service):
    fits = [digit for digit in range(10) if _passes(standards.s10, f"{service}{serial:08}{digit}CN")]
    assert len(fits) == 1


@given(body=st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=16, max_size=16), data=st.data())
def test_no_single_slip_in_a_chinese_vehicle_number_goes_unseen(body, data):
    whole = next(
        (
            f"L{body[:7]}{digit}A{body[9:]}"
            for digit in "0123456789X"
            if _passes(standards.vin, f"L{body[:7]}{digit}A{body[9:]}")
        ),
        None,
    )
    assert whole is not None
    slip = data.draw(st.sampled_from("0123456789"))
    at = data.draw(st.sampled_from([1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]))
    if whole[at].isdigit() and whole[at] != slip:
        assert not _passes(standards.vin, whole[:at] + slip + whole[at + 1 :])


def _passes(validator: Callable[[str], Any], number: str) -> bool:
    try:
        validator(number)
    except Wrong:
        return False
    return True
