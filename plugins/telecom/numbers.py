"""A subscriber's telephone number (ITU-T E.164). Those of SIM cards and subscriptions are checked by the core."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

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
