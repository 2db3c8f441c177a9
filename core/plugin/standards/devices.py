"""Numbers of devices and SIM cards: IMEI (3GPP TS 23.003), ICCID (ITU-T E.118), IMSI (ITU-T E.212)."""

from __future__ import annotations

from stdnum import imsi as imsi_standard
from stdnum import luhn

from core.plugin.standards.checks import N_, compact, digits_of, need_check
from core.plugin.types import Wrong


def imei(value: str) -> str:
    """15 digits, the last of them a check digit; or 16 with the software's version, which has none."""
    number = digits_of(value, "imei", (15, 16))
    if len(number) == 15:
        need_check("imei", found=number[-1], expected=str(luhn.calc_check_digit(number[:-1])))
    return number


def iccid(value: str) -> str:
    """The 19 or 20 digits printed on a SIM card; a filler F in the twentieth place is dropped."""
    marks = compact(value)
    number = digits_of(marks[:-1] if len(marks) == 20 and marks.endswith("F") else marks, "iccid", (19, 20))
    if not number.startswith("89"):
        raise Wrong("iccid.prefix", N_("An ICCID begins with 89."))
    need_check("iccid", found=number[-1], expected=str(luhn.calc_check_digit(number[:-1])))
    return number


def imsi(value: str) -> str:
    """The 14 or 15 digits of a subscription, of a country and network that exist. It has no check digit."""
    number = digits_of(value, "imsi", (14, 15))
    try:
        imsi_standard.info(number)
    except ValueError:  # of the library, also for a network that is not in its table
        raise Wrong("imsi.network", N_("No network has the code with which this IMSI begins.")) from None
    return number
