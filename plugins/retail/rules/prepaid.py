"""What a prepaid card may hold, who has to be known, how it is paid, how long it lasts and when it is paid back.

A change of a card reads `record`, the watch over a membership its `children`, a sale `case.attributes`. Amounts are in minor
units of the yuan, parameters in yuan; a card in another currency is held, since the limits are not comparable with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.facade import add_months
from core.plugin import Reason, Rule, label
from plugins.retail.fields.units import CURRENCY
from plugins.retail.rules.facts import FEN, denied, held

DECREE = "《单用途商业预付卡管理办法（试行）》（商务部令2012年第9号）"
COURT = "最高人民法院关于审理预付式消费民事纠纷案件适用法律若干问题的解释（2025）第十四条"


def above_card_limit(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """What a prepaid card holds, after a sale or a top-up alike."""
    record = subject["record"]
    kind = held(record).get("kind", "")
    key = {"named": "prepaid_named_limit", "unnamed": "prepaid_unnamed_limit"}.get(kind)
    if key is None or record["amount_minor"] is None:
        return None
    if record.get("currency") not in (None, CURRENCY):
        zh, en = "预付卡限额以人民币计，该卡为其他币种，须人工核对。", "The limits are in yuan and this card is not."
        return Reason(code="retail.prepaid_currency", text=label(zh, en), verdict="hold")
    if record["amount_minor"] <= Decimal(parameters[key]) * FEN:
        return None
    zh, en = {"named": ("记名卡", "named"), "unnamed": ("不记名卡", "unnamed")}[kind]
    return Reason(
        code="retail.prepaid_limit",
        text=label(
            f"单张{zh}资金限额为 {parameters[key]} 元。",
            f"A single {en} card holds at most {parameters[key]} yuan.",
        ),
        verdict="deny",
        parameters=(key,),
    )


def split_purchases(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Several purchases of cards on one day, each just below the amount from which the buyer has to be identified."""
    limit = Decimal(parameters["prepaid_identify_from"]) * FEN
    floor = limit * Decimal(parameters["structuring_share"])
    zone = ZoneInfo(subject["customer"]["time_zone"]) if subject["customer"] else UTC
    earliest = subject["local_date"] - timedelta(days=int(parameters["structuring_days"]))
    days: dict[date, set[str]] = defaultdict(set)
    for card in subject["children"].get("prepaid_card", ()):
        own = held(card)
        bought, total = card["occurred_at"], own.get("purchase_total")
        if bought is not None and own.get("purchase_no") and total is not None and floor <= total < limit:
            days[bought.astimezone(zone).date()].add(own["purchase_no"])
    most = int(parameters["structuring_purchases"])
    found = sorted(day for day, purchases in days.items() if day >= earliest and len(purchases) >= most)
    if not found:
        return None
    return Reason(
        code="retail.structuring",
        text=label(
            f"{found[-1]} 当日 {len(days[found[-1]])} 次购卡金额均略低于 {parameters['prepaid_identify_from']} 元"
            "的实名登记标准，疑似拆分。",
            f"On {found[-1]} cards were bought {len(days[found[-1]])} times for just under "
            f"{parameters['prepaid_identify_from']} yuan, from which a buyer is identified: this looks split.",
        ),
        verdict="warn",
        parameters=("prepaid_identify_from", "structuring_share", "structuring_purchases", "structuring_days"),
    )


