"""What a telecom operator knows of its subscribers, their lines and their retention cases."""

from __future__ import annotations

from core.plugin import Field, Sensitivity, choice, label
from core.plugin.standards import iccid, imsi
from plugins.telecom.numbers import msisdn

CURRENCY = "CNY"


MONTHS = label("个月", "months")
CONTRACTS = (
    choice("month_to_month", "按月", "Month to month", "warn"),
    choice("one_year", "一年期", "One year"),
    choice("two_year", "两年期", "Two years", "ok"),
)
PAYMENT_METHODS = (
    choice("mobile_wallet", "移动支付", "Mobile wallet"),
    choice("bank_transfer", "银行代扣", "Bank transfer (automatic)"),
    choice("credit_card", "信用卡代扣", "Credit card (automatic)"),
    choice("electronic_check", "电子支票", "Electronic check"),
    choice("mailed_check", "邮寄支票", "Mailed check"),
)
INTERNET_SERVICES = (
    choice("none", "无", "None"),
    choice("dsl", "DSL", "DSL"),
    choice("fiber", "光纤", "Fibre optic"),
)
MULTIPLE_LINES = (
    choice("yes", "多线", "Several lines"),
    choice("no", "单线", "One line"),
    choice("no_phone", "未开通电话", "No phone service"),
)
INTERNET_EXTRA = (
    choice("yes", "已订", "Subscribed", "ok"),
    choice("no", "未订", "Not subscribed"),
    choice("no_internet", "未开通宽带", "No internet service"),
)
GENDERS = (choice("female", "女", "Female"), choice("male", "男", "Male"))
VALUE_TIERS = (
    choice("diamond", "钻", "Diamond", "info"),
    choice("gold", "金", "Gold", "warn"),
    choice("silver", "银", "Silver"),
    choice("standard", "普", "Standard"),
)
REAL_NAME_STATES = (
    choice("unverified", "未实名", "Not verified", "warn"),
    choice("pending", "核验中", "Being verified"),
    choice("verified", "已实名", "Verified", "ok"),
    choice("suspect", "涉嫌异常", "Suspect", "bad"),
    choice("failed", "核验未通过", "Failed", "bad"),
)
PAYMENT_MODES = (choice("prepaid", "预付费", "Prepaid"), choice("postpaid", "后付费", "Postpaid"))
OFFERS = (
    choice("discount", "资费折扣", "Discount"),
    choice("data_gift", "赠送流量", "Extra data"),
    choice("plan_upgrade", "套餐升级", "Plan upgrade"),
    choice("handset", "购机补贴", "Handset subsidy"),
)
REFUSAL_REASONS = (
    choice("price", "价格", "Price"),
    choice("coverage", "信号覆盖", "Coverage"),
    choice("service", "服务质量", "Service quality"),
    choice("moved", "迁居", "Moved away"),
    choice("do_not_call", "要求勿扰", "Asked not to be contacted"),
    choice("other", "其他", "Other"),
)
COMPLAINT_KINDS = (
    choice("billing", "收费争议", "Billing"),
    choice("network", "网络质量", "Network"),
    choice("marketing", "营销宣传", "Marketing"),
    choice("contract", "合约与退订", "Contract"),
    choice("real_name", "实名登记", "Real name"),
    choice("service", "服务态度", "Service"),
    choice("other", "其他", "Other"),
)
MEDIATION_RESULTS = (
    choice("agreed", "达成调解", "Agreed", "ok"),
    choice("not_agreed", "调解不成", "Not agreed"),
    choice("terminated", "终止调解", "Ended"),
)


def yes_no(key: str, zh: str, en: str, sensitivity: Sensitivity = "plain") -> Field:
    return Field(key=key, label=label(zh, en), kind="boolean", sensitivity=sensitivity)


def money(key: str, zh: str, en: str) -> Field:
    return Field(key=key, label=label(zh, en), kind="money", currency=CURRENCY, minimum=0)


def extra(key: str, zh: str, en: str) -> Field:
    return Field(key=key, label=label(zh, en), kind="choice", choices=INTERNET_EXTRA)


