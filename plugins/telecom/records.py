"""A line: one subscription with its number, SIM card and plan. The states follow the operator's own."""

from __future__ import annotations

from core.plugin import RecordType, choice, label

LINE = RecordType(
    key="line",
    label=label("号线", "Line"),
    holder="required",
    exposure="leased",
    icon="sim",
    identifiers=("msisdn", "iccid", "imsi"),
    title=("msisdn",),
    columns=("msisdn", "plan", "payment_mode", "activated_on"),
    states=(
        choice("active", "正常", "Active", "ok"),
        choice("suspended_credit", "欠费停机", "Suspended: unpaid", "warn"),
        choice("suspended_lost", "挂失停机", "Suspended: lost", "warn"),
        choice("ported_out", "已携出", "Ported out"),
        choice("terminated", "已销户", "Terminated"),
    ),
)

RECORD_TYPES = (LINE,)
