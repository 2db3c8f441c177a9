"""Who sends: identity, agreements, account and credit."""

from __future__ import annotations

from core.plugin import both, eq, fields_on, known, label, standards
from plugins.logistics.fields.choices import INCOTERMS, SCREENING, SETTLEMENTS, TIERS
from plugins.logistics.fields.units import CURRENCY, DAYS

customer = fields_on("customer")
MONTHLY = eq("logistics.settlement_mode", "monthly")

SHIPPER = (
    customer("tier", "客户分级", "Tier", "choice", choices=TIERS),
    customer(
        "uscc",
        "统一社会信用代码",
        "Credit code",
        validator=standards.uscc,
        max_length=24,
        help=label("18 位，单位客户填写。", "18 characters, for organisations."),
    ),
    customer("gln", "全球位置码（GLN）", "Location number (GLN)", validator=standards.gln, max_length=20),
    customer("eori", "欧盟海关编号（EORI）", "EORI", max_length=17),
    customer("real_name_verified_on", "实名查验日期", "Identity verified on", "date", sensitivity="personal"),
    customer("safety_agreement_no", "安全协议编号", "Safety agreement", max_length=60),
    customer(
        "safety_agreement_until",
        "安全协议有效期至",
        "Safety agreement until",
        "date",
        indexed=True,
        show_when=known("logistics.safety_agreement_no"),
    ),
    customer("restricted_permit", "限制寄递物品许可", "Permit for restricted goods", max_length=60),
    customer("incoterm", "贸易术语", "Incoterm", "choice", choices=INCOTERMS),
    customer("screening", "受限方筛查", "Restricted-party screening", "choice", choices=SCREENING),
    customer("screened_on", "筛查日期", "Screened on", "date"),
)
ACCOUNT = (
    customer("settlement_mode", "结算方式", "Settlement", "choice", choices=SETTLEMENTS),
    customer("credit_limit", "信用额度", "Credit limit", "money", currency=CURRENCY, minimum=0, show_when=MONTHLY),
    customer("credit_days", "账期", "Credit days", "integer", unit=DAYS, minimum=0, maximum=365, show_when=MONTHLY),
    customer("receivable", "未收款", "Open receivables", "money", currency=CURRENCY, minimum=0, show_when=MONTHLY),
    customer(
        "overdue_days", "最长逾期", "Oldest debt overdue by", "integer", unit=DAYS, minimum=0, maximum=9999,
        show_when=both(MONTHLY, known("logistics.receivable")),
    ),
)  # fmt: skip
