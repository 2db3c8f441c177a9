"""What somebody who may not see a value sees instead of it.

Each mask keeps just enough to speak with the customer: the surname, the last four digits, the district. It is total:
any text gives a text, and what is too short to hide a part of is hidden whole. Only free text may come back as it was,
when there is nothing in it to hide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, cast

from stdnum import luhn
from stdnum.cn import ric

from core.context import Sight
from core.fields.normalise import HAN
from core.plugin.types import Field, MaskKind, Sensitivity

HIDDEN = "****"
Policy = Literal["clear", "masked", "hidden"]
POLICIES: frozenset[str] = frozenset({"clear", "masked", "hidden"})
FREE_TEXT = "note"
"""The name under which a grant speaks of what people write."""

_PAIRS = (
    "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐宇文长孙司徒司空夏侯轩辕端木南宫独孤申屠太史公冶百里呼延东郭南门西门澹台"
    "濮阳淳于单于钟离闻人万俟赫连鲜于闾丘拓跋宗政歐陽司馬諸葛東方"
)
COMPOUND_SURNAMES = frozenset(map("".join, zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))
HANGUL_OR_KANA = "\u3040-\u30ff\uac00-\ud7af"
EAST_ASIAN = re.compile(f"[{HAN}{HANGUL_OR_KANA}]")

PROVINCE = re.compile(
    "(?:(?:北京|天津|上海|重庆)市?|(?:内蒙古|广西壮族|广西|西藏|宁夏回族|宁夏|新疆维吾尔|新疆)(?:自治区)?|(?:香港|澳门)(?:特别行政区)?"
    "|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾)省?)"
)
CITY = re.compile("[\u4e00-\u9fff]{2,10}?(?:自治州|地区|市|盟)")
DISTRICT = re.compile("[\u4e00-\u9fff]{1,10}?(?:自治县|自治旗|林区|新区|开发区|工业园区|区|县|旗|市)")
NO_DISTRICT = re.compile("(?:小|社|(?<!工业)园|校|街|片|厂|舍|宅|属|活|别墅|库|院)区$")

EMAIL = re.compile(r"[\w.%+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
GAP = r"[ \t\-‐‑–—−._·/()（）]{0,2}"
STUCK = re.compile(r"(?<=\*{4})\d{5,}")  # digits right behind a masked run, as in 13800138000X123
DIGITS = re.compile(rf"(?<!\d)\+?\d(?:{GAP}\d){{6,}}(?:[ -]?[Xx](?![A-Za-z]))?")
AMOUNT = re.compile(r"\d{1,6}\.\d{1,2}")
DAY = re.compile(r"(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)")
LONG_RUN = re.compile(r"\d{7,}")


def hide(value: Any) -> Any:
    """Nothing of the value but that there is one."""
    return None if value is None else HIDDEN


def mask(kind: MaskKind, value: str) -> str:
    """The masked form. Total; never contains the whole value where there is something to hide."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if kind == "text":
        return redact(str(value))
    masked = _MASKS[kind](text) if len(text) >= 2 else HIDDEN
    return HIDDEN if text and text in masked and text != masked else masked


def policy_for(sensitivity: Sensitivity, kind: MaskKind | None, *, name: str, sight: Sight) -> Policy:
    """How one reader sees one field: the one place that says so, for every surface.

    1. The client's people with `customer.clear`, and the system, see all.  2. What the grant says of the field by name
    (`phone`, `<vertical>.<field>`, `document:ric`, `note` for free text) holds.  3. Else a sensitive value is hidden from a
    provider, other personal ones are masked, plain ones are clear.
    """
    if sight.clear:
        return "clear"
    said = sight.fields.get(name)
    if said in POLICIES:
        return cast("Policy", said)
    if sensitivity == "plain" and kind is None:
        return "clear"
    return "hidden" if sensitivity == "sensitive" and sight.level == "provider" else "masked"


def mask_for(
    sensitivity: Sensitivity, kind: MaskKind | None, *, name: str, sight: Sight
) -> Callable[[Any], Any] | None:
    """How a reader sees a field's values; None where they see them clear. Values that are None stay None.

    A masked value without a mask of its own is hidden whole, and so is a sensitive text: leaving out digits would not hide
    a diagnosis.
    """
    policy = policy_for(sensitivity, kind, name=name, sight=sight)
    if policy == "clear":
        return None
    if policy == "hidden" or kind is None or (sensitivity == "sensitive" and kind == "text"):
        return hide
    return lambda value: None if value is None else mask(kind, str(value))


def masker(field: Field, *, name: str, sight: Sight) -> Callable[[Any], Any] | None:
    """The same of a declared field. What people write about a customer holds numbers and addresses, whatever it says."""
    found = mask_for(field.sensitivity, field.mask, name=name, sight=sight)
    if found is None and field.kind == "long_text" and name not in sight.fields:
        return writer(sight)
    return found


def policy_of(field: Field, *, name: str, sight: Sight) -> Policy:
    """The policy that `masker` follows for a declared field."""
    policy = policy_for(field.sensitivity, field.mask, name=name, sight=sight)
    if policy == "clear" and field.kind == "long_text" and name not in sight.fields:
        return policy_for("personal", "text", name=FREE_TEXT, sight=sight)
    return policy


