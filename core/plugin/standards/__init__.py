"""PUBLIC: validators of the trade's own numbers, to be named in a `Field`.

Each takes a text and gives it in canonical form, or raises Wrong that says which check failed and why. Libraries know the
numbers; what none knows (S10, AWB, VIN, Chinese plates) is checked here. A message never repeats the number.
"""

from core.plugin.standards.carriers import CARRIERS, canada_post, dhl, ups
from core.plugin.standards.devices import iccid, imei, imsi
from core.plugin.standards.identity import ric, uscc
from core.plugin.standards.payments import bic, card_last4, card_token, currency, iban, lei, luhn, pan
from core.plugin.standards.reach import email, phone
from core.plugin.standards.trade import gln, gs1, gs1_elements, gtin, sscc
from core.plugin.standards.transport import awb, container, imo, s10
from core.plugin.standards.vehicles import plate, vin, vin_model_years

__all__ = [
    "CARRIERS",
    "awb",
    "bic",
    "canada_post",
    "card_last4",
    "card_token",
    "container",
    "currency",
    "dhl",
    "email",
    "gln",
    "gs1",
    "gs1_elements",
    "gtin",
    "iban",
    "iccid",
    "imei",
    "imo",
    "imsi",
    "lei",
    "luhn",
    "pan",
    "phone",
    "plate",
    "ric",
    "s10",
    "sscc",
    "ups",
    "uscc",
    "vin",
    "vin_model_years",
]
