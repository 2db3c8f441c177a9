"""Why somebody may ask to see a value."""

from __future__ import annotations

from collections.abc import Mapping

from core.plugin.types import Label

REASONS: Mapping[str, Label] = {
    "verify": {"zh-CN": "核对客户身份", "en": "Verify who the customer is"},
    "call_back": {"zh-CN": "回拨客户", "en": "Call the customer back"},
    "deliver": {"zh-CN": "寄送或上门", "en": "Send or visit"},
    "correct": {"zh-CN": "更正资料", "en": "Correct data"},
    "complaint": {"zh-CN": "处理投诉", "en": "Settle a complaint"},
    "fraud": {"zh-CN": "核查欺诈", "en": "Look into fraud"},
    "legal": {"zh-CN": "履行法定义务", "en": "A legal duty"},
    "other": {"zh-CN": "其他（请说明）", "en": "Other (say what)"},
}
NEEDS_NOTE = frozenset({"legal", "other"})
"""Reasons that say nothing without words."""
