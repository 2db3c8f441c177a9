"""Who may not see a value sees a mask, whatever the value is."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.context import Sight
from core.fields.masks import hide, mask, mask_for, redact
from core.plugin import MaskKind, Sensitivity

KINDS: tuple[MaskKind, ...] = get_args(MaskKind)
WHOLE_VALUES = [kind for kind in KINDS if kind != "text"]


@pytest.mark.parametrize(
    ("kind", "clear", "masked"),
    [
        ("name", "张三", "张*"),
        ("name", "张三丰", "张*"),
        ("name", "欧阳娜娜", "欧阳*"),
        ("name", "欧阳", "欧*"),
        ("name", "阿卜杜拉·买买提", "阿*"),
        ("name", "John Smith", "J***"),
        ("name", "李", "****"),
        ("phone", "13800138000", "138****8000"),
        ("phone", "+86 138-0013-8000", "138****8000"),
        ("phone", "+44 7911 123456", "+447****3456"),
        ("phone", "62345678", "****78"),
        ("phone", "010 6234567", "****4567"),
        ("phone", "10086", "****"),
        ("phone", "no number", "****"),
        ("document", "11010519491231002X", "110***********002X"),
        ("document", "E12345678", "E******78"),
        ("document", "1234567", "****"),
        ("card", "6222 0200 1234 5678", "****5678"),
        ("card", "12345678", "****"),
        ("email", "alice@example.com", "a***@example.com"),
        ("email", "a@example.com", "***@example.com"),
        ("email", "alice", "****"),
        ("email", "me@13800138000.com", "m***@****.com"),
        ("plate", "京A12348", "京A***8"),
        ("plate", "粤B·D12345", "粤B***5"),
        ("plate", "ABC 1234", "A***4"),
        ("plate", "A1", "****"),
        ("vin", "1M8GDM9AXKP042788", "***********042788"),
        ("vin", "042788", "****"),
        ("address", "上海市浦东新区世纪大道100号", "上海市浦东新区****"),
        ("address", "广东省深圳市南山区科技园小区3栋", "广东省深圳市南山区****"),
        ("address", "江苏苏州市工业园区星湖街1号", "江苏苏州市工业园区****"),
        ("address", "杭州市西湖小区3栋", "杭州市****"),
        ("address", "收件人王五 广东省广州市天河区体育西路1号", "广东省广州市天河区****"),
        ("address", "12 High Street, London, United Kingdom", "****, United Kingdom"),
        ("address", "12 High Street, London SW1A 1AA", "****"),
        ("address", "西湖小区3栋", "****"),
    ],
)
def test_a_mask_keeps_what_one_needs_to_speak_with_the_customer(kind: MaskKind, clear: str, masked: str) -> None:
    assert mask(kind, clear) == masked


@given(kind=st.sampled_from(WHOLE_VALUES), value=st.text(min_size=0, max_size=60))
@example(kind="address", value="上海市浦东新区")
@example(kind="email", value="a@a@b")
@example(kind="document", value="- - - - - - - -")
@example(kind="phone", value="１３８００１３８０００")
def test_no_text_comes_through_whole(kind: MaskKind, value: str) -> None:
    clear, masked = value.strip(), mask(kind, value)
    assert masked
    assert "*" in masked
    if "*" not in clear and clear:
        assert clear not in masked


@given(kind=st.sampled_from(["phone", "card", "document", "vin"]), value=st.from_regex(r"[0-9]{2,30}", fullmatch=True))
def test_of_a_number_at_least_four_digits_are_hidden(kind: MaskKind, value: str) -> None:
    hidden = len(value) - len(re.sub(r"\D", "", mask(kind, value)))
    assert hidden >= min(4, len(value))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("请回电 13800138000。", "请回电 138****8000。"),
        ("请回电 138 0013 8000 或 138-0013-8000", "请回电 138****8000 或 138****8000"),
        ("电话（010）6234-5678", "电话（010****5678"),
        ("卡号6222-0200-1234-5678", "卡号****5678"),
        ("卡 4111111111111111 无误", "卡 ****1111 无误"),
        ("身份证11010519491231002X，男", "身份证110***********002X，男"),
        ("邮箱 zhang.san@example.com 有效", "邮箱 z***@example.com 有效"),
        ("客户 １３８００１３８０００", "客户 138****8000"),
        ("2027-01-31 13800138000 来电", "2027-01-31 138****8000 来电"),
        ("order 1234567", "order ****67"),
    ],
)
def test_free_text_loses_its_numbers_and_addresses(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text", ["", "客户愿意续约", "约在 2027-01-31 或 2027/2/1", "费用 123456.78 元", "分机 123456"]
)
def test_free_text_without_anything_to_hide_stays(text: str) -> None:
    assert redact(text) == text


@given(value=st.text(alphabet="0123456789０１ -.xX@a年", max_size=80))
def test_no_long_run_of_digits_is_left_in_free_text(value: str) -> None:
    assert not re.search(r"\d{7}", redact(value))


@given(value=st.text(max_size=30))
def test_redaction_is_total(value: str) -> None:
    redact(value)


def test_who_may_see_clear_values_sees_them() -> None:
    assert mask_for("sensitive", "phone", name="phone", sight=Sight("clear")) is None


@pytest.mark.parametrize(
    ("sensitivity", "kind", "seen"),
    [
        ("plain", None, None),
        ("plain", "phone", "138****8000"),
        ("personal", "phone", "138****8000"),
        ("personal", "text", "138****8000"),
        ("personal", None, "****"),
        ("sensitive", "phone", "****"),
        ("sensitive", "text", "****"),
        ("sensitive", None, "****"),
    ],
)
def test_a_provider_sees_what_sensitivity_and_mask_allow(
    sensitivity: Sensitivity, kind: MaskKind | None, seen: Any
) -> None:
    masker = mask_for(sensitivity, kind, name="phone", sight=Sight("provider"))
    assert (masker and masker("13800138000")) == seen
    assert masker is None or masker(None) is None


def test_a_hidden_value_tells_only_that_it_is_there() -> None:
    assert (hide(0), hide(False), hide(None)) == ("****", "****", None)
