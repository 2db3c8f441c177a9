"""Who may be sold what, and when: suitability of products (acts of a sale) and consent to be called at all.

The rules of a sale read the subject of `case_step`: `attributes["banking"]` of the customer, `case.attributes` of the sale,
`local_date` and `counts`. A customer is sold nothing above the own capacity; an assessment is good for a year; who was
assessed again and again until the result fitted is not sold to.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from core.plugin import Count, Reason, Rule, label
from plugins.banking.fields import LEVELS, RISKS

SUITABILITY_ORDER = "《金融机构产品适当性管理办法》（国家金融监督管理总局令2025年第7号）"
SELLING = ("marketing", "retention")


def unsuitable(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """The product's risk, by whoever rates it higher, lies above what the customer can bear. Professionals may."""
    customer, sale = _of_customer(subject), _of_sale(subject)
    rated = [RISKS.index(sale[key]) for key in ("product_risk", "issuer_risk") if sale.get(key) in RISKS]
    if customer.get("professional") is True:
        return None
    if not rated:
        zh, en = "尚未评定产品风险等级，不能匹配。", "The product has no risk grade yet, so it cannot be matched."
        return Reason(code="banking.risk_unknown", text=label(zh, en), verdict="deny")
    capacity = customer.get("risk_capacity")
    if capacity not in LEVELS:
        return _assess_first("客户没有风险承受能力评估结果", "The customer's risk capacity is not assessed")
    if max(rated) <= LEVELS.index(capacity):
        return None
    risk, bearable = RISKS[max(rated)].upper(), capacity.upper()
    return Reason(
        code="banking.unsuitable",
        text=label(
            f"产品风险等级 {risk} 高于客户风险承受能力 {bearable}，不得向普通投资者销售。",
            f"The product's risk {risk} is above the customer's capacity {bearable}; it is not sold to retail customers.",
        ),
        verdict="deny",
    )


def assessment_expired(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The assessment is older than it may be; its last day is the same day so many months later."""
    customer = _of_customer(subject)
    if customer.get("professional") is True:
        return None
    assessed = customer.get("assessed_on")
    if not assessed:
        return _assess_first("客户没有评估日期", "Nobody knows when the customer was assessed")
    months = int(parameters["suitability_valid_months"])
    last = months_after(date.fromisoformat(str(assessed)), months)
    if subject["local_date"] <= last:
        return None
    return Reason(
        code="banking.assessment_expired",
        text=label(
            f"风险承受能力评估已超过 {months} 个月（有效至 {last}），请重新评估后再销售。",
            f"The assessment is older than {months} months (in force until {last}). Assess again before selling.",
        ),
        verdict="deny",
        parameters=("suitability_valid_months",),
    )


def assessed_too_often(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A customer assessed more often than allowed was assessed until the result fitted."""
    return _too_often(subject, parameters, besides=0)


def one_assessment_too_many(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The one that is being added counts too; to change one that is there is no new assessment."""
    return None if subject["before"] is not None else _too_often(subject, parameters, besides=1)


def _too_often(subject: Mapping[str, Any], parameters: Mapping[str, Any], *, besides: int) -> Reason | None:
    day, year = subject["counts"]["assessments_day"] + besides, subject["counts"]["assessments_year"] + besides
    most_day, most_year = int(parameters["assessments_per_day"]), int(parameters["assessments_per_year"])
    if day <= most_day and year <= most_year:
        return None
    return Reason(
        code="banking.assessed_too_often",
        text=label(
            f"风险承受能力评估一日（24 小时）内不得超过 {most_day} 次、12 个月内不得超过 {most_year} 次"
            f"（现为 {day} 次、{year} 次）。",
            f"At most {most_day} assessments a day and {most_year} in 12 months are allowed; these make {day} and {year}.",
        ),
        verdict="deny",
        parameters=("assessments_per_day", "assessments_per_year"),
    )


def no_consent(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Nothing is sold by telephone or message to who did not agree, and a refusal stands for months at least."""
    status = subject["consents"].get(f"marketing:{subject['channel']}", "never")
    if status == "granted" and "marketing" not in subject["do_not_contact"]:
        return None
    months = parameters["refusal_months"]
    if status == "never" and "marketing" not in subject["do_not_contact"]:
        return Reason(
            code="banking.consent_missing",
            text=label(
                "客户未同意在此渠道接收营销信息，请先取得同意。",
                "The customer has not agreed to be sold to on this channel. Ask for consent first.",
            ),
            verdict="deny",
            parameters=("refusal_months",),
        )
    return Reason(
        code="banking.consent_refused",
        text=label(
            f"客户已拒绝营销，至少 {months} 个月内不得再次联系营销，除非客户重新同意。",
            f"The customer has refused to be sold to. Do not try again for {months} months at least, "
            "unless the customer agrees anew.",
        ),
        verdict="deny",
        parameters=("refusal_months",),
    )


def months_after(day: date, months: int) -> date:
    """The corresponding day; the last of a month that has none (《民法典》第二百零二条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _of_customer(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = subject["attributes"].get("banking", {})
    return found


def _of_sale(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = subject["case"]["attributes"].get("banking", {})
    return found


def _assess_first(zh: str, en: str) -> Reason:
    return Reason(
        code="banking.not_assessed",
        text=label(f"{zh}，请先评估。", f"{en}. Make an assessment first."),
        verdict="deny",
    )


ASSESSMENTS = (
    Count(key="assessments_day", of="record:suitability_assessment", days=1),
    Count(key="assessments_year", of="record:suitability_assessment", days="assessments_window_days"),
)
HOW_OFTEN = ("assessments_per_day", "assessments_per_year", "assessments_window_days")

RULES = (
    Rule(
        key="suitability",
        label=label("产品风险不得高于客户承受能力", "No product riskier than the customer can bear"),
        action="case_step",
        on=("product_sale",),
        steps=("match", "sign"),
        citation=SUITABILITY_ORDER,
        decide=unsuitable,
    ),
    Rule(
        key="assessment_in_force",
        label=label("评估须在有效期内", "The assessment must be in force"),
        action="case_step",
        on=("product_sale",),
        steps=("match", "sign"),
        citation=SUITABILITY_ORDER,
        parameters=("suitability_valid_months",),
        decide=assessment_expired,
    ),
    Rule(
        key="assessment_frequency",
        label=label("不得反复评估以求匹配", "No assessing until it fits"),
        action="case_step",
        on=("product_sale",),
        steps=("match", "sign"),
        citation=SUITABILITY_ORDER,
        parameters=HOW_OFTEN,
        counts=ASSESSMENTS,
        decide=assessed_too_often,
    ),
    Rule(
        key="assessment_limit",
        label=label("评估次数上限", "How often a customer is assessed"),
        action="record_change",
        on=("suitability_assessment",),
        citation=SUITABILITY_ORDER,
        severity="medium",
        parameters=HOW_OFTEN,
        counts=ASSESSMENTS,
        decide=one_assessment_too_many,
    ),
    Rule(
        key="sales_consent",
        label=label("营销须经同意", "Selling needs consent"),
        action="outbound_contact",
        citation="《消费者权益保护法》第二十九条第三款；《个人信息保护法》第十三条、第十五条",
        purposes=SELLING,
        parameters=("refusal_months",),
        decide=no_consent,
    ),
)
