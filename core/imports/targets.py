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
NUMBER = "number"
"""The customer's own number here: it finds a customer and never makes one."""
POINT, CONSENT, DO_NOT_CONTACT = "point:", "consent:", "do_not_contact:"
GIVEN_AT, EVIDENCE = "consent:given_at", "consent:evidence"
FINDING = ("phone", "email", NUMBER)
"""What beside identifiers can say which customer a row is about, as long as just one has it."""
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

POINTS: Mapping[str, Label] = {
    f"point:{kind}:{place}": _label(f"{zh}（第 {place} 个）", f"{en} (no. {place})")
    for kind, zh, en in (("phone", "电话", "Phone"), ("email", "电子邮箱", "E-mail"), ("address", "地址", "Address"))
    for place in ((2, 3) if kind != "address" else (2,))
}
"""Further numbers and addresses, beside the preferred one."""

_PURPOSES = {
    "any": ("联系", "contact"),
    "marketing": ("营销", "marketing"),
    "survey": ("回访", "surveys"),
    "service": ("服务", "service"),
}
_CHANNELS = {
    "any": ("任何渠道", "any channel"),
    "phone": ("电话", "phone"),
    "sms": ("短信", "text message"),
    "email": ("邮件", "e-mail"),
}
CONSENTS: Mapping[str, Label] = {
    **{
        f"consent:{purpose}:{channel}": _label(f"同意{zh}：{way}", f"Consent to {en}: {by}")
        for purpose, (zh, en) in _PURPOSES.items()
        for channel, (way, by) in _CHANNELS.items()
        if purpose != "any"
    },
    GIVEN_AT: _label("同意的时间", "When consents were given"),
    EVIDENCE: _label("同意的凭证", "Evidence of consents"),
    **{
        f"do_not_contact:any:{channel}": _label(f"请勿联系：{way}", f"Do not contact: {by}")
        for channel, (way, by) in _CHANNELS.items()
    },
    "do_not_contact:marketing:any": _label("请勿营销", "No marketing"),
}

NUMBER_LABEL = _label("客户编号（本系统）", "Customer number (here)")
FURTHER: Mapping[str, Label] = {**POINTS, **CONSENTS}
LABELS: Mapping[str, Label] = {**IDENTIFIERS, **FURTHER, NUMBER: NUMBER_LABEL}

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
        NUMBER: "kehubno|kehubnumber|客汇编号|客汇客户编号",
        "point:phone:2": "phone2|mobile2|secondphone|otherphone|备用电话|其他电话|第二电话|电话2|手机2",
        "point:phone:3": "phone3|mobile3|电话3|手机3",
        "point:email:2": "email2|secondemail|otheremail|备用邮箱|其他邮箱|邮箱2",
        "point:email:3": "email3|邮箱3",
        "point:address:2": "address2|otheraddress|其他地址|地址2",
        "consent:marketing:any": "marketingconsent|optin|营销同意|同意营销",
        "do_not_contact:any:any": "donotcontact|dnc|请勿联系|勿扰|免打扰",
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
            label=_label("识别号码", "Known by"),
            targets=[Target(key=k, label=v) for k, v in {**IDENTIFIERS, NUMBER: NUMBER_LABEL}.items()],
        ),
        TargetGroup(label=_label("客户", "Customer"), targets=core),
        TargetGroup(label=_label("更多联系方式", "More ways to reach"), targets=_listed(POINTS)),
        TargetGroup(label=_label("同意与免打扰", "Consents and do-not-contact"), targets=_listed(CONSENTS)),
    ]
    for key, vertical in view.verticals.items():
        fields = [Target(key=q, label=f.label) for q, f in view.fields().items() if q.startswith(f"{key}.")]
        if fields:
            groups.append(TargetGroup(label=vertical.label, targets=fields))
    return groups


def _listed(labels: Mapping[str, Label]) -> list[Target]:
    return [Target(key=key, label=label) for key, label in labels.items()]


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


def names_customer(target: str) -> bool:
    """Whether a column that goes there can say which customer a row is about."""
    return target in FINDING or is_identifier(target)


def exists(view: CatalogView, target: str) -> bool:
    return target == NUMBER or target in FURTHER or is_identifier(target) or field_of(view, target) is not None


def label_of(view: CatalogView, target: str) -> Label:
    """How a target is called; its own key where it has no label."""
    if target in LABELS:
        return LABELS[target]
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