def validity(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A named card has no end; an unnamed one lasts so many years at least."""
    card = held(subject["record"])
    issued, until = card.get("issued_on"), card.get("valid_until")
    if not until:
        return None
    if card.get("kind") == "named":
        return denied("prepaid_no_end", "记名卡不得设有效期。", "A named card has no end.")
    years = int(parameters["prepaid_valid_years"])
    if not issued or date.fromisoformat(until) >= add_months(date.fromisoformat(issued), 12 * years):
        return None
    return denied(
        "prepaid_validity", f"不记名卡有效期不得少于 {years} 年。", f"An unnamed card lasts {years} years at least.",
        "prepaid_valid_years",
    )  # fmt: skip


def unknown_buyer(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The buyer of any named card, or of much, is identified."""
    case = held(subject["case"])
    if case.get("buyer_identified"):
        return None
    amount, limit = case.get("purchase_amount"), Decimal(parameters["prepaid_identify_from"])
    if case.get("card_kind") != "named" and (amount is None or amount < limit * FEN):
        return None
    return denied(
        "prepaid_buyer", f"购买记名卡或一次购卡 {limit} 元以上的，须登记购卡人身份。",
        f"Who buys a named card, or cards for {limit} yuan and more, has to be identified.", "prepaid_identify_from",
    )  # fmt: skip


def paid_in_cash(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Much is not paid in cash: a lower amount for an organisation than for a person."""
    case = held(subject["case"])
    key = {"organisation": "prepaid_cash_organisation", "person": "prepaid_cash_person"}.get(case.get("buyer", ""))
    amount = case.get("purchase_amount")
    if key is None or case.get("tender") != "cash" or amount is None or amount < Decimal(parameters[key]) * FEN:
        return None
    return denied(
        "prepaid_cash", f"一次购卡达到 {parameters[key]} 元的，不得使用现金。",
        f"A purchase of {parameters[key]} yuan and more is not paid in cash.", key,
    )  # fmt: skip


def owed_back(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Within the days after paying, and without the goods had before, all of it goes back: neither refused nor cut."""
    case = held(subject["case"])
    paid, wanted = case.get("paid_on"), case.get("refund_asked_on")
    if not paid or not wanted or case.get("goods_taken"):
        return None
    days = int(parameters["prepaid_refund_days"])
    if date.fromisoformat(wanted) > date.fromisoformat(paid) + timedelta(days=days):
        return None
    whole = case.get("purchase_amount")
    if subject["step"] == "refund" and whole is not None and (case.get("card_refund") or 0) >= whole:
        return None
    return denied(
        "prepaid_owed", f"付款后 {days} 日内要求退卡且未消费的，应当全额返还预付款本金。",
        f"Asked for within {days} days of paying and with nothing received, the whole principal goes back.",
        "prepaid_refund_days",
    )  # fmt: skip


PREPAID = (
    Rule(
        key="prepaid_limit",
        label=label("预付卡限额", "How much a prepaid card may hold"),
        action="record_change",
        on=("prepaid_card",),
        citation=DECREE,
        parameters=("prepaid_named_limit", "prepaid_unnamed_limit"),
        decide=above_card_limit,
    ),
    Rule(
        key="prepaid_structuring",
        label=label("疑似拆分购卡", "Purchases of cards that look split"),
        action="record_watch",
        on=("membership",),
        children=("prepaid_card",),
        citation="《单用途商业预付卡管理办法（试行）》购卡实名登记；次数口径参照中国人民银行征求意见稿",
        verdict="warn",
        severity="high",
        parameters=("prepaid_identify_from", "structuring_share", "structuring_purchases", "structuring_days"),
        decide=split_purchases,
    ),
    Rule(
        key="prepaid_validity",
        label=label("预付卡有效期", "How long a prepaid card lasts"),
        action="record_change",
        on=("prepaid_card",),
        citation=DECREE,
        parameters=("prepaid_valid_years",),
        decide=validity,
    ),
    Rule(
        key="prepaid_buyer",
        label=label("购卡实名登记", "The buyer of prepaid cards is known"),
        action="case_step",
        on=("prepaid",),
        steps=("sell",),
        citation=DECREE,
        parameters=("prepaid_identify_from",),
        decide=unknown_buyer,
    ),
    Rule(
        key="prepaid_cash",
        label=label("大额购卡非现金", "Large purchases of cards are not paid in cash"),
        action="case_step",
        on=("prepaid",),
        steps=("sell",),
        citation=DECREE,
        parameters=("prepaid_cash_person", "prepaid_cash_organisation"),
        decide=paid_in_cash,
    ),
    Rule(
        key="prepaid_owed",
        label=label("七日内全额退卡", "All of a prepaid card goes back within seven days"),
        action="case_step",
        on=("prepaid",),
        steps=("refund", "refuse"),
        citation=COURT,
        parameters=("prepaid_refund_days",),
        decide=owed_back,
    ),
)
