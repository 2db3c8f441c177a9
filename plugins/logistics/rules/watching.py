"""What is watched on a shipment: no scan for too long, as good as lost, cash on delivery that was not passed on.

Read the subject of `record_watch`: asked after every change, and when one of the shipment's clocks fires.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.plugin import Reason, Rule, label
from plugins.logistics.records import UNDER_WAY
from plugins.logistics.rules.carriage import own


def silent(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """The next scan is overdue; past the time at which it counts as lost, that is what is said."""
    shipment = subject["record"]
    held = own(shipment)
    if shipment["state"] not in UNDER_WAY:
        return None
    if _past(subject, held.get("lost_at")):
        zh, en = (
            "运单已视为彻底延误，请按丢失处理并告知客户。",
            "The shipment counts as lost. Treat it so, and tell the customer.",
        )
        return Reason(code="logistics.lost", text=label(zh, en), verdict="warn")
    if _past(subject, held.get("stale_at")):
        zh, en = "运单超过时限没有新的扫描，请查询去向。", "No scan for too long. Find out where it is."
        return Reason(code="logistics.stale", text=label(zh, en), verdict="warn")
    return None


def unremitted(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Collected and not passed on in time, or another amount than asked for."""
    held = own(subject["record"])
    asked, collected, delivered = held.get("cod_amount"), held.get("cod_collected"), held.get("delivered_at")
    if not asked or not delivered:
        return None
    if collected is not None and collected != asked:
        zh, en = "实收货款与应收不符，请核对。", "The amount collected is not the one asked for."
        return Reason(code="logistics.cod_amount", text=label(zh, en), verdict="warn")
    days = int(parameters["cod_remit_days"])
    due = date.fromisoformat(delivered[:10]) + timedelta(days=days)
    if held.get("cod_remitted_on") or subject["local_date"] <= due:
        return None
    return Reason(
        code="logistics.cod_late", verdict="warn", parameters=("cod_remit_days",),
        text=label(f"代收货款超过 {days} 天未返还。", f"Cash on delivery was not remitted within {days} days."),
    )  # fmt: skip


def _past(subject: Mapping[str, Any], moment: str | None) -> bool:
    return moment is not None and subject["at"] >= datetime.fromisoformat(moment)


WATCHING = (
    Rule(
        key="stale",
        label=label("长时间无扫描或彻底延误", "No scan, or lost"),
        action="record_watch",
        on=("shipment",),
        citation="L-STALE、L-LOST；彻底延误时限见 GB/T 27917.3（未核对）",
        verdict="warn",
        severity="medium",
        mandatory=False,
        decide=silent,
    ),
    Rule(
        key="cod",
        label=label("代收货款", "Cash on delivery"),
        action="record_watch",
        on=("shipment",),
        citation="L-COD；由合同约定 / by contract",
        verdict="warn",
        severity="medium",
        mandatory=False,
        parameters=("cod_remit_days",),
        decide=unremitted,
    ),
)
