"""Table of contents: what logistics declares, and where."""

from __future__ import annotations

from core.plugin import Vertical, hookimpl, label


@hookimpl
def vertical() -> Vertical:
    summary = label("运单、时效与投诉", "Shipments, delivery promises and complaints")
    name = label("物流", "Logistics")
    return Vertical(key="logistics", label=name, version="0.1.0", requires=">=1.0,<2", icon="truck", summary=summary)
