"""Units of amounts, weights and sizes."""

from __future__ import annotations

from core.plugin import label

CURRENCY = "CNY"
KILOGRAMS = label("千克", "kg")
CENTIMETRES = label("厘米", "cm")
DAYS = label("天", "days")
