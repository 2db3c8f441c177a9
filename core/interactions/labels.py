"""What came of a contact, as a tree of three levels (reach, outcome, next step), with its words in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
"""How far a contact got: the first of three levels."""

OUTCOMES: Mapping[str, Label] = {
    "resolved": {"zh-CN": "已解决", "en": "Resolved"},
    "unresolved": {"zh-CN": "未解决", "en": "Not resolved"},
    "agreed": {"zh-CN": "同意", "en": "Agreed"},
    "considering": {"zh-CN": "考虑中", "en": "Thinks about it"},
    "declined": {"zh-CN": "谢绝", "en": "Declined"},
    "complained": {"zh-CN": "投诉", "en": "Complained"},
    "message_left": {"zh-CN": "已留言", "en": "Left a message"},
    "wrong_person": {"zh-CN": "号码易主", "en": "Number belongs to somebody else"},
    "not_reached": {"zh-CN": "未联系上", "en": "Not reached"},
    "opted_out": {"zh-CN": "已退订", "en": "Opted out"},
}
"""What came of it: the second level."""

NEXT_STEPS: Mapping[str, Label] = {
    "none": {"zh-CN": "无需跟进", "en": "Nothing more"},
    "call_back": {"zh-CN": "约定回访", "en": "Call back as agreed"},
    "try_again": {"zh-CN": "再次联络", "en": "Try again"},
    "other_channel": {"zh-CN": "换渠道联络", "en": "Use another channel"},
    "send_information": {"zh-CN": "发送资料", "en": "Send information"},
    "open_case": {"zh-CN": "建立工单", "en": "Open a case"},
    "hand_over": {"zh-CN": "转交发包方", "en": "Hand over to the client"},
    "correct_number": {"zh-CN": "核实号码", "en": "Correct the number"},
}
"""What is done about it: the third level."""

_ON = ("none", "call_back", "send_information", "open_case", "hand_over")
_LATER = ("try_again", "other_channel", "none")
_SPOKEN: Mapping[str, Sequence[str]] = {
    "resolved": ("none", "send_information"),
    "unresolved": ("call_back", "open_case", "hand_over"),
    "agreed": _ON,
    "considering": ("call_back", "send_information", "none"),
    "declined": ("none",),
    "complained": ("open_case", "hand_over"),
}
TREE: Mapping[str, Mapping[str, Sequence[str]]] = {
    "connected_right_party": _SPOKEN,
    "connected_third_party": {
        "message_left": ("call_back", *_LATER),
        "wrong_person": ("correct_number", "none"),
        "not_reached": _LATER,
    },
    "no_answer": {"message_left": ("call_back", *_LATER), "not_reached": _LATER},
    "busy": {"not_reached": _LATER},
    "invalid": {"not_reached": ("correct_number", "other_channel", "none")},
    "refused_dnc": {"opted_out": ("none",), "complained": ("open_case", "hand_over")},
}
"""Which outcomes a reach can have, and which next steps an outcome of it. Both may stay open."""


def outcomes_after(disposition: str | None) -> Sequence[str]:
    """Outcomes that a reach can have; all of them where none is chosen yet."""
    return list(TREE.get(disposition or "", OUTCOMES))


def steps_after(disposition: str | None, outcome: str | None) -> Sequence[str]:
    """Next steps after an outcome of a reach; all where one of the two is not chosen yet."""
    return TREE.get(disposition or "", {}).get(outcome or "", list(NEXT_STEPS))


DIRECTIONS: Mapping[str, Label] = {
    "inbound": {"zh-CN": "来访", "en": "Inbound"},
    "outbound": {"zh-CN": "外联", "en": "Outbound"},
}
