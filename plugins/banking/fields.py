"""What a bank knows of its customers, their accounts and assessments, and what its cases ask for."""

from __future__ import annotations

from core.plugin import Field, choice, label
from core.plugin.standards import iban
from plugins.banking.accounts import account_number

CURRENCY = "CNY"

LEVELS = ("c1", "c2", "c3", "c4", "c5")
RISKS = ("r1", "r2", "r3", "r4", "r5")
"""《金融机构产品适当性管理办法》: products and customers are graded in five levels at least."""

CAPACITIES = (
    choice("c1", "C1 保守型", "C1 conservative"),
    choice("c2", "C2 稳健型", "C2 cautious"),
    choice("c3", "C3 平衡型", "C3 balanced"),
    choice("c4", "C4 成长型", "C4 growth"),
    choice("c5", "C5 进取型", "C5 aggressive"),
)
PRODUCT_RISKS = (
    choice("r1", "R1 低风险", "R1 low"),
    choice("r2", "R2 中低风险", "R2 medium-low"),
    choice("r3", "R3 中风险", "R3 medium", "warn"),
    choice("r4", "R4 中高风险", "R4 medium-high", "warn"),
    choice("r5", "R5 高风险", "R5 high", "bad"),
)
SEGMENTS = (
    choice("mass", "大众", "Mass"),
    choice("affluent", "财富", "Affluent", "info"),
    choice("private", "私人银行", "Private banking", "plum"),
    choice("business", "对公", "Business", "teal"),
)
KYC_STATES = (
    choice("verified", "已核实", "Verified", "ok"),
    choice("review_due", "待复核", "Review due", "warn"),
    choice("documents_requested", "待补资料", "Documents requested", "warn"),
    choice("overdue", "复核逾期", "Overdue", "bad"),
    choice("restricted", "已限制", "Restricted", "bad"),
)
AML_RISKS = (choice("low", "低", "Low", "ok"), choice("medium", "中", "Medium"), choice("high", "高", "High", "bad"))
ACCOUNT_KINDS = (
    choice("current", "活期账户", "Current account"),
    choice("savings", "定期账户", "Savings account"),
    choice("wealth", "理财账户", "Investment account"),
    choice("loan", "贷款账户", "Loan account"),
)
COMPLAINT_KINDS = (
    choice("cards", "银行卡", "Cards"),
    choice("loans", "贷款", "Loans"),
    choice("wealth", "理财与代销", "Investments"),
    choice("fees", "收费", "Fees"),
    choice("collections", "催收", "Collections"),
    choice("service", "服务态度", "Service"),
    choice("other", "其他", "Other"),
)
DECISIONS = (
    choice("upheld", "支持", "Upheld", "ok"),
    choice("partly_upheld", "部分支持", "Partly upheld", "info"),
    choice("not_upheld", "不支持", "Not upheld"),
)
ROOT_CAUSES = (
    choice("rule", "制度流程", "Rule or process"),
    choice("system", "系统", "System"),
    choice("conduct", "人员行为", "Conduct"),
    choice("product", "产品设计", "Product design"),
    choice("misunderstanding", "误解", "Misunderstanding"),
)
REFUSALS = (
    choice("price", "收益或费用", "Return or price"),
    choice("risk", "风险过高", "Too risky"),
    choice("no_need", "暂无需要", "No need"),
    choice("unsuitable", "不匹配", "Not suitable"),
    choice("other", "其他", "Other"),
)