SUBSCRIBER = (
    Field(key="plan", label=label("套餐", "Plan"), kind="text", max_length=80),
    Field(key="contract", label=label("合约类型", "Contract"), kind="choice", choices=CONTRACTS),
    Field(key="contract_end", label=label("合约到期日", "Contract ends"), kind="date", indexed=True),
    Field(key="tenure_months", label=label("在网时长", "Tenure"), kind="integer", unit=MONTHS, minimum=0, maximum=1200),
    Field(key="value_tier", label=label("客户价值等级", "Value tier"), kind="choice", choices=VALUE_TIERS),
    Field(key="real_name_status", label=label("实名状态", "Real-name status"), kind="choice", choices=REAL_NAME_STATES),
)
SERVICES = (
    yes_no("phone_service", "电话业务", "Phone service"),
    Field(key="multiple_lines", label=label("多线", "Lines"), kind="choice", choices=MULTIPLE_LINES),
    Field(key="internet_service", label=label("宽带", "Internet"), kind="choice", choices=INTERNET_SERVICES),
    extra("online_security", "网络安全", "Online security"),
    extra("online_backup", "云备份", "Online backup"),
    extra("device_protection", "终端保障", "Device protection"),
    extra("tech_support", "技术支持", "Technical support"),
    extra("streaming_tv", "电视流媒体", "Streaming TV"),
    extra("streaming_movies", "影视流媒体", "Streaming films"),
)
BILLING = (
    money("monthly_charge", "本月费用", "Charge this month"),
    money("charge_mean_3m", "前三个月平均费用", "Mean of the three months before"),
    money("total_charge", "累计费用", "Charges in total"),
    Field(key="payment_method", label=label("付款方式", "Payment method"), kind="choice", choices=PAYMENT_METHODS),
    yes_no("paperless_billing", "电子账单", "Paperless billing"),
)
HOUSEHOLD = (
    Field(key="gender", label=label("性别", "Gender"), kind="choice", choices=GENDERS, sensitivity="personal"),
    yes_no("senior_citizen", "老年客户", "Senior citizen", "personal"),
    yes_no("partner", "有配偶或伴侣", "Has a partner", "personal"),
    yes_no("dependents", "有受抚养人", "Has dependents", "personal"),
)
RISK = (
    yes_no("churned", "已离网", "Churned"),
    Field(
        key="churn_score",
        label=label("离网倾向分", "Churn score"),
        kind="integer",
        indexed=True,
        minimum=0,
        maximum=100,
        help=label("0 到 100，越高越可能离网。", "0 to 100; the higher, the likelier to leave."),
    ),
)
LINE = (
    Field(
        key="msisdn",
        on="record:line",
        label=label("电话号码", "Phone number"),
        kind="text",
        required=True,
        validator=msisdn,
        sensitivity="personal",
        mask="phone",
        indexed=True,
        max_length=20,
    ),
    Field(
        key="iccid",
        on="record:line",
        label=label("SIM 卡号（ICCID）", "SIM card (ICCID)"),
        kind="text",
        validator=iccid,
        sensitivity="personal",
        mask="card",
        max_length=24,
    ),
    Field(
        key="imsi",
        on="record:line",
        label=label("用户识别码（IMSI）", "Subscription (IMSI)"),
        kind="text",
        validator=imsi,
        sensitivity="personal",
        mask="text",
        max_length=20,
    ),
    Field(key="plan", on="record:line", label=label("套餐", "Plan"), kind="text", max_length=80),
    Field(
        key="payment_mode", on="record:line", label=label("付费方式", "Payment"), kind="choice", choices=PAYMENT_MODES
    ),
    Field(key="activated_on", on="record:line", label=label("入网日期", "Activated on"), kind="date"),
)
RETENTION = (
    Field(key="offer", on="case", label=label("挽留方案", "Offer"), kind="choice", choices=OFFERS),
    Field(
        key="refusal_reason",
        on="case",
        label=label("拒绝原因", "Reason for refusal"),
        kind="choice",
        choices=REFUSAL_REASONS,
    ),
    Field(key="confirmed_on", on="case", label=label("二次确认日期", "Confirmed twice on"), kind="date"),
)
COMPLAINT = (
    Field(key="complaint_kind", on="case", label=label("投诉类别", "About"), kind="choice", choices=COMPLAINT_KINDS),
    Field(key="demand", on="case", label=label("用户诉求", "What the user asks for"), kind="long_text"),
    Field(key="answer", on="case", label=label("企业答复", "The carrier's answer"), kind="long_text"),
    Field(key="appeal_no", on="case", label=label("申诉编号", "Appeal number"), kind="text", max_length=40),
    Field(
        key="mediation_result",
        on="case",
        label=label("调解结果", "Result of mediation"),
        kind="choice",
        choices=MEDIATION_RESULTS,
    ),
)

FIELDS = (*SUBSCRIBER, *SERVICES, *BILLING, *HOUSEHOLD, *RISK, *LINE, *RETENTION, *COMPLAINT)
