"""Built-in roles: which permissions a person has inside a workspace. Each feature's `policy.py` declares its permissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class Role:
    """`parties` are the sides whose people may hold the role."""

    key: str
    label: Label
    parties: frozenset[str]
    permissions: frozenset[str]


def _role(key: str, zh: str, en: str, parties: str, permissions: str) -> Role:
    return Role(
        key=key,
        label={"zh-CN": zh, "en": en},
        parties=frozenset(parties.split()),
        permissions=frozenset(permissions.split()),
    )


_READ = (
    "customer.read interaction.read case.read record.read kpi.read gate.read parameter.read approval.read finding.read"
)

ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        _role(
            "client_admin", "发包方管理员", "Client admin", "client",
            f"{_READ} customer.create customer.write consent.write record.write record.export import.run vertical.read "
            "vertical.configure configuration.read configuration.manage parameter.override parameter.approve rule.read "
            "rule.manage rule.approve finding.settle calendar.manage engagement.read lease.manage audit.read "
            "api_token.manage outbox.read case.open case.transition case.assign case.approve",
        ),
        _role(
            "client_manager", "发包方业务经理", "Client manager", "client",
            f"{_READ} customer.create customer.write consent.write record.write record.export vertical.read engagement.read "
            "lease.manage audit.read case.open case.transition case.assign case.approve interaction.record gate.decide "
            "rule.read rule.approve finding.settle configuration.read parameter.override parameter.approve",
        ),
        _role(
            "provider_manager", "承包方项目经理", "Provider manager", "provider",
            f"{_READ} engagement.read case.open case.transition case.assign case.approve gate.decide interaction.record",
        ),
        _role(
            "agent", "坐席", "Agent", "client provider",
            "customer.read interaction.read interaction.record case.read case.open case.transition record.read gate.decide "
            "gate.read consent.write approval.read",
        ),
    )
}  # fmt: skip


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """The union of what the roles allow; unknown roles allow nothing."""
    return frozenset().union(*(ROLES[key].permissions for key in roles if key in ROLES))


def roles_with(permission: str) -> list[Role]:
    """The roles that include a permission: for "who may do this"."""
    return [role for role in ROLES.values() if permission in role.permissions]
