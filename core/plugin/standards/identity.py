"""Numbers of Chinese persons and organisations: GB 11643-1999 and GB 32100-2015."""

from __future__ import annotations

import re

from stdnum.cn import ric as ric_standard
from stdnum.cn import uscc as uscc_standard
from stdnum.exceptions import InvalidComponent, ValidationError

from core.plugin.standards.checks import N_, compact, need_check
from core.plugin.types import Wrong

RIC = re.compile(r"[0-9]{17}[0-9X]")
USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def ric(value: str) -> str:
    """Resident identity card: 18 characters, region, birth date and check character."""
    number = compact(value)
    if len(number) != 18:
        raise Wrong("ric.length", N_("%(length)d characters, an identity card number has 18."), length=len(number))
    if not RIC.fullmatch(number):
        raise Wrong("ric.characters", N_("An identity card number is 17 digits and a digit or X."))
    need_check("ric", found=number[-1], expected=str(ric_standard.calc_check_digit(number)))
    try:
        ric_standard.get_birth_date(number)
    except InvalidComponent:
        raise Wrong("ric.birth_date", N_("There is no such birth date; compare digits 7 to 14.")) from None
    try:
        ric_standard.get_birth_place(number)
    except (ValidationError, KeyError):  # the library looks up some regions without asking whether they are there
        raise Wrong("ric.region", N_("There is no such region; compare digits 1 to 6.")) from None
    return number


def uscc(value: str) -> str:
    """Unified social credit code of an organisation."""
    number = compact(value)
    if len(number) != 18:
        raise Wrong("uscc.length", N_("%(length)d characters, a credit code has 18."), length=len(number))
    if not USCC.fullmatch(number):
        raise Wrong("uscc.format", N_("A credit code has digits in places 3 to 8 and never the letters I, O, S, V, Z."))
    need_check("uscc", found=number[-1], expected=str(uscc_standard.calc_check_digit(number[:-1])))
    return number
