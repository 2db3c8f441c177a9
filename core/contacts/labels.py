"""The words for purposes, channels and answers in every language, for timeline entries and pages."""

from __future__ import annotations

from collections.abc import Mapping

from core.plugin.types import Label, Tone

PURPOSE_LABELS: Mapping[str, Label] = {
    "service": {"zh-CN": "服务", "en": "service"},
    "marketing": {"zh-CN": "营销", "en": "marketing"},
    "retention": {"zh-CN": "挽留", "en": "retention"},
    "survey": {"zh-CN": "调研", "en": "surveys"},
    "collections": {"zh-CN": "催收", "en": "collections"},
    "recall": {"zh-CN": "召回", "en": "recalls"},
    "any": {"zh-CN": "任何目的", "en": "any purpose"},
}
CHANNEL_LABELS: Mapping[str, Label] = {
    "phone": {"zh-CN": "电话", "en": "phone"},
    "sms": {"zh-CN": "短信", "en": "text message"},
    "email": {"zh-CN": "电子邮件", "en": "e-mail"},
    "post": {"zh-CN": "邮寄", "en": "post"},
    "chat": {"zh-CN": "在线聊天", "en": "chat"},
    "visit": {"zh-CN": "上门", "en": "visit"},
    "any": {"zh-CN": "任何渠道", "en": "any channel"},
}
STATUS_LABELS: Mapping[str, Label] = {
    "granted": {"zh-CN": "同意", "en": "granted"},
    "withdrawn": {"zh-CN": "撤回", "en": "withdrawn"},
    "refused": {"zh-CN": "拒绝", "en": "refused"},
    "expired": {"zh-CN": "过期", "en": "expired"},
    "never": {"zh-CN": "未征得", "en": "never asked"},
}
STATUS_TONES: Mapping[str, Tone] = {
    "granted": "ok", "withdrawn": "warn", "refused": "warn", "expired": "mute", "never": "mute",
}  # fmt: skip
