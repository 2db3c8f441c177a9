"""After the sale: visits to the workshop, each repair, claims for a new car, recalls."""

from __future__ import annotations

from core.plugin import fields_on, label
from plugins.auto.fields.choices import CATEGORIES, DEMANDS, INCIDENTS, REJECTIONS, REMEDIES, SEVERITIES, VISITS
from plugins.auto.fields.units import CURRENCY, KILOMETRES

repair, visit, recall, case = (
    fields_on("record:repair"),
    fields_on("record:service_visit"),
    fields_on("record:recall"),
    fields_on("case"),
)
HOURS = label("小时", "h")

REPAIR = (
    repair("fault_category", "故障部位", "Fault", "choice", choices=CATEGORIES, required=True),
    repair("main_part", "主要零部件", "Main part", max_length=80),
    repair("problem_key", "质量问题编号", "Problem", max_length=40, help=label(
        "同一质量问题用同一编号。", "The same problem has the same key.")),
    repair("severity", "严重程度", "Severity", "choice", choices=SEVERITIES),
    repair("incident", "法定情形", "Incident", "choice", choices=INCIDENTS),
    repair("quality_problem", "属质量问题", "A quality problem", "boolean", help=label(
        "事故、易损耗件、第三十二条情形填“否”。", "No for accidents, wearing parts and what article 32 exempts.")),
    repair("opened_at", "确定修理时间", "Repair agreed", "datetime", required=True),
    repair("closed_at", "完成修理时间", "Repair finished", "datetime"),
    repair("excluded_hours", "不计入的小时数", "Hours not counted", "integer", minimum=0, maximum=9999, help=label(
        "定制零部件和动力蓄电池的运输、外出救援路途。", "Transport of custom parts and traction batteries, rescue journeys.")),
    repair("odometer", "送修里程", "Odometer on arrival", "integer", unit=KILOMETRES, minimum=0, maximum=9_999_999),
    repair("assembly_replaced", "更换了总成", "Assembly replaced", "boolean"),
    repair("part_replaced", "更换了主要零部件", "Main part replaced", "boolean"),
    repair("resolved", "故障已排除", "Fault gone", "boolean"),
    repair("dealer_code", "维修网点代码", "Workshop", max_length=40),
    repair("operation_code", "维修项目代码", "Operation", max_length=40),
    repair("warranty_claim", "向厂家索赔", "Claimed from the maker", "boolean"),
    repair("labour_hours", "工时", "Labour", "decimal", unit=HOURS, minimum=0, maximum=999),
    repair("guide_hours", "标准工时", "Guide time", "decimal", unit=HOURS, minimum=0, maximum=999),
    repair("part_returned", "旧件已返还", "Old part sent back", "boolean"),
    repair("loaner_given", "已提供备用车或交通补偿", "Loaner or compensation given", "boolean"),
)  # fmt: skip
"""Article 17 of the 三包 regulation says what a record of a repair holds; the counters of articles 20 to 24 read it."""

VISIT = (
    visit("purpose", "来店目的", "Purpose", "choice", choices=VISITS, required=True),
    visit("dealer_code", "维修网点代码", "Workshop", max_length=40),
    visit("odometer", "进厂里程", "Odometer on arrival", "integer", unit=KILOMETRES, minimum=0, maximum=9_999_999),
    visit("complaint", "客户描述", "What the customer says", "long_text", max_length=2000),
    visit("findings", "检查结果", "What was found", "long_text", max_length=2000),
    visit("quoted", "报价", "Quoted", "money", currency=CURRENCY, minimum=0),
    visit("agreed", "客户同意施工", "The customer agrees", "boolean"),
    visit("promised_at", "预计交车时间", "Promised for", "datetime"),
    visit("handed_over_at", "交车时间", "Handed over at", "datetime"),
    visit("quality_checked", "终检合格", "Passed the final check", "boolean"),
    visit("satisfied", "回访满意", "Satisfied when asked", "boolean"),
)
RECALL = (
    recall("campaign_no", "召回编号", "Campaign", required=True, max_length=40, indexed=True),
    recall("component", "缺陷部件", "Component", required=True, max_length=200),
    recall("consequence", "可能后果", "Consequence", "long_text", max_length=1000),
    recall(
        "emergency_measure",
        "应急处置方法",
        "Until then",
        "long_text",
        max_length=1000,
        help=label("告知车主避免损害发生的方法（第十八条）。", "How the owner avoids harm (article 18)."),
    ),
    recall("remedy", "消除缺陷的措施", "Remedy", "choice", choices=REMEDIES, required=True),
    recall("announced_on", "召回公告日期", "Announced on", "date", required=True),
    recall("notified_on", "告知车主日期", "Owner told on", "date"),
    recall("booked_for", "预约日期", "Booked for", "date"),
    recall("remedied_on", "完成日期", "Remedied on", "date"),
)
SANBAO = (
    case("demand", "消费者要求", "Demand", "choice", choices=DEMANDS),
    case("reply", "答复内容", "Reply", "long_text", max_length=2000),
    case("rejection_reason", "不予更换或退货的理由", "Reason for refusing", "choice", choices=REJECTIONS),
    case("certificate_no", "换车（退车）证明编号", "Certificate", max_length=60),
)
WORKSHOP = (
    case("diagnosis", "诊断结论", "Diagnosis", "long_text", max_length=2000),
    case("quote", "维修报价", "Quote", "money", currency=CURRENCY, minimum=0),
    case("customer_agrees", "客户同意施工", "The customer agrees", "boolean"),
    case("rework_reason", "返工原因", "Why it is reworked", max_length=200),
    case("rating", "回访评分", "Rating when asked", "integer", minimum=0, maximum=10),
    case("notified_how", "告知方式", "Told by", max_length=80),
    case("booked_for", "预约日期", "Booked for", "date"),
    case("unreachable_reason", "无法完成的原因", "Why it cannot be done", max_length=200),
)
