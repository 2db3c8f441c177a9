"""Equal things have equal keys, and a wrong number is told what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.normalise import email_key, identifier_key, name_key, phone_key
from core.plugin import Wrong
from core.plugin.standards import email, luhn, phone, reach, ric, uscc


def refusal(validator: Callable[[str], Any], value: str) -> str:
    with pytest.raises(Wrong) as raised:
        validator(value)
    return raised.value.message % raised.value.params


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "0086 13800138000",
        "１３８００１３８０００",
        "(+86)13800138000",
    ],
)
def test_a_phone_number_has_one_key(written: str) -> None:
    assert phone_key(written) == "+8613800138000"
    assert phone()(written) == "+8613800138000"


def test_a_plainly_written_number_has_the_same_key_as_a_decorated_one() -> None:
    for prefix in range(10000, 20000):
        assert phone_key(f"{prefix}000000") == phone_key(f"+86 {prefix} 000000"), prefix


def test_the_region_reads_numbers_without_a_country_code() -> None:
    assert phone_key("020 7183 8750", region="GB") == "+442071838750"
    assert phone_key("+44 20 7183 8750") == "+442071838750"


@pytest.mark.parametrize("written", ["", "10086", "abc", "1380013800", "+999 1234567"])
def test_what_is_no_phone_number_has_no_key(written: str) -> None:
    assert phone_key(written) is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1380013800", "10 digits, it needs 11."),
        ("138001380001", "12 digits, it needs 11."),
        ("call me", "This is not a telephone number."),
        ("12800138000", "No operator hands out such a number; compare the first digits."),
        ("62345", "5 digits are too few; is the area code missing?"),
        ("+86 6234567890123", "13 digits are too many."),
    ],
)
def test_a_wrong_phone_number_is_told_why(written: str, words: str) -> None:
    assert refusal(phone(), written) == words


def test_an_email_address_has_one_key() -> None:
    assert email_key(" Alice@Example.COM ") == email("alice@example.com") == "alice@example.com"
    assert email_key("zhang@例子.中国") == "zhang@xn--fsqu00a.xn--fiqs8s"
    for wrong in ("", "alice", "alice@", "@example.com", "a b@example.com", "alice@example", "a@" + "x" * 70 + ".com"):
        assert email_key(wrong) is None
    assert refusal(email, "alice") == "This is not an e-mail address such as name@example.com."


@given(
    local=st.text(alphabet="aB1._-+ é'", max_size=6), domain=st.sampled_from(["x.cn", "X.CN ", "a..b", "x", "中国.cn"])
)
def test_a_plainly_written_address_has_the_key_that_a_longer_look_finds(local: str, domain: str) -> None:
    written = f"{local}@{domain}"
    with mock.patch.object(reach, "_PLAIN_LOCAL", re.compile("(?!)")):
        looked_at = email_key(written)
    assert email_key(written) == looked_at


def test_a_name_has_one_key() -> None:
    assert name_key("  John   SMITH ") == name_key("Ｊｏｈｎ\u3000Smith") == "john smith"
    assert name_key("张　三") == name_key("张三") == "张三"
    assert name_key("阿卜杜拉•买买提") == name_key("阿卜杜拉·买买提")
    assert name_key("Straße") == name_key("STRASSE")


@given(value=st.text(max_size=30))
def test_a_name_key_is_its_own_key(value: str) -> None:
    assert name_key(name_key(value)) == name_key(value)


def test_document_numbers_ignore_separators_and_other_numbers_keep_them() -> None:
    assert identifier_key("ric", "110105 19491231 002x") == "11010519491231002X"
    assert identifier_key("vin", "1m8gdm9axkp042788") == "1M8GDM9AXKP042788"
    assert identifier_key("external", " 7590-VHVEG ") == "7590-VHVEG"
    assert identifier_key("external", "a") != identifier_key("external", "A")
    assert identifier_key("external", " ") is None


def test_an_identity_card_number_is_checked_character_by_character() -> None:
    assert ric("110105 19491231 002x") == "11010519491231002X"
    assert refusal(ric, "1101051949123100") == "16 characters, an identity card number has 18."
    assert refusal(ric, "110105194912310021").startswith("The check digit is 1, it should be X")
    assert refusal(ric, "990105194912310023") == "There is no such region; compare digits 1 to 6."
    assert refusal(ric, "110105194913310021") == "There is no such birth date; compare digits 7 to 14."


def test_a_credit_code_is_checked() -> None:
    assert uscc("91110108 551385082q") == "91110108551385082Q"
    assert refusal(uscc, "9111010855138508") == "16 characters, a credit code has 18."
    assert refusal(uscc, "91110108551385082A").startswith("The check digit is A, it should be Q")


def test_a_check_digit_is_checked() -> None:
    assert luhn("4111 1111 1111 1111") == "4111111111111111"
    assert refusal(luhn, "4111111111111112").startswith("The check digit is 2, it should be 1")
    assert refusal(luhn, "four") == "This number has digits only."
