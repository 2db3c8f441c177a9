"""Tracking numbers of carriers that publish how theirs are checked. Others are checked for their shape only, by their user.

Sources: the carriers' own descriptions, held against the public vectors of the tracking_number_data collection in a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from core.plugin.standards.checks import N_, compact, need_check
from core.plugin.standards.transport import s10
from core.plugin.types import Wrong

_CANADA_POST = re.compile(r"[0-9]{16}")
_DHL_WAYBILL = re.compile(r"[0-9]{10,11}")
_DHL_UNCHECKED = (
    re.compile(r"J[A-Z]{2,3}[0-9]{9,10}"),
    re.compile(r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)(?=[A-Z]*[0-9])[0-9A-Z]{10,39}"),
    re.compile(r"[0-9]{14}"),
)
"""Piece numbers and eCommerce parcels carry no check digit."""

_UPS_PARCEL = re.compile(r"1Z[0-9A-Z]{15}[0-9]")
_UPS_WAYBILL = re.compile(r"[AHJKTV][0-9]{10}")
_FORMAT = N_("This is not a tracking number of that carrier.")


def canada_post(value: str) -> str:
    """Sixteen digits, the last a check digit of weights 3 and 1."""
    number = _shaped(value, "canada_post", _CANADA_POST)
    need_check("canada_post", found=number[-1], expected=_mod10(number[:-1], (3, 1)))
    return number


def dhl(value: str) -> str:
    """An express waybill, whose last digit is the rest by seven; a piece or eCommerce number, which has no check digit."""
    number = _shaped(value, "dhl", _DHL_WAYBILL, *_DHL_UNCHECKED)
    if _DHL_WAYBILL.fullmatch(number):
        need_check("dhl", found=number[-1], expected=str(int(number[:-1]) % 7))
    return number


def ups(value: str) -> str:
    """A parcel (1Z and sixteen) or a waybill (a letter and ten digits), with a check digit of weights 1 and 2."""
    number = _shaped(value, "ups", _UPS_PARCEL, _UPS_WAYBILL)
    body = number[2:-1] if number.startswith("1Z") else number[1:-1]
    need_check("ups", found=number[-1], expected=_mod10(body, (1, 2)))
    return number


CARRIERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"canada_post": canada_post, "dhl": dhl, "post": s10, "ups": ups}
)
"""By the key of a carrier: what checks its numbers and gives them in canonical form, or raises Wrong."""


def _shaped(value: str, name: str, *shapes: re.Pattern[str]) -> str:
    number = compact(value)
    if not any(shape.fullmatch(number) for shape in shapes):
        raise Wrong(f"{name}.format", _FORMAT)
    return number


def _mod10(body: str, weights: tuple[int, int]) -> str:
    """Weights from the left in turn; a letter counts as UPS has it: its place in the alphabet, from two, by its last digit."""
    total = sum(
        weights[at % 2] * (int(each) if each.isdigit() else (ord(each) - 63) % 10) for at, each in enumerate(body)
    )
    return str(-total % 10)
