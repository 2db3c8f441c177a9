"""Claims that come too often, and offers below what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import sqrt
from typing import Any

from core.plugin import Count, Reason, Rule, label
from plugins.logistics.compensation import compensation
from plugins.logistics.rules.carriage import own

Z = 1.959964
"""Of the two-sided 95 % interval."""


def lower_bound(claims: int, shipments: int) -> float:
    """Of the share of claims, by Wilson (1927), so that a few claims of a small shipper prove nothing."""
    if shipments == 0:
        return 0.0
    share, n = min(claims / shipments, 1.0), shipments
    centre, spread = share + Z * Z / (2 * n), Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return (centre - spread) / (1 + Z * Z / n)


def often(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """On opening: the shipper claims again and again, or for a share of its shipments that is no chance."""
    if subject["step"] is not None:
        return None
    claims, shipments = subject["counts"].get("claims_90d", 0) + 1, subject["counts"].get("shipments_90d", 0)
    most, least, repeats = (parameters[key] for key in ("claim_rate_percent", "claim_rate_shipments", "claim_repeats"))
    if shipments >= int(least) and lower_bound(claims, shipments) * 100 > float(Decimal(most)):
        zh = f"90 天内 {shipments} 件中索赔 {claims} 件，理赔率明显高于 {most}%，请复核账户。"
        en = f"{claims} claims on {shipments} shipments in 90 days are clearly more than {most} %. Look at the account."
        return Reason(code="logistics.claim_rate", text=label(zh, en), verdict="hold", parameters=PARAMETERS)
    if claims >= int(repeats) and shipments < int(least):
        zh, en = f"90 天内第 {claims} 次索赔，请复核。", f"Claim number {claims} in 90 days. Look at it."
        return Reason(code="logistics.claim_repeated", text=label(zh, en), verdict="hold", parameters=PARAMETERS)
    return None


def too_little(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """No offer below what the contract or the law gives, unless a second person agrees."""
    if subject["record"] is None:
        return None
    claim = {**own(subject["record"]), "liability": own(subject["case"]).get("finding")}
    due, offer = compensation(claim).due_minor, own(subject["case"]).get("offer")
    if due is None or offer is None or offer >= due:
        return None
    text = label(
        f"赔偿方案 {offer / 100:.2f} 低于应赔 {due / 100:.2f}。",
        f"The offer of {offer / 100:.2f} is below the {due / 100:.2f} owed.",
    )
    return Reason(code="logistics.offer_low", text=text, verdict="hold")


PARAMETERS = ("claim_rate_percent", "claim_rate_shipments", "claim_repeats")
CLAIMS = (
    Rule(
        key="claim_rate",
        label=label("理赔率异常", "Too many claims"),
        action="case_step",
        on=("claim",),
        citation="L-CLAIMRATE；阈值为 Kehub 默认值 / Kehub defaults",
        verdict="hold",
        severity="medium",
        mandatory=False,
        counts=(
            Count(key="claims_90d", of="case:claim", days=90),
            Count(key="shipments_90d", of="record:shipment", days=90),
        ),
        parameters=PARAMETERS,
        decide=often,
    ),
    Rule(
        key="offer",
        label=label("赔偿不低于应赔", "No offer below what is owed"),
        action="case_step",
        on=("claim",),
        steps=("offer",),
        citation="《快递暂行条例》第二十七条；《民法典》第八百三十二条、第八百三十三条、第四百九十六条、第四百九十七条",
        verdict="hold",
        severity="medium",
        decide=too_little,
    ),
)
