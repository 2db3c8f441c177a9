"""Table of contents: what retail declares, and where."""

from __future__ import annotations

from core.plugin import Vertical, hookimpl, label


@hookimpl
def vertical() -> Vertical:
    summary = label("会员、订单与退换货", "Memberships, orders, returns")
    name = label("连锁零售", "Retail")
    return Vertical(key="retail", label=name, version="0.1.0", requires=">=1.0,<2", icon="cart", summary=summary)
