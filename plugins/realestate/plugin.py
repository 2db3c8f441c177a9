"""Table of contents: what realestate declares, and where."""

from __future__ import annotations

from core.plugin import Vertical, hookimpl, label


@hookimpl
def vertical() -> Vertical:
    summary = label("楼盘、房源与认购到备案", "Projects, units, and sales from subscription to filing")
    name = label("房地产", "Real estate")
    return Vertical(key="realestate", label=name, version="0.1.0", requires=">=1.0,<2", icon="building", summary=summary)
