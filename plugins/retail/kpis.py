"""How members buy and stay, how returns, complaints and refunds are kept in time, and what is owed in points."""

from __future__ import annotations

from core.plugin import Kpi, Total, both, eq, known, label, one_of
from plugins.retail.fields.choices import DISTANCE
from plugins.retail.fields.units import CURRENCY
from plugins.retail.records import BOUGHT, BROUGHT_BACK

HANDED_OVER = one_of("state", "received", *BROUGHT_BACK)
SOLD = one_of("state", *BOUGHT)
REFUND_ENDED = both(eq("workflow", "retail.returns"), one_of("clock.refund", "met", "breached"))
RETURN_ENDED = both(eq("workflow", "retail.returns"), one_of("state", "refunded", "exchanged", "closed"))
ANSWER_ENDED = both(eq("workflow", "retail.complaint"), one_of("clock.answer", "met", "breached"))
COMPLAINT_OVER = both(eq("workflow", "retail.complaint"), one_of("state", "closed", "agreed", "ended"))
REDEEMING = both(eq("workflow", "retail.points"), one_of("state", "redeemed", "settled", "released", "restored"))
REFUND_OF_CARD = both(eq("workflow", "retail.prepaid"), one_of("clock.refund", "met", "breached"))
MEMBER = known("retail.tier")
LIVE = eq("state", "active")

BUYING = (
    Kpi(
        key="active_members",
        label=label("活跃会员占比", "Active members"),
        numerator=both(MEMBER, one_of("retail.stage", "new", "active")),
        denominator=both(MEMBER, known("retail.stage")),
        by=("retail.tier",),
        note=label(
            "新会员与活跃会员数除以已知阶段的会员数。", "New and active members over members whose stage is known."
        ),
    ),
    Kpi(
        key="repeat_share",
        label=label("复购会员占比", "Members who buy often"),
        numerator=one_of("retail.rfm", *(f"{r}{f}{m}" for r in range(1, 6) for f in range(3, 6) for m in range(1, 6))),
        denominator=known("retail.rfm"),
        by=("retail.tier",),
        note=label("RFM 频次分位在 3 及以上的会员除以已分群会员。", "Members with a frequency quintile of 3 or more."),
    ),
    Kpi(
        key="basket",
        label=label("平均订单金额", "Value of an order"),
        on="record:order",
        unit="money",
        currency=CURRENCY,
        numerator=Total(of="amount_minor", when=SOLD),
        denominator=both(SOLD, known("amount_minor")),
        by=("retail.channel",),
        note=label("已成交订单的金额之和除以其数量。", "Amounts of orders sold over their number."),
    ),
    Kpi(
        key="distance_share",
        label=label("非现场销售占比", "Orders sold at a distance"),
        on="record:order",
        numerator=both(SOLD, one_of("retail.channel", *DISTANCE)),
        denominator=both(SOLD, known("retail.channel")),
        note=label(
            "网络、电话、电视、邮购订单除以已成交订单。", "By network, telephone, television and post, over all sold."
        ),
    ),
    Kpi(
        key="cancellation_rate",
        label=label("订单取消率", "Cancelled orders"),
        on="record:order",
        direction="down",
        numerator=eq("state", "cancelled"),
        denominator=known("state"),
        by=("retail.channel",),
        note=label("已取消订单除以全部订单。", "Orders cancelled over all orders."),
    ),
)
AFTER_SALES = (
    Kpi(
        key="return_rate",
        label=label("退换货率", "Return rate"),
        on="record:order",
        numerator=one_of("state", *BROUGHT_BACK),
        denominator=HANDED_OVER,
        direction="down",
        by=("retail.channel",),
        note=label("退换货订单数除以已交付订单数。", "Orders returned or exchanged over all that were handed over."),
    ),
    Kpi(
        key="refund_in_time",
        label=label("退款及时率", "Refunds in time"),
        on="case",
        numerator=both(*REFUND_ENDED["of"], eq("clock.refund", "met")),
        denominator=REFUND_ENDED,
        direction="up",
        note=label(
            "收到退回商品后在法定期限内处理的退货数，除以该期限已有结果的退货数。",
            "Returns settled within the legal days after the goods came back, over all whose days have come to an end.",
        ),
    ),
    Kpi(
        key="defective_share",
        label=label("质量原因退货占比", "Returns for defects"),
        on="case",
        direction="down",
        numerator=both(*RETURN_ENDED["of"], eq("retail.return_reason", "defective")),
        denominator=both(*RETURN_ENDED["of"], known("retail.return_reason")),
        note=label("质量问题退货除以已完结退货。", "Returns for defects over returns that have ended."),
    ),
    Kpi(
        key="complaints_answered_in_time",
        label=label("投诉答复及时率", "Complaints answered in time"),
        on="case",
        numerator=both(*ANSWER_ENDED["of"], eq("clock.answer", "met")),
        denominator=ANSWER_ENDED,
        by=("retail.complaint_source", "retail.complaint_topic"),
        note=label(
            "按时答复的投诉除以已答复或已超期的投诉。", "Complaints answered in time over those answered or overdue."
        ),
    ),
    Kpi(
        key="complaints_settled_without_authority",
        label=label("投诉自行和解率", "Complaints settled by the shop"),
        on="case",
        numerator=both(*COMPLAINT_OVER["of"], eq("state", "closed")),
        denominator=COMPLAINT_OVER,
        note=label(
            "未进入调解即办结的投诉除以已结束投诉。", "Complaints closed without mediation over all that ended."
        ),
    ),
)
CARDS = (
    Kpi(
        key="redemption_rate",
        label=label("兑换完成率", "Redemptions completed"),
        on="case",
        numerator=both(*REDEEMING["of"], one_of("state", "redeemed", "settled")),
        denominator=REDEEMING,
        note=label("完成的兑换除以已有结果的兑换申请。", "Redemptions completed over requests that came to something."),
    ),
    Kpi(
        key="points_held",
        label=label("卡均可用积分", "Points on a card"),
        on="record:membership",
        unit="number",
        direction="down",
        numerator=Total(of="retail.points", when=LIVE),
        denominator=both(LIVE, known("retail.points")),
        by=("retail.tier",),
        note=label(
            "正常会员卡可用积分之和除以卡数，用于估计积分负债。",
            "Points to spend over live cards.",
        ),
    ),
    Kpi(
        key="card_refunds_in_time",
        label=label("退卡及时率", "Card refunds in time"),
        on="case",
        numerator=both(*REFUND_OF_CARD["of"], eq("clock.refund", "met")),
        denominator=REFUND_OF_CARD,
        note=label(
            "按时退卡的申请除以已有结果的退卡申请。", "Refunds of prepaid cards in time over those answered or overdue."
        ),
    ),
)

KPIS = (*BUYING, *AFTER_SALES, *CARDS)
