"""Built-in roles: which permissions of the catalogue (`permissions.py`) a person has inside a workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.context import Context
from core.identity.permissions import held_by
from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class Role:
    """`parties` are the sides whose people may hold the role. A `dated` one is given until a day, never for good."""

    key: str
    label: Label
    parties: frozenset[str]
    permissions: frozenset[str]
    dated: bool = False


def _role(key: str, zh: str, en: str, parties: str, permissions: str, *, dated: bool = False) -> Role:
    return Role(
        key=key,
        label={"zh-CN": zh, "en": en},
        parties=frozenset(parties.split()),
        permissions=frozenset(permissions.split()),
        dated=dated,
    )


_READ = (
    "customer.read interaction.read case.read record.read kpi.read gate.read parameter.read approval.read finding.read"
)
_SETTINGS_READ = "vertical.read configuration.read rule.read engagement.read audit.read people.read"

ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        _role(
            "client_admin", "发包方管理员", "Client admin", "client",
            f"{_READ} {_SETTINGS_READ} customer.create customer.write consent.write record.write record.export "
            "export.ask export.approve import.run "
            "list.share segment.read segment.manage grade.manage grade.approve grade.override "
            "customer.clear customer.merge reveal.make reveal.read reveal.limit audit.export grant.freeze engagement.manage "
            "engagement.accept grant.request "
            "grant.approve grant.revoke seat.manage canary.manage tenant.read tenant.manage tenant.close tenant.export "
            "tenant.export_approve vertical.configure configuration.manage parameter.override parameter.approve rule.manage "
            "rule.approve finding.settle calendar.manage lease.manage api_token.manage identity.manage sign_in.manage "
            "rights.read rights.manage rights.approve legal_hold.manage webhook.read webhook.manage outbox.read people.manage "
            "role.manage unit.manage "
            "case.open case.transition case.assign case.approve",
        ),
        _role(
            "client_manager", "发包方业务经理", "Client manager", "client",
            f"{_READ} {_SETTINGS_READ} customer.create customer.write consent.write record.write record.export export.ask "
            "export.approve lease.manage "
            "list.share segment.read segment.manage grade.manage grade.approve grade.override "
            "customer.clear customer.merge reveal.make reveal.read grant.request grant.approve "
            "case.open case.transition case.assign case.approve interaction.record gate.decide rule.approve finding.settle "
            "parameter.override parameter.approve",
        ),
        _role(
            "provider_manager", "承包方项目经理", "Provider manager", "provider",
            f"{_READ} engagement.read case.open case.transition case.assign case.approve gate.decide interaction.record "
            "list.share people.read people.manage unit.manage reveal.make seat.manage grant.request "
            "proof.sign audit.read export.ask",
        ),
        _role(
            "team_leader", "班组长", "Team leader", "client provider",
            f"{_READ} case.open case.transition case.assign case.approve gate.decide interaction.record consent.write "
            "list.share people.read customer.clear reveal.make",
        ),
        _role(
            "agent", "坐席", "Agent", "client provider",
            "customer.read interaction.read interaction.record case.read case.open case.transition record.read gate.decide "
            "gate.read consent.write approval.read customer.clear reveal.make",
        ),
        _role(
            "quality_analyst", "质检员", "Quality analyst", "client provider",
            "customer.read interaction.read case.read record.read kpi.read gate.read finding.read approval.read reveal.make",
        ),
        _role(
            "auditor", "审计员", "Auditor", "client",
            f"{_READ} {_SETTINGS_READ} segment.read outbox.read reveal.read audit.export", dated=True,
        ),
        _role(
            "dpo", "个人信息保护负责人", "Data protection officer", "client provider",
            "customer.read interaction.read gate.read finding.read approval.read engagement.read audit.read audit.export "
            "people.read rule.read reveal.make reveal.read reveal.limit grant.freeze grant.check grant.revoke canary.manage "
            "export.approve rights.read rights.manage rights.approve legal_hold.manage",
        ),
        _role("finance", "结算专员", "Finance", "client provider", "kpi.read approval.read engagement.read"),
    )
}  # fmt: skip


LEADS: frozenset[str] = frozenset({"client_admin", "provider_manager"})
"""Who runs a side. One of each stays, and they may give whatever a role of their side allows."""


def permissions_of(roles: Iterable[str], custom: Iterable[str] = (), *, party: str = "system") -> frozenset[str]:
    """What built-in roles and the permissions of a tenant's own (`custom`) allow a person of a side together."""
    allowed = frozenset(custom).union(*(ROLES[key].permissions for key in roles if key in ROLES))
    return held_by(party, allowed)


def roles_with(permission: str) -> list[Role]:
    """The built-in roles that include a permission: for "who may do this"."""
    return [role for role in ROLES.values() if permission in role.permissions]


def grantable(context: Context, *, party: str) -> frozenset[str]:
    """What of permissions a person may give to somebody of a side: no more than their own, unless they run the side."""
    if context.party == "system" or any(ROLES[key].permissions <= context.permissions for key in context.roles & LEADS):
        return frozenset().union(*(permissions_of([key], party=party) for key in ROLES if party in ROLES[key].parties))
    return context.permissions
