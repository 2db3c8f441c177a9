"""A cashier whose shift stands out among those of the same store: refunds without a member's card, and voids after payment.

The watch over a shift reads `record` and, in `children`, the shifts of its store.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.plugin import Reason, Rule, label
from plugins.retail.rules.facts import held

NUMBERS = ("cashier_deviations", "cashier_shifts", "cashier_voids")


def stands_out(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Above the mean of the store's shifts by so many standard deviations, of enough shifts to say so; or too many voids."""
    own = held(subject["record"])
    voids = own.get("voids_after_tender") or 0
    if voids > int(parameters["cashier_voids"]):
        return _warned(
            "voids", f"收款后作废 {voids} 笔，超过 {parameters['cashier_voids']} 笔，请核查该班次。",
            f"{voids} sales were voided after payment, more than {parameters['cashier_voids']}. Look into the shift.",
        )  # fmt: skip
    refunds = own.get("cardless_refunds")
    shifts = [held(each) for each in subject["children"].get("cashier_shift", ())]
    others = [
        each["cardless_refunds"]
        for each in shifts
        if each.get("cardless_refunds") is not None and each.get("shift_no") != own.get("shift_no")
    ]
    if refunds is None or len(others) < int(parameters["cashier_shifts"]):
        return None
    mean, spread = statistics.fmean(others), statistics.pstdev(others)
    limit = Decimal(str(mean)) + Decimal(parameters["cashier_deviations"]) * Decimal(str(spread))
    if refunds <= limit:
        return None
    return _warned(
        "refunds", f"无会员卡退款 {refunds} 笔，本店其他 {len(others)} 个班次平均 {mean:.1f} 笔，请核查该班次。",
        f"{refunds} refunds without a member's card; the store's other {len(others)} shifts have {mean:.1f} on average. "
        "Look into the shift.",
    )  # fmt: skip


def _warned(code: str, zh: str, en: str) -> Reason:
    return Reason(code=f"retail.cashier_{code}", text=label(zh, en), verdict="warn", parameters=NUMBERS)


CASHIER = (
    Rule(
        key="cashier",
        label=label("收银班次异常", "A cashier's shift that stands out"),
        action="record_watch",
        on=("cashier_shift",),
        children=("cashier_shift",),
        citation="零售收银风控规则 R-R4（本企业规定） / R-R4, house rule",
        verdict="warn",
        mandatory=False,
        parameters=NUMBERS,
        decide=stands_out,
    ),
)
