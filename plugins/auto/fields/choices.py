"""What may be chosen: grades, roles, faults, outcomes."""

from __future__ import annotations

from core.plugin import choice

INTENT_GRADES = (
    choice("h", "H（两天内跟进）", "H (follow up within 2 days)", "bad"),
    choice("a", "A（七天内跟进）", "A (within 7 days)", "warn"),
    choice("b", "B（十五天内跟进）", "B (within 15 days)", "info"),
    choice("c", "C（三十天内跟进）", "C (within 30 days)"),
    choice("o", "O（已订车）", "O (ordered)", "ok"),
    choice("f", "F（战败）", "F (lost)"),
)
HORIZONS = (
    choice("week", "一周内", "Within a week"),
    choice("month", "一个月内", "Within a month"),
    choice("quarter", "三个月内", "Within three months"),
    choice("later", "三个月以后", "Later"),
)
ROLES = (
    choice("prospect", "意向客户", "Prospect"),
    choice("owner", "车主", "Owner", "ok"),
    choice("driver", "使用人", "Driver"),
    choice("fleet", "单位车队", "Fleet"),
)
ENERGIES = (
    choice("petrol", "燃油", "Petrol or diesel"),
    choice("hybrid", "混合动力", "Hybrid"),
    choice("electric", "纯电动", "Electric", "teal"),
)
CATEGORIES = (
    choice("engine", "发动机", "Engine"),
    choice("transmission", "变速器", "Transmission"),
    choice("battery", "动力蓄电池", "Traction battery"),
    choice("motor", "行驶驱动电机", "Drive motor"),
    choice("steering", "转向系统", "Steering"),
    choice("brakes", "制动系统", "Brakes"),
    choice("suspension", "悬架系统", "Suspension"),
    choice("drivetrain", "传动系统", "Drivetrain"),
    choice("emissions", "污染控制装置", "Emission control"),
    choice("body", "车身", "Body"),
    choice("other", "其他", "Other"),
)
SEVERITIES = (
    choice("ordinary", "一般质量问题", "Ordinary"),
    choice("safety", "严重安全性能故障", "Serious safety fault", "bad"),
)
INCIDENTS = (
    choice("steering_failure", "转向系统失效", "Steering failed", "bad"),
    choice("brake_failure", "制动系统失效", "Brakes failed", "bad"),
    choice("body_crack", "车身开裂", "Body cracked", "bad"),
    choice("fuel_leak", "燃油泄漏", "Fuel leaked", "bad"),
    choice("battery_fire", "动力蓄电池起火", "Traction battery burnt", "bad"),
)
DEMANDS = (choice("replace", "更换", "Replacement"), choice("refund", "退货", "Refund"))
REJECTIONS = (
    choice("conditions_not_met", "不符合更换或者退货条件", "Conditions not met"),
    choice("told_defect", "购买时已书面告知的瑕疵", "Defect told in writing on purchase"),
    choice("misuse", "未按说明书使用、维护、保养", "Used or maintained against the manual"),
    choice("modified", "擅自改装、调整、拆卸", "Modified against the manual"),
    choice("owner_handling", "发生问题后自行处置不当", "Handled wrongly by the owner"),
    choice("force_majeure", "不可抗力", "Force majeure"),
)
"""The exemptions of article 32. That the car was serviced elsewhere is none, so it is not to be chosen."""

DEFEATS = (
    choice("price", "价格", "Price"),
    choice("competitor", "选择竞品", "Bought another make"),
    choice("other_dealer", "在其他经销商购买", "Bought from another dealer"),
    choice("model", "车型或配置不合适", "Model or equipment did not fit"),
    choice("delivery", "交付周期", "Delivery took too long"),
    choice("finance", "贷款未通过", "Loan refused"),
    choice("quota", "无上牌指标", "No licence quota"),
    choice("postponed", "暂缓购车", "Purchase put off"),
    choice("unreachable", "无法联系", "Could not be reached"),
)
LEAD_SOURCES = (
    choice("website", "官网", "Website"),
    choice("platform", "垂直媒体", "Listing platform"),
    choice("hotline", "热线来电", "Hotline"),
    choice("walk_in", "自然进店", "Walk-in"),
    choice("referral", "老客户推荐", "Referral"),
    choice("event", "车展活动", "Event"),
    choice("maker", "厂家下发", "From the maker"),
)
QUOTAS = (
    choice("have", "已有指标", "Has one", "ok"),
    choice("electric", "新能源指标", "For electric cars only", "info"),
    choice("none", "无指标", "Has none", "warn"),
    choice("not_needed", "不限购", "None needed"),
)
FINANCE = (
    choice("cash", "全款", "Cash"),
    choice("loan", "贷款", "Loan"),
    choice("lease", "融资租赁", "Lease"),
)
VISITS = (
    choice("first_service", "首次保养", "First service", "info"),
    choice("maintenance", "定期保养", "Maintenance"),
    choice("repair", "维修", "Repair", "warn"),
    choice("bodywork", "事故钣喷", "Bodywork"),
    choice("recall", "召回", "Recall", "bad"),
    choice("inspection", "年检代办", "Inspection"),
)
REMEDIES = (
    choice("relabel", "修正或补充标识", "Relabelling"),
    choice("repair", "修理", "Repair"),
    choice("replace", "更换", "Replacement"),
    choice("refund", "退货", "Refund"),
)
"""How a defect is removed (《缺陷汽车产品召回管理条例》第十九条)."""
