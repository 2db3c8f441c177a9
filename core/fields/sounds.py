"""How a Chinese name sounds: its Pinyin, in full and by initials, for whoever types `zhangwei` or `zw`.

The readings come from pypinyin's table of characters, read once and lazily: the library itself, with its phrases, would take
57 MB and 55 µs a name (docs/decisions/0011). A first character with several readings gives each of them: 单 is Shan as
a surname and Dan elsewhere.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from core.fields.normalise import HAN

SOUNDED = re.compile(f"[{HAN}]+")
LONGEST = 12
"""Characters of a run that are read; the rest of a long name of a company tells nothing apart."""
PERSONAL = 4
"""A run up to this length may be a person's name: the other readings of its first character are kept too."""
READINGS = 3
SURNAMES: Mapping[str, str] = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "朴": "piao", "盖": "ge", "翟": "zhai",
    "乐": "yue", "覃": "qin", "任": "ren", "华": "hua", "缪": "miao", "黑": "he", "折": "she", "召": "shao", "冼": "xian",
    "种": "chong", "繁": "po", "隗": "wei", "祭": "zhai", "盛": "sheng", "牟": "mu", "尉": "wei", "万": "wan", "员": "yun",
    "宁": "ning", "纪": "ji", "那": "na", "哈": "ha", "葛": "ge", "石": "shi", "沈": "shen", "洗": "xian", "長": "chang",
}  # fmt: skip
"""How a character sounds as a surname, where that is not its first reading in the table or the table begins with a rare one."""


def sound_key(name_key: str) -> str | None:
    """`zhangwei zw` of 张伟: words as the search of names compares them. None where nothing in it is Chinese."""
    if len(name_key) <= PERSONAL and SOUNDED.fullmatch(name_key):
        return " ".join(dict.fromkeys(_of_run(name_key))) or None
    sounds: dict[str, None] = {}
    for run in SOUNDED.findall(name_key):
        sounds.update(dict.fromkeys(_of_run(run[:LONGEST])))
    return " ".join(sounds) or None


def _of_run(run: str) -> list[str]:
    """In full and by initials, for each way to read the first character."""
    rest = [read[0] for character in run[1:] if (read := _readings(character))]
    firsts = _readings(run[0]) or ("",)
    tail, initials = "".join(rest), "".join([syllables[0] for syllables in rest])
    if len(run) > PERSONAL:
        firsts = firsts[:1]
    if len(firsts) == 1 and firsts[0]:
        return [firsts[0] + tail, firsts[0][0] + initials]
    found = [first + tail for first in firsts] + [first[:1] + initials for first in firsts]
    return [word for word in found if word]


@cache
def _readings(character: str) -> tuple[str, ...]:
    """Without tones, the usual one first. None of what is in no dictionary."""
    said = _table().get(str(ord(character)), "")
    found = [_plain(reading) for reading in said.split(",") if reading]
    if character in SURNAMES:
        found.insert(0, SURNAMES[character])
    return tuple(dict.fromkeys(each for each in found if each))[:READINGS]


@cache
def _table() -> Mapping[str, str]:
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        raise RuntimeError("pypinyin is not installed")
    table: Mapping[str, str] = json.loads((Path(spec.origin).parent / "pinyin_dict.json").read_text(encoding="utf-8"))
    return table


def _plain(reading: str) -> str:
    """`lǜ` is typed `lv`."""
    text = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(each for each in text if "a" <= each <= "z")
