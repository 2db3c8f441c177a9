"""An account, and an assessment of how much risk a customer can bear, which is good for a year."""

from __future__ import annotations

from core.plugin import Escalation, RecordType, Timer, choice, label

ACCOUNT = RecordType(
    key="account",
    label=label("账户", "Account"),
    icon="bank",
    identifiers=("account_no", "iban"),
    title=("account_no",),
    columns=("kind", "account_no", "opened_on"),
    states=(
        choice("active", "正常", "Active", "ok"),
        choice("dormant", "睡眠", "Dormant", "warn"),
        choice("frozen", "冻结", "Frozen", "bad"),
        choice("closed", "销户", "Closed"),
    ),
    moves={"closed": ()},
)

ASSESSMENT = RecordType(
    key="suitability_assessment",
    label=label("风险承受能力评估", "Suitability assessment"),
    icon="pie",
    title=("result",),
    columns=("result", "score", "questionnaire"),
    states=(choice("valid", "有效", "In force", "ok"), choice("superseded", "已被替代", "Superseded")),
    moves={"superseded": ()},
    timers=(
        Timer(
            key="validity",
            label=label("评估有效期", "In force until"),
            parameter="suitability_valid_months",
            unit="months",
            start="valid",
            stops=("superseded",),
            from_field="occurred_at",
            escalations=(Escalation(percent=92, role="client_manager"),),
        ),
    ),
)

RECORD_TYPES = (ACCOUNT, ASSESSMENT)
