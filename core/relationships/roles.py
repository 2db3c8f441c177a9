"""The roles that one customer can have towards another, and how each reads from the other side.

A row says "`customer` is <role> of `other`": a child of, an employee of, the payer of. `inverse` is what the other is to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.plugin.types import Label

ANY = frozenset({"person", "organisation", "household"})
PERSON = frozenset({"person"})
ORGANISATION = frozenset({"organisation"})
HOUSEHOLD = frozenset({"household"})
BODY = PERSON | ORGANISATION


@dataclass(frozen=True, kw_only=True)
class Role:
    """`of` and `to` are the kinds of customers at the two ends, `customer` first.

    `mutual`: both are the same to each other. `acyclic`: nobody is it of themselves, through others neither. `one`: a customer is
    it of one other at a time. `alone`: a customer has one such other at a time.
    """

    key: str
    label: Label
    inverse: Label
    group: str
    of: frozenset[str] = ANY
    to: frozenset[str] = ANY
    mutual: bool = False
    acyclic: bool = False
    one: bool = False
    alone: bool = False


GROUPS: Mapping[str, Label] = {
    "account": {"zh-CN": "合同与账单", "en": "Contracts and bills"},
    "family": {"zh-CN": "家人", "en": "Family"},
    "company": {"zh-CN": "单位", "en": "Companies"},
    "household": {"zh-CN": "家庭", "en": "Household"},
}


def _role(key: str, group: str, zh: tuple[str, str], en: tuple[str, str], **rest: object) -> Role:
    label, inverse = {"zh-CN": zh[0], "en": en[0]}, {"zh-CN": zh[1], "en": en[1]}
    return Role(key=key, group=group, label=label, inverse=inverse, **rest)  # type: ignore[arg-type]


ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        _role("owner", "account", ("所有人", "归其所有"), ("Owner", "Belongs to them"), of=BODY, acyclic=True),
        _role("payer", "account", ("付款人", "由其付款"), ("Payer", "They pay for it"), acyclic=True, alone=True),
        _role("user", "account", ("使用人", "由其使用"), ("User", "They use it"), of=BODY),
        _role("guarantor", "account", ("担保人", "由其担保"), ("Guarantor", "They guarantee for it"), of=BODY),
        _role("decision_maker", "account", ("决策人", "由其决策"), ("Decision maker", "They decide for it"), of=PERSON),
        _role("agent", "account", ("代办人", "由其代办"), ("Authorised agent", "They act for it"), of=BODY, acyclic=True),
        _role("spouse", "family", ("配偶", "配偶"), ("Spouse", "Spouse"), of=PERSON, to=PERSON, mutual=True, one=True),
        _role("child", "family", ("子女", "父母"), ("Child", "Parent"), of=PERSON, to=PERSON, acyclic=True),
        _role("sibling", "family", ("兄弟姐妹", "兄弟姐妹"), ("Sibling", "Sibling"), of=PERSON, to=PERSON, mutual=True),
        _role("guardian", "family", ("监护人", "被监护人"), ("Guardian", "Ward"), of=BODY, to=PERSON, acyclic=True),
        _role("relative", "family", ("亲属", "亲属"), ("Relative", "Relative"), of=PERSON, to=PERSON, mutual=True),
        _role("employee", "company", ("员工", "雇主"), ("Employee", "Employer"), of=PERSON, to=ORGANISATION),
        _role("legal_representative", "company", ("法定代表人", "由其代表"), ("Legal representative", "Represented by them"),
              of=PERSON, to=ORGANISATION, alone=True),
        _role("subsidiary", "company", ("子公司", "母公司"), ("Subsidiary", "Parent company"),
              of=ORGANISATION, to=ORGANISATION, acyclic=True, one=True),
        _role("branch", "company", ("分支机构", "总部"), ("Branch", "Head office"),
              of=ORGANISATION, to=ORGANISATION, acyclic=True, one=True),
        _role("shareholder", "company", ("股东", "其股东"), ("Shareholder", "Held by them"), of=BODY, to=ORGANISATION),
        _role("supplier", "company", ("供应商", "采购方"), ("Supplier", "Buyer"), of=BODY, to=ORGANISATION),
        _role("partner", "company", ("合作伙伴", "合作伙伴"), ("Partner", "Partner"), of=BODY, to=BODY, mutual=True),
        _role("member", "household", ("家庭成员", "所属家庭"), ("Member", "Household"), of=PERSON, to=HOUSEHOLD, one=True),
    )
}  # fmt: skip


def label_of(role: str, *, seen_from_other: bool) -> Label:
    """What the customer at the other end is, for whoever looks at one end.

    Looking at `other`, the row's `customer` is the role; looking at `customer`, its other is the inverse.
    """
    known = ROLES.get(role)
    if known is None:
        return {"zh-CN": role, "en": role}
    return known.label if seen_from_other else known.inverse
