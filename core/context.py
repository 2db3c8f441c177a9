"""Who is acting, in which workspace: one frozen value that guards, services and templates read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Party = Literal["client", "provider", "system"]


@dataclass(frozen=True, kw_only=True)
class Context:
    """The principal of one request, job or command, as the database resolved it.

    `tenant_id` is always the client whose rows are worked on; for a provider's people `engagement_id` says by which right.
    """

    tenant_id: UUID
    tenant_name: str
    workspace: str
    party: Party
    participant_id: UUID | None = None
    user_id: UUID | None = None
    shown_name: str = ""
    engagement_id: UUID | None = None
    engagement_name: str | None = None
    provider_name: str | None = None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    enabled: frozenset[str] = frozenset()
    locale: str = "zh-CN"
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    country: str = "CN"
    tailoring: int = 0
    read_only: bool = False
    extra: dict[str, str] = field(default_factory=dict, compare=False)

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def masked(self) -> bool:
        """Provider people see personal data masked on every surface."""
        return self.party == "provider"