PROFILE = (
    Field(key="segment", label=label("客群", "Segment"), kind="choice", choices=SEGMENTS),
    Field(
        key="assets", label=label("管理资产", "Assets held"), kind="money", currency=CURRENCY, indexed=True, minimum=0
    ),
    Field(key="opened_on", label=label("开户日期", "Customer since"), kind="date"),
    Field(key="branch", label=label("开户网点", "Branch"), kind="text", max_length=80),
)
SUITABILITY = (
    Field(
        key="risk_capacity",
        label=label("风险承受能力", "Risk capacity"),
        kind="choice",
        choices=CAPACITIES,
        help=label("最近一次有效评估的结果。", "The result of the last assessment in force."),
    ),
    Field(key="assessed_on", label=label("评估日期", "Assessed on"), kind="date", indexed=True),
    Field(
        key="professional",
        label=label("专业投资者", "Professional investor"),
        kind="boolean",
        help=label("适当性匹配的上限不适用于专业投资者。", "The ceiling of suitability does not bind professionals."),
    ),
)
DILIGENCE = (
    Field(key="kyc_state", label=label("尽职调查状态", "Due diligence"), kind="choice", choices=KYC_STATES),
    Field(key="kyc_due_on", label=label("下次复核日期", "Next review on"), kind="date", indexed=True),
    # 《反洗钱法》 forbids telling who is suspected, so a provider sees neither of the two.
    Field(
        key="aml_risk",
        label=label("洗钱风险等级", "Money-laundering risk"),
        kind="choice",
        choices=AML_RISKS,
        sensitivity="sensitive",
    ),
    Field(
        key="politically_exposed",
        label=label("特定自然人", "Politically exposed"),
        kind="boolean",
        sensitivity="sensitive",
    ),
)
ACCOUNT = (
    Field(key="kind", on="record:account", label=label("账户种类", "Kind"), kind="choice", choices=ACCOUNT_KINDS),
    Field(
        key="account_no",
        on="record:account",
        label=label("账号", "Account number"),
        kind="text",
        required=True,
        validator=account_number,
        sensitivity="personal",
        mask="card",
        indexed=True,
        max_length=40,
    ),
    Field(
        key="iban",
        on="record:account",
        label=label("国际账号（IBAN）", "IBAN"),
        kind="text",
        validator=iban,
        sensitivity="personal",
        mask="card",
        max_length=42,
        help=label("境外账户填写。", "Of accounts abroad."),
    ),
    Field(key="opened_on", on="record:account", label=label("开立日期", "Opened on"), kind="date"),
)
ASSESSMENT = (
    Field(
        key="result",
        on="record:suitability_assessment",
        label=label("评估结果", "Result"),
        kind="choice",
        choices=CAPACITIES,
        required=True,
    ),
    Field(
        key="score",
        on="record:suitability_assessment",
        label=label("得分", "Score"),
        kind="integer",
        minimum=0,
        maximum=100,
    ),
    Field(
        key="questionnaire",
        on="record:suitability_assessment",
        label=label("问卷版本", "Questionnaire"),
        kind="text",
        max_length=40,
    ),
)
COMPLAINT = (
    Field(key="received_on", on="case", label=label("收到投诉日期", "Complaint received on"), kind="date"),
    Field(key="complaint_kind", on="case", label=label("投诉类别", "About"), kind="choice", choices=COMPLAINT_KINDS),
    Field(
        key="independent_handler",
        on="case",
        label=label("处理人与投诉事项无直接利益关系", "The handler has no part in the matter"),
        kind="boolean",
    ),
    Field(key="extension_reason", on="case", label=label("延期原因", "Why it takes longer"), kind="long_text"),
    Field(key="decision", on="case", label=label("处理决定", "Decision"), kind="choice", choices=DECISIONS),
    Field(key="root_cause", on="case", label=label("溯源原因", "Root cause"), kind="choice", choices=ROOT_CAUSES),
)
SALE = (
    Field(key="product", on="case", label=label("产品", "Product"), kind="text", max_length=80),
    Field(
        key="product_risk",
        on="case",
        label=label("本行评定的产品风险等级", "Product risk by the bank"),
        kind="choice",
        choices=PRODUCT_RISKS,
    ),
    Field(
        key="issuer_risk",
        on="case",
        label=label("发行方评定的产品风险等级", "Product risk by the issuer"),
        kind="choice",
        choices=PRODUCT_RISKS,
        help=label("与本行评定不一致时，以较高者为准。", "Where the two differ, the higher one counts."),
    ),
    Field(key="recording", on="case", label=label("录音录像编号", "Recording"), kind="text", max_length=80),
    Field(key="decline_reason", on="case", label=label("未成交原因", "Why not"), kind="choice", choices=REFUSALS),
)

FIELDS = (*PROFILE, *SUITABILITY, *DILIGENCE, *ACCOUNT, *ASSESSMENT, *COMPLAINT, *SALE)
