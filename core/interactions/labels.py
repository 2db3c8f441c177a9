"""The words for what came of a contact, in every language, for timeline entries, pages and the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from core.plugin.types import Label, Tone


class Disposition(NamedTuple):
    """`reached`: somebody answered."""

    label: Label
    tone: Tone
    reached: bool


DISPOSITIONS: Mapping[str, Disposition] = {
    "connected_right_party": Disposition({"zh-CN": "本人接通", "en": "Reached the customer"}, "ok", True),
    "connected_third_party": Disposition({"zh-CN": "他人接听", "en": "Somebody else answered"}, "info", True),
    "no_answer": Disposition({"zh-CN": "无人接听", "en": "No answer"}, "mute", False),
    "busy": Disposition({"zh-CN": "占线", "en": "Busy"}, "mute", False),
    "invalid": Disposition({"zh-CN": "号码无效", "en": "Number not in use"}, "warn", False),
    "refused_dnc": Disposition({"zh-CN": "要求不再营销联络", "en": "Asked not to be contacted"}, "bad", True),
}
"""How far a contact got (the first of three levels; purpose outcome and next step are a case's or campaign's)."""

DIRECTIONS: Mapping[str, Label] = {
    "inbound": {"zh-CN": "来访", "en": "Inbound"},
    "outbound": {"zh-CN": "外联", "en": "Outbound"},
}
