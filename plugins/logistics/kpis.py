"""How shipments arrive, how complaints and claims are dealt with, and what is sent."""

from __future__ import annotations

from core.plugin import Kpi, Total, both, eq, known, label, one_of, unlike
from plugins.logistics.fields.units import CURRENCY

ON = "record:shipment"
SENT = unlike(eq("state", "created"))
DELIVERED = known("logistics.on_time")
ARRIVED = one_of("state", "delivered", "closed")
COMPLAINTS = eq("workflow", "logistics.complaint")
ANSWERED = both(COMPLAINTS, one_of("state", "answered", "accepted", "escalated_12305", "closed"))
PAID = eq("state", "paid")
TOLD = both(eq("workflow", "logistics.delay"), one_of("clock.tell", "met", "breached"))
REMITTED = both(known("logistics.cod_amount"), one_of("clock.remittance", "met", "breached"))
LATE = eq("logistics.on_time", False)

SHIPMENTS = (
    Kpi(
        key="on_time_rate",
        label=label("准时送达率", "On-time delivery"),
        on=ON,
        numerator=eq("logistics.on_time", True),
        denominator=DELIVERED,
        by=("logistics.carriage", "logistics.zone", "logistics.carrier"),
        note=label(
            "承诺时间前签收的运单除以已签收且有承诺时间的运单。",
            "Shipments delivered by their promise over those delivered that had one.",
        ),
    ),
    Kpi(
        key="lateness",
        label=label("平均延误", "Lateness"),
        on=ON,
        unit="days",
        direction="down",
        numerator=Total(of="logistics.delivered_at", since="logistics.promised_at", when=LATE),
        denominator=both(LATE, known("logistics.promised_at"), known("logistics.delivered_at")),
        by=("logistics.carriage",),
        note=label("迟到运单的签收时间减承诺时间之和除以其数量。", "Days past the promise of late shipments, on average."),
    ),
    Kpi(
        key="first_attempt",
        label=label("首次派送成功率", "Delivered at the first attempt"),
        on=ON,
        numerator=both(ARRIVED, eq("logistics.attempts", 1)),
        denominator=both(ARRIVED, known("logistics.attempts"), unlike(eq("logistics.attempts", 0))),
        by=("logistics.zone",),
        note=label("一次派送即签收的运单除以有派送次数的已签收运单。", "Delivered at attempt one over all delivered."),
    ),
    Kpi(
        key="perfect_order",
        label=label("完美订单率", "Perfect orders"),
        on=ON,
        numerator=both(
            eq("logistics.on_time", True), eq("logistics.complete", True), eq("logistics.damaged", False), known("logistics.proof"),
        ),
        denominator=both(DELIVERED, known("logistics.complete"), known("logistics.damaged")),
        note=label("准时、齐全、完好且签收凭证齐备的运单占比。", "On time, complete, undamaged and with proof of delivery."),
    ),
    Kpi(
        key="damage_rate",
        label=label("损毁率（百万件）", "Damaged, per million"),
        on=ON,
        unit="per_million",
        direction="down",
        numerator=both(SENT, eq("logistics.damaged", True)),
        denominator=both(SENT, known("logistics.damaged")),
        by=("logistics.carriage",),
        note=label("损毁运单除以已核验运单，按百万件计。", "Damaged over checked shipments, per million."),
    ),
    Kpi(
        key="cod_remitted_in_time",
        label=label("货款返还及时率", "Cash remitted in time"),
        on=ON,
        numerator=both(*REMITTED["of"], eq("clock.remittance", "met")),
        denominator=REMITTED,
        note=label("按时返还代收货款的运单占比。", "Cash on delivery passed on in time."),
    ),
    Kpi(
        key="freight_value",
        label=label("票均运费", "Freight per shipment"),
        on=ON,
        unit="money",
        currency=CURRENCY,
        numerator=Total(of="amount_minor", when=SENT),
        denominator=both(SENT, known("amount_minor")),
        by=("logistics.carriage",),
        note=label("运费之和除以有运费的运单数。", "Freight over shipments that have it."),
    ),
)  # fmt: skip
DEALINGS = (
    Kpi(
        key="answered_in_time",
        label=label("投诉七日办结率", "Complaints answered within seven days"),
        on="case",
        numerator=both(*ANSWERED["of"], unlike(eq("logistics.overdue", True))),
        denominator=ANSWERED,
        by=("logistics.complaint_kind",),
        note=label(
            "期限内处理并告知用户的投诉除以已答复的投诉。",
            "Complaints handled and told in time over all that were answered.",
        ),
    ),
    Kpi(
        key="taken_to_authority",
        label=label("申诉升级率", "Complaints taken to 12305"),
        on="case",
        direction="down",
        numerator=both(COMPLAINTS, known("logistics.authority_ref")),
        denominator=COMPLAINTS,
        note=label("用户向 12305 申诉的投诉除以全部投诉。", "Complaints taken to 12305 over all complaints."),
    ),
    Kpi(
        key="told_first",
        label=label("延误主动告知及时率", "Delays told in time"),
        on="case",
        numerator=both(*TOLD["of"], eq("clock.tell", "met")),
        denominator=TOLD,
        note=label("时限内告知客户的延误除以已告知或已超时的延误。", "Delays of which the customer was told in time."),
    ),
    Kpi(
        key="claim_payout",
        label=label("理赔赔付比", "Paid over claimed"),
        on="record:claim",
        direction="down",
        numerator=Total(of="logistics.paid", when=PAID),
        denominator=Total(of="logistics.claimed", when=PAID),
        by=("logistics.reason",),
        note=label("已赔付金额除以其索赔金额。", "Amounts paid over amounts claimed, of claims that were paid."),
    ),
    Kpi(
        key="claim_cycle",
        label=label("理赔周期", "Time of a claim"),
        on="record:claim",
        unit="days",
        direction="down",
        numerator=Total(of="logistics.paid_on", since="logistics.opened_on", when=PAID),
        denominator=both(PAID, known("logistics.opened_on"), known("logistics.paid_on")),
        by=("logistics.reason",),
        note=label("赔付日期减受理日期之和除以件数。", "From opened to paid, on average."),
    ),
)

KPIS = (*SHIPMENTS, *DEALINGS)
