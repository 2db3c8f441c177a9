"""Numbers of things under way: UPU S10, IATA air waybills, ISO 6346 containers, IMO ships."""

from __future__ import annotations

import re

from stdnum import imo as imo_standard
from stdnum import iso6346

from core.plugin.standards.checks import N_, compact, digits_of, need_check, need_country, need_length
from core.plugin.types import Wrong

S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")


def s10(value: str) -> str:
    """A postal item: service, eight digits, check digit, country of posting."""
    number = compact(value)
    need_length(number, "s10", (13,))
    if not S10.fullmatch(number):
        raise Wrong(
            "s10.format", N_("A postal item number is two letters, nine digits and the two letters of a country.")
        )
    total = sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, number[2:10], strict=True))
    check = 11 - total % 11
    need_check("s10", found=number[10], expected=str({10: 0, 11: 5}.get(check, check)))
    need_country("s10", number[11:])
    return number


def awb(value: str) -> str:
    """An air waybill: the airline's three digits, seven of its own and their remainder by seven."""
    number = digits_of(value, "awb", (11,))
    need_check("awb", found=number[-1], expected=str(int(number[3:10]) % 7))
    return f"{number[:3]}-{number[3:]}"


def container(value: str) -> str:
    """A freight container: owner, category U, J or Z, six digits, check digit."""
    number = compact(value)
    need_length(number, "container", (11,))
    if not CONTAINER.fullmatch(number):
        raise Wrong("container.format", N_("A container number is three letters, U, J or Z, and seven digits."))
    need_check("container", found=number[-1], expected=str(iso6346.calc_check_digit(number[:-1])))
    return number


def imo(value: str) -> str:
    """A ship, with or without IMO before it."""
    number = digits_of(compact(value).removeprefix("IMO"), "imo", (7,))
    need_check("imo", found=number[-1], expected=str(imo_standard.calc_check_digit(number[:-1])))
    return number