def writer(sight: Sight) -> Callable[[Any], Any] | None:
    """How a reader sees what people write: notes, comments, transcripts. None: as it was written."""
    policy = "clear" if sight.clear else sight.fields.get(FREE_TEXT, "masked")
    if policy == "clear":
        return None
    if policy == "hidden":
        return hide
    return lambda value: None if value is None else redact(str(value))


def written(text: Any, *, sight: Sight) -> Any:
    """A free text as the reader may see it."""
    found = writer(sight)
    return text if found is None else found(text)


def shown_as(kind: MaskKind, value: Any, *, name: str, sight: Sight) -> Any:
    """A personal value that stands by itself, such as the holder's name in a list, as the reader may see it."""
    found = mask_for("personal", kind, name=name, sight=sight)
    return value if found is None else found(value)


def mask_name(text: str) -> str:
    """张*, 欧阳*, J***."""
    if not EAST_ASIAN.match(text):
        return f"{text[0]}***"
    compound = text[:2] in COMPOUND_SURNAMES and len(text) > 2
    return f"{text[:2] if compound else text[0]}*"


def mask_phone(text: str) -> str:
    """138****1234; of a number abroad the plus stays; of a short one less is shown."""
    digits = re.sub(r"\D", "", text)
    plus = "+" if text.startswith("+") else ""
    if plus and digits.startswith("86") and len(digits) == 13:
        plus, digits = "", digits[2:]
    if len(digits) >= 11:
        return f"{plus}{digits[:3]}****{digits[-4:]}"
    if len(digits) >= 9:
        return f"****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= 7 else HIDDEN


def mask_email(text: str) -> str:
    """a***@x."""
    local, at, domain = text.rpartition("@")
    if not at or not local:
        return HIDDEN
    shown = local[0] if len(local) > 1 else ""
    return f"{shown}***@{LONG_RUN.sub(HIDDEN, domain)}"


def mask_document(text: str) -> str:
    """110***********123X: three and four of 15 characters and more, one and two of eight and more."""
    marks = re.sub(r"[\s-]", "", text)
    if len(marks) >= 15:
        return marks[:3] + "*" * (len(marks) - 7) + marks[-4:]
    return marks[0] + "*" * (len(marks) - 3) + marks[-2:] if len(marks) >= 8 else HIDDEN


def mask_card(text: str) -> str:
    """The last four digits."""
    digits = re.sub(r"\D", "", text)
    return HIDDEN + digits[-4:] if len(digits) >= 12 else HIDDEN


def mask_address(text: str) -> str:
    """Down to the district: 上海市浦东新区****. Of an address of another build, its last part if that has no digit."""
    found = PROVINCE.search(text)
    start = found.start() if found else 0
    end = found.end() if found else 0
    city = CITY.match(text, end)
    if city is not None and not NO_DISTRICT.search(city[0]):
        end = city.end()
    district = DISTRICT.match(text, end)
    if district is not None and end > start and not NO_DISTRICT.search(district[0]):
        end = district.end()
    if end > start:
        return text[start:end] + HIDDEN
    *first, last = (part.strip() for part in text.split(","))
    return f"{HIDDEN}, {last}" if first and last and not re.search(r"\d", last) else HIDDEN


def mask_plate(text: str) -> str:
    """京A***8."""
    marks = re.sub(r"[\s·•\-]", "", text)
    if len(marks) >= 6 and EAST_ASIAN.match(marks):
        return f"{marks[:2]}***{marks[-1]}"
    return f"{marks[0]}***{marks[-1]}" if len(marks) >= 5 else HIDDEN


def mask_vin(text: str) -> str:
    """The last six characters, the serial number."""
    return "*" * (len(text) - 6) + text[-6:] if len(text) >= 12 else HIDDEN


def redact(text: str) -> str:
    """Free text without e-mail addresses and runs of seven digits and more, spaced or not. Days and amounts stay."""
    masked = DIGITS.sub(_redacted_run, EMAIL.sub(lambda found: mask_email(found[0]), text))
    return STUCK.sub(lambda found: found[0][-4:], masked)


def _redacted_run(found: re.Match[str]) -> str:
    run = found[0]
    if (day := DAY.match(run)) is not None:
        return day[0] + DIGITS.sub(_redacted_run, run[day.end() :])
    if AMOUNT.fullmatch(run):
        return run
    marks = unicodedata.normalize("NFKC", re.sub(r"[^\dXx+]", "", run)).upper()
    if ric.is_valid(marks):
        return mask_document(marks)
    if len(marks) >= 15 or (len(marks) >= 13 and luhn.is_valid(marks)):
        return mask_card(marks)
    return mask_phone(marks)


_MASKS: Mapping[MaskKind, Callable[[str], str]] = MappingProxyType(
    {
        "name": mask_name,
        "phone": mask_phone,
        "email": mask_email,
        "document": mask_document,
        "card": mask_card,
        "address": mask_address,
        "plate": mask_plate,
        "vin": mask_vin,
    }
)
