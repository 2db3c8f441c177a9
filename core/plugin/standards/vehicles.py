"""Vehicle identification numbers (ISO 3779, GB 16735) and Chinese number plates (GA 36-2018)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.plugin.standards.checks import N_, compact, need_check, need_length
from core.plugin.types import Wrong

VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMNPR", (1, 2, 3, 4, 5, 7, 9), strict=True)),
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
CHECKED_MAKERS = frozenset("12345L")
"""First characters of makers in North America and China, where the check digit is law; elsewhere the place is free."""
YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
FIRST_YEAR, CYCLE, LAST_YEAR = 1980, 30, 2099

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
ORDINARY = re.compile(f"[{PROVINCES}][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{{5}}|[A-HJ-NP-Z0-9]{{4}}[挂学警港澳])")
NEW_ENERGY = re.compile(f"[{PROVINCES}][A-HJ-NP-Z](?:[A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}|[0-9]{{5}}[A-HJK])")


def vin(value: str) -> str:
    """17 characters; check digit and model year are asked of makers in North America and China."""
    number = compact(value)
    need_length(number, "vin", (17,))
    if not VIN.fullmatch(number):
        raise Wrong("vin.characters", N_("A VIN has digits and capitals, but never I, O or Q."))
    if number[0] in CHECKED_MAKERS:
        remainder = sum(VIN_VALUES[mark] * weight for mark, weight in zip(number, VIN_WEIGHTS, strict=True)) % 11
        need_check("vin", found=number[8], expected="X" if remainder == 10 else str(remainder))
        if number[9] not in YEARS:
            raise Wrong("vin.year", N_("%(mark)s in place 10 stands for no model year."), mark=number[9])
    return number


def vin_model_years(value: str) -> Sequence[int]:
    """The model years that place 10 may mean; it comes again every 30 years. Empty where it means none."""
    mark = compact(value)[9:10]
    if mark not in YEARS or not mark:
        return ()
    return range(FIRST_YEAR + YEARS.index(mark), LAST_YEAR + 1, CYCLE)


def plate(value: str) -> str:
    """A Chinese number plate, new-energy ones included, without the dot: 京A12345, 京AD12345."""
    number = compact(value)
    if not number or number[0] not in PROVINCES:
        raise Wrong("plate.province", N_("A plate begins with the sign of a province, such as 京."))
    if len(number) not in (7, 8):
        raise Wrong(
            "plate.length", N_("%(length)d characters, a plate has 7, of a new-energy vehicle 8."), length=len(number)
        )
    if len(number) == 8 and not NEW_ENERGY.fullmatch(number):
        raise Wrong(
            "plate.new_energy",
            N_("A new-energy plate has one of A to H, J, K after the town's letter, or at its end, and digits."),
        )
    if len(number) == 7 and not ORDINARY.fullmatch(number):
        raise Wrong(
            "plate.format", N_("After the province come the town's letter and five letters or digits, never I or O.")
        )
    return number
