"""Table of contents: what banking declares, and where."""

from __future__ import annotations

from core.plugin import Vertical, hookimpl, label


@hookimpl
def vertical() -> Vertical:
    summary = label("账户、适当性、投诉时限与外呼规则", "Accounts, suitability, complaint deadlines and rules of contact")
    name = label("银行", "Banking")
    return Vertical(key="banking", label=name, version="0.1.0", requires=">=1.0,<2", icon="bank", summary=summary)
