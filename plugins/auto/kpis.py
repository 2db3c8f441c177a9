"""How leads are answered and become sales, how the workshop repairs, and how recalls and claims are dealt with."""

from __future__ import annotations

from core.plugin import Kpi, Total, both, eq, known, label, one_of, unlike
from plugins.auto.fields.units import CURRENCY

LEADS = eq("workflow", "auto.lead")
ANSWERED = both(LEADS, one_of("clock.first_response", "met", "breached"))
VISITED = both(LEADS, eq("auto.visited", True))
DRIVEN = both(VISITED, eq("auto.test_driven", True))
ENDED = both(LEADS, {"op": "or", "of": [eq("auto.ordered", True), eq("state", "lost")]})
FINISHED = both(eq("state", "closed"), known("auto.resolved"))
DECIDED = both(eq("workflow", "auto.sanbao"), one_of("state", "agreed", "waiting", "completed", "rejected"))
CLAIMS = both(eq("workflow", "auto.sanbao"), one_of("clock.reply", "met", "breached"))
REACHABLE = unlike(one_of("state", "scrapped", "exported"))
HANDED_OVER = eq("state", "handed_over")
DELIVERED = eq("state", "delivered")
SOLD = one_of("state", "sold", "returned")

SALES = (
    Kpi(
        key="first_response_in_time",
        label=label("首次响应及时率", "First responses in time"),
        on="case",
        numerator=both(*ANSWERED["of"], eq("clock.first_response", "met")),
        denominator=ANSWERED,
        by=("auto.lead_source",),
        note=label(
            "按时首次响应的线索除以已响应或已超时的线索。", "Leads answered in time over those answered or overdue."
        ),
    ),
    Kpi(
        key="lead_to_visit",
        label=label("线索到店率", "Leads that visit"),
        on="case",
        numerator=VISITED,
        denominator=LEADS,
        by=("auto.lead_source",),
        note=label("已到店线索除以全部线索。", "Leads whose customer came over all leads."),
    ),
    Kpi(
        key="visit_to_drive",
        label=label("到店试驾率", "Visits with a test drive"),
        on="case",
        numerator=DRIVEN,
        denominator=VISITED,
        note=label("已试驾线索除以已到店线索。", "Leads with a test drive over those that visited."),
    ),
    Kpi(
        key="drive_to_order",
        label=label("试驾成交率", "Test drives that order"),
        on="case",
        numerator=both(*DRIVEN["of"], eq("auto.ordered", True)),
        denominator=DRIVEN,
        note=label("试驾后订车的线索除以已试驾线索。", "Leads that ordered after a test drive over those that drove."),
    ),
    Kpi(
        key="close_rate",
        label=label("线索成交率", "Close rate"),
        on="case",
        numerator=both(LEADS, eq("auto.ordered", True)),
        denominator=ENDED,
        by=("auto.lead_source", "auto.lead_grade"),
        note=label("订车线索除以订车与战败线索之和。", "Leads that ordered over those that ordered or were lost."),
    ),
    Kpi(
        key="net_price",
        label=label("平均成交价", "Average net price"),
        on="record:order",
        unit="money",
        currency=CURRENCY,
        numerator=Total(of="auto.net_price", when=DELIVERED),
        denominator=both(DELIVERED, known("auto.net_price")),
        by=("auto.finance",),
        note=label("已交付订单的成交价之和除以其数量。", "Net prices of delivered orders over their number."),
    ),
    Kpi(
        key="trade_in_rate",
        label=label("置换率", "Trade-in rate"),
        on="record:order",
        numerator=both(DELIVERED, eq("auto.trade_in", True)),
        denominator=both(DELIVERED, known("auto.trade_in")),
        note=label("含旧车置换的已交付订单除以已交付订单。", "Delivered orders with a trade-in over delivered orders."),
    ),
)
SERVICE = (
    Kpi(
        key="fixed_first_time",
        label=label("一次修复率", "Fixed first time"),
        on="record:repair",
        numerator=both(*FINISHED["of"], eq("auto.resolved", True)),
        denominator=FINISHED,
        by=("auto.fault_category",),
        note=label("故障已排除的维修除以已交车且有结果的维修。", "Repairs that removed the fault over those finished."),
    ),
    Kpi(
        key="serviced_share",
        label=label("保养回厂率", "Owners who come for service"),
        on="record:vehicle",
        numerator=both(SOLD, known("auto.last_service_on")),
        denominator=SOLD,
        note=label("有保养记录的已售车辆除以已售车辆。", "Sold vehicles with a service over sold vehicles."),
    ),
    Kpi(
        key="service_satisfaction",
        label=label("售后满意率", "Satisfied with the workshop"),
        on="record:service_visit",
        numerator=both(HANDED_OVER, eq("auto.satisfied", True)),
        denominator=both(HANDED_OVER, known("auto.satisfied")),
        by=("auto.purpose",),
        note=label("回访满意的进厂除以已回访的进厂。", "Visits whose customer was satisfied over those asked."),
    ),
    Kpi(
        key="visit_value",
        label=label("单车产值", "Value of a visit"),
        on="record:service_visit",
        unit="money",
        currency=CURRENCY,
        numerator=Total(of="amount_minor", when=HANDED_OVER),
        denominator=both(HANDED_OVER, known("amount_minor")),
        by=("auto.purpose",),
        note=label("已交车进厂的金额之和除以其数量。", "Amounts of finished visits over their number."),
    ),
    Kpi(
        key="repair_time",
        label=label("平均维修时长", "Time of a repair"),
        on="record:repair",
        unit="hours",
        direction="down",
        numerator=Total(of="auto.closed_at", since="auto.opened_at", when=eq("state", "closed")),
        denominator=both(eq("state", "closed"), known("auto.opened_at"), known("auto.closed_at")),
        by=("auto.fault_category",),
        note=label("完成修理时间减确定修理时间之和除以维修数。", "From repair agreed to repair finished, on average."),
    ),
)
DUTIES = (
    Kpi(
        key="claims_agreed",
        label=label("三包要求同意率", "Claims agreed to"),
        on="case",
        numerator=both(*DECIDED["of"], {"op": "ne", "field": "state", "value": "rejected"}),
        denominator=DECIDED,
        note=label("同意退换的要求除以已有结论的要求。", "Claims agreed to over claims decided."),
    ),
    Kpi(
        key="claims_replied_in_time",
        label=label("三包答复及时率", "Claims replied to in time"),
        on="case",
        numerator=both(*CLAIMS["of"], eq("clock.reply", "met")),
        denominator=CLAIMS,
        note=label("10 个工作日内答复的要求除以已答复或已超期的要求。", "Claims replied to within 10 working days."),
    ),
    Kpi(
        key="recall_completion",
        label=label("召回完成率", "Recall completion"),
        on="record:recall",
        numerator=eq("state", "remedied"),
        denominator=REACHABLE,
        by=("state",),
        note=label(
            "已完成的车辆除以受影响车辆（不含报废、出口）。", "Remedied over affected, without scrapped and exported."
        ),
    ),
)

KPIS = (*SALES, *SERVICE, *DUTIES)
