"""Numbers that name a subscriber: MSISDN (ITU-T E.164), ICCID (ITU-T E.118) and IMSI (ITU-T E.212).

Each function returns the canonical form and raises Wrong.
"""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import imsi as imsi_standard
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.util import clean

from core.plugin import Wrong

HOME_REGION = "CN"
SUBSCRIBER_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
SERVICE_PREFIXES = ("10", "95")
SHORT = 8
"""Digits of the longest short code; Beijing's landlines begin with 10 too and are longer."""


def msisdn(value: str) -> str:
    """A subscriber's number as +8613800138000. Numbers of service lines (10086, 95588, 400 ...) are nobody's."""
    try:
        number = phonenumbers.parse(value, HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise Wrong("msisdn.format", "This is not a telephone number.") from error
    national = str(number.national_number)
    at_home = number.country_code == phonenumbers.country_code_for_region(HOME_REGION)
    if at_home and (national.startswith("400") or (len(national) <= SHORT and national.startswith(SERVICE_PREFIXES))):
        raise Wrong("msisdn.service", "This is the number of a service line, not of a subscriber.")
    if not phonenumbers.is_valid_number(number):
        raise Wrong("msisdn.unassigned", "No operator hands out such a telephone number.")
    if phonenumbers.number_type(number) not in SUBSCRIBER_TYPES:
        raise Wrong("msisdn.service", "This is the number of a service line, not of a subscriber.")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def iccid(value: str) -> str:
    """The 19 or 20 digits printed on a SIM card; a filler F in the twentieth place is dropped."""
    digits = clean(value, " -").upper()
    if len(digits) == 20 and digits.endswith("F"):
        digits = digits[:-1]
    if not (digits.isascii() and digits.isdigit() and len(digits) in (19, 20)):
        raise Wrong("iccid.format", "An ICCID has 19 or 20 digits.")
    if not digits.startswith("89"):
        raise Wrong("iccid.prefix", "An ICCID begins with 89.")
    if not luhn.is_valid(digits):
        raise Wrong("iccid.check_digit", "The check digit of this ICCID is wrong; compare it with the card.")
    return digits


def imsi(value: str) -> str:
    """The 14 or 15 digits of a subscription, of a country and network that exist."""
    try:
        digits = str(imsi_standard.validate(value))
    except ValidationError as error:
        raise Wrong("imsi.format", "An IMSI has 14 or 15 digits and begins with the code of a country.") from error
    try:
        imsi_standard.info(digits)
    except ValueError as error:  # how the library tells of a network that is not in its table
        raise Wrong("imsi.network", "No network has the code with which this IMSI begins.") from error
    return digits
