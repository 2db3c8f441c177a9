"""Where a column of a file can go: the customer itself, a number it is known by, or a field of an enabled vertical."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.customers.fields import core_fields
from core.customers.identifiers import SCHEME, SEALED
from core.fields.readers import folded
from core.plugin.catalog import CatalogView
from core.plugin.types import Field, Label

IDENTIFIER = "identifier:"
EXTERNAL = "identifier:external"
DOCUMENT = "document"
"""What importers call an identity card: `identifier:document:ric`."""


def _label(zh: str, en: str) -> Label:
    return {"zh-CN": zh, "en": en}


IDENTIFIERS: Mapping[str, Label] = {
    EXTERNAL: _label("客户编号（其他系统）", "Customer number (other system)"),
    "identifier:account": _label("账号", "Account number"),
    "identifier:document:ric": _label("身份证号码", "Identity card number"),
    "identifier:document:passport": _label("护照号码", "Passport number"),
    "identifier:document:uscc": _label("统一社会信用代码", "Unified social credit code"),
}

WORDS: Mapping[str, str] = {
    word: target
    for target, words in {
        EXTERNAL: "id|customerid|customerno|customernumber|customercode|externalid|客户号|客户编号|客户编码|外部编号|编号|用户编号",
        "identifier:account": "account|accountno|accountnumber|账号|帐号|账户",
        "identifier:document:ric": "idcard|idnumber|身份证|身份证号|证件号码|证件号",
        "identifier:document:passport": "passport|passportno|护照|护照号",
        "name": "fullname|customername|客户姓名|姓名|客户名称|名称|客户",
        "phone": "mobile|mobileno|mobilephone|phonenumber|tel|telephone|手机|手机号|手机号码|电话号码|联系电话|电话",
        "email": "mail|emailaddress|邮箱|电子邮件|邮件",
        "address": "地址|联系地址|通讯地址",
        "born_on": "birthday|birthdate|dateofbirth|生日|出生日期",
        "region": "city|城市|地区|区域",
    }.items()
    for word in words.split("|")
}
"""What columns are often called, folded, beside the labels of the fields."""


@dataclass(frozen=True, kw_only=True)
class Target:
    key: str
    label: Label


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    label: Label
    targets: Sequence[Target]


def target_groups(view: CatalogView) -> list[TargetGroup]:
    """Everything a column can be mapped to, grouped as the page offers it."""
    core = [Target(key=key, label=field.label) for key, field in core_fields("CN").items()]
    groups = [
        TargetGroup(
            label=_label("识别号码", "Known by"), targets=[Target(key=k, label=v) for k, v in IDENTIFIERS.items()]
        ),
        TargetGroup(label=_label("客户", "Customer"), targets=core),
    ]
    for key, vertical in view.verticals.items():
        fields = [Target(key=q, label=f.label) for q, f in view.fields().items() if q.startswith(f"{key}.")]
        if fields:
            groups.append(TargetGroup(label=vertical.label, targets=fields))
    return groups


def field_of(view: CatalogView, target: str, *, region: str = "CN") -> Field | None:
    """The field behind a target; None for an identifier, or where there is no such target."""
    return core_fields(region).get(target) or view.field(target)


def canonical_target(target: str) -> str:
    return "identifier:document:ric" if target == DOCUMENT else target


def is_identifier(target: str) -> bool:
    scheme = target.removeprefix(IDENTIFIER)
    if scheme == target or not SCHEME.fullmatch(scheme):
        return False
    family, _, kind = scheme.partition(":")
    return bool(kind) if family in SEALED else True


def exists(view: CatalogView, target: str) -> bool:
    return is_identifier(target) or field_of(view, target) is not None


def label_of(view: CatalogView, target: str) -> Label:
    """How a target is called; its own key where it has no label."""
    if target in IDENTIFIERS:
        return IDENTIFIERS[target]
    field = field_of(view, target)
    return field.label if field else _label(target, target)


def word(text: str) -> str:
    """A column's name as names are compared: one width, small letters, no separators."""
    return "".join(char for char in folded(text).casefold() if char.isalnum())


def guess(view: CatalogView, header: Sequence[str]) -> dict[str, str]:
    """A target for each column that is called like one, or like the end of just one. Each target is given once."""
    names = dict(WORDS)
    for key, field in [*view.fields().items(), *core_fields("CN").items()]:
        names.update({word(text): key for text in (*field.label.values(), key.rpartition(".")[2])})
    found: dict[str, str] = {}
    for column in header:
        target = names.get(word(column)) or _only_ending(names, word(column))
        if target is not None and target not in found.values():
            found[column] = target
    return found


def _only_ending(names: Mapping[str, str], column: str) -> str | None:
    """`到期日` for `合约到期日`, where no other field ends so."""
    ending = {target for name, target in names.items() if len(column) >= 3 and name.endswith(column)}
    return ending.pop() if len(ending) == 1 else None
