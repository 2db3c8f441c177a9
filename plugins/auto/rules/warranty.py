"""Claims on the maker that do not look right: outside the warranty, before the sale, twice, too long, at two places at once.

Reads the subject of `record_watch` on a vehicle: `record`, and `children["repair"]`, of which those with `warranty_claim` count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from typing import Any

from core.plugin import Reason, Rule, label
from plugins.auto.rules.watched import own
from plugins.auto.sanbao import LAW_ZONE, covered_until

NUMBERS = ("warranty_years", "warranty_km", "claim_repeat_days", "labour_excess")


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One thing that speaks against a claim."""

    code: str
    zh: str
    en: str


def warranty_abuse(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """All doubts of all claims of a vehicle, in one reason."""
    held = own(subject["record"])
    claims = [own(each) for each in subject["children"].get("repair", ())]
    claims = sorted(
        (each for each in claims if each.get("warranty_claim") and each.get("opened_at")),
        key=lambda each: each["opened_at"],
    )
    doubts = [
        *_of_vehicle(subject["record"], held, claims, parameters),
        *_of_each(claims, parameters),
        *_of_pairs(claims, parameters),
    ]
    if not doubts:
        return None
    told = list({doubt.code: doubt for doubt in doubts}.values())
    return Reason(
        code=f"auto.claim_{told[0].code}",
        text=label(
            f"索赔存疑：{'；'.join(each.zh for each in told)}。请核对维修记录和旧件后处理。",
            f"Claims in doubt: {'; '.join(each.en for each in told)}. Check the repair records and the old parts.",
        ),
        verdict="warn",
        parameters=NUMBERS,
    )


def _of_vehicle(
    record: Mapping[str, Any],
    held: Mapping[str, Any],
    claims: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, Any],
) -> Iterator[Doubt]:
    """Against the sale and the two ends of the warranty."""
    if claims and record["state"] == "stock":
        yield Doubt(code="unsold", zh="车辆尚未售出", en="the vehicle is not sold")
    begun = held.get("covered_from") or held.get("delivered_at") or held.get("invoice_date")
    if not begun:
        return
    first = date.fromisoformat(begun)
    last = covered_until(first, max(int(parameters["warranty_years"]), held.get("warranty_years", 0)))
    most = max(int(parameters["warranty_km"]), held.get("warranty_km", 0))
    for each in claims:
        day = _day(each)
        if day < first:
            yield Doubt(code="before_sale", zh="索赔早于三包起算日", en="claimed from before the warranty began")
        elif day > last or each.get("odometer", 0) > most:
            yield Doubt(code="outside", zh="超出包修期或包修里程", en="outside the warranty period or distance")


def _of_each(claims: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> Iterator[Doubt]:
    """Labour above the guide time, and parts that were replaced and never came back."""
    excess = Decimal(parameters["labour_excess"])
    for each in claims:
        guide, labour = each.get("guide_hours"), each.get("labour_hours")
        if guide and labour and Decimal(labour) > Decimal(guide) * excess:
            yield Doubt(code="labour", zh=f"工时超过标准的 {excess} 倍", en=f"labour over {excess} times the guide")
        if each.get("part_replaced") and each.get("closed_at") and not each.get("part_returned"):
            yield Doubt(code="part", zh="旧件未返还", en="an old part was not sent back")


def _of_pairs(claims: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> Iterator[Doubt]:
    """The same operation again too soon, and a car that stood in two workshops at once."""
    days = int(parameters["claim_repeat_days"])
    for earlier, later in combinations(claims, 2):
        code = earlier.get("operation_code")
        if code and code == later.get("operation_code") and (_day(later) - _day(earlier)).days < days:
            yield Doubt(
                code="repeated", zh=f"{days} 天内同一项目重复索赔", en=f"the same operation again within {days} days"
            )
        elsewhere = earlier.get("dealer_code") != later.get("dealer_code")
        if elsewhere and earlier.get("closed_at") and later["opened_at"] < earlier["closed_at"]:
            yield Doubt(code="elsewhere", zh="同一时间在两家网点维修", en="repaired at two workshops at the same time")


def _day(claim: Mapping[str, Any]) -> date:
    return datetime.fromisoformat(claim["opened_at"]).astimezone(LAW_ZONE).date()


WARRANTY = (
    Rule(
        key="warranty_abuse",
        label=label("索赔存疑", "Claims in doubt"),
        action="record_watch",
        on=("vehicle",),
        citation="A-WARR；包修期见《家用汽车产品修理更换退货责任规定》第十八条，记录内容见第十七条；其余阈值为 Kehub 默认值",
        verdict="warn",
        children=("repair",),
        mandatory=False,
        parameters=NUMBERS,
        decide=warranty_abuse,
    ),
)
