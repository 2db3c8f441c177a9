"""What a carrier owes for a shipment, as one pure function.

Insured: by the insurance agreed on, the insured value for a total loss and its share for a part (《快递暂行条例》第二十七条). Not
insured: as agreed, and a limit binds only where the sender's attention was drawn to it (《民法典》第四百九十六、四百九十七条);
without agreement the market value at the destination (第八百三十三条). Nothing is owed for force majeure, the nature of the
goods, or a fault of shipper or consignee, which the carrier has to prove (第八百三十二条).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

EXCUSES = frozenset({"shipper", "consignee", "nature", "force_majeure"})

Basis = Literal["insured", "limit", "market_value", "excused", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Compensation:
    """`due_minor` is None while what it depends on is not known."""

    due_minor: int | None
    basis: Basis


def compensation(claim: Mapping[str, Any]) -> Compensation:
    """Of a claim's attributes as stored; amounts in minor units, `loss_share` in percent, all of it where it is not told."""
    if claim.get("liability") in EXCUSES:
        return Compensation(due_minor=0, basis="excused")
    share = Decimal(claim.get("loss_share", 100)) / 100
    insured = claim.get("insured_value")
    if insured is not None:
        return Compensation(due_minor=_part(insured, share), basis="insured")
    value, limit = claim.get("market_value"), claim.get("agreed_limit")
    if value is None:
        return Compensation(due_minor=None, basis="unknown")
    lost = _part(value, share)
    if limit is not None and limit < lost:
        return Compensation(due_minor=limit, basis="limit")
    return Compensation(due_minor=lost, basis="market_value")


def _part(amount: int, share: Decimal) -> int:
    return int((amount * share).quantize(Decimal(1), rounding=ROUND_HALF_UP))
