"""Separation of duties: which two things one person may not do, as data that a tenant can read.

Pairs about a person are refused when roles are given: a person would hold both. Pairs about one object (a rule, a grant, an export)
leave both permissions to one person and are held where the object is decided on: nobody decides on what they asked for themselves
(`core.approvals`). A name without a dot is a role, with a dot a permission.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import N_
from core.identity.permissions import PERMISSIONS
from core.identity.roles import ROLES
from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class Duty:
    """`first` and `second` name what must not meet, in one person or over one object."""

    key: str
    level: Literal["person", "object"]
    one: Label
    other: Label
    why: Label
    first: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()
    refusal: str = ""
    """What is said where the pair would meet in one person."""


def _duty(key: str, level: Literal["person", "object"], one: tuple[str, str], other: tuple[str, str],
          why: tuple[str, str], first: Iterable[str] = (), second: Iterable[str] = (), refusal: str = "") -> Duty:  # fmt: skip
    return Duty(
        key=key,
        level=level,
        one={"zh-CN": one[0], "en": one[1]},
        other={"zh-CN": other[0], "en": other[1]},
        why={"zh-CN": why[0], "en": why[1]},
        first=frozenset(first),
        second=frozenset(second),
        refusal=refusal,
    )


_WRITING = frozenset(key for key, each in PERMISSIONS.items() if each.writes) - ROLES["auditor"].permissions
"""An auditor takes the evidence along, which changes nothing."""

DUTIES: Sequence[Duty] = (
    _duty(
        "auditor_writer", "person", ("审计", "Audits"), ("修改业务数据", "Changes business data"),
        ("审计员只读：自己改过的东西，自己不能审。", "An auditor only reads: nobody audits what they changed."),
        ["auditor"], _WRITING,
        N_("An auditor only reads: nobody audits what they may change. Give the roles to two people."),
    ),
    _duty(
        "admin_agent", "person", ("编制角色", "Makes roles"), ("作为坐席联系客户", "Contacts customers"),
        ("管理员不当坐席：给自己权限的人不接触客户。", "Who can give themselves rights does not contact customers."),
        ["role.manage"], ["interaction.record"],
        N_("Who makes roles does not contact customers. Give the roles to two people."),
    ),
    _duty(
        "dpo_finance", "person", ("个人信息保护", "Protects personal data"), ("结算", "Settles accounts"),
        ("个人信息保护负责人不看结算单，以免利益冲突。", "A data protection officer sees no statements (GDPR article 38(6))."),
        ["dpo"], ["finance"],
        N_("A data protection officer settles no accounts. Give the roles to two people."),
    ),
    _duty(
        "rule_author_activator", "object", ("编写规则", "Writes a rule"), ("启用规则", "Puts it in force"),
        ("对规则的变更由第二人复核。", "A change of a rule waits for a second person."),
        ["rule.manage"], ["rule.approve"],
    ),
    _duty(
        "parameter_asker_approver", "object", ("申请参数值", "Asks for a parameter"), ("复核参数值", "Approves it"),
        ("与默认不同的值由第二人复核。", "A value other than the default waits for a second person."),
        ["parameter.override"], ["parameter.approve"],
    ),
    _duty(
        "step_taker_approver", "object", ("提出工单步骤", "Proposes a step of a case"), ("复核该步骤", "Approves it"),
        ("需要复核的步骤由第二人决定。", "A step that needs a second person is decided by one."),
        ["case.transition"], ["case.approve"],
    ),
    _duty(
        "grant_requester_grantor", "object", ("申请数据授权", "Asks for a data grant"), ("批准授权", "Grants it"),
        ("申请人不批准自己的授权。", "Who asks for a grant does not approve it."),
    ),
    _duty(
        "exporter_approver", "object", ("申请导出", "Asks for an export"), ("批准导出", "Approves it"),
        ("大批量带走数据由第二人批准。", "Taking data away in bulk is approved by a second person."),
        ["record.export"],
    ),
    _duty(
        "scorer_appeal", "object", ("评分", "Scores a contact"), ("裁定申诉", "Decides the appeal"),
        ("对自己的评分，申诉由别人裁定。", "An appeal against a score is decided by somebody else."),
    ),
    _duty(
        "statement_submitter_approver", "object", ("提交结算单", "Submits a statement"), ("确认结算单", "Accepts it"),
        ("承包方提交，发包方确认。", "The provider submits, the client accepts."),
    ),
    _duty(
        "contract_drafter_signer", "object", ("起草合同", "Drafts a contract"), ("签署合同", "Signs it"),
        ("超过门槛的合同，起草人不签署。", "Above the threshold, who drafts does not sign."),
    ),
)  # fmt: skip


def broken(held: Iterable[str]) -> list[Duty]:
    """The pairs about a person that these roles and permissions would break."""
    have = frozenset(held)
    return [each for each in DUTIES if each.level == "person" and each.first & have and each.second & have]
