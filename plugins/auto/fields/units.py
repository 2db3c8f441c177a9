"""Units of amounts and distances."""

from __future__ import annotations

from core.plugin import label

CURRENCY = "CNY"
KILOMETRES = label("公里", "km")
