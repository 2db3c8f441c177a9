"""Units of amounts and points."""

from __future__ import annotations

from core.plugin import label

CURRENCY = "CNY"
POINTS = label("分", "points")
