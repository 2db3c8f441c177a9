"""Who is acting, in which workspace: one frozen value that guards, services and templates read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from core.errors import N_

Party = Literal["client", "provider", "system"]
CLEAR = "customer.clear"
"""The permission by which the client's own people see personal data unmasked."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What the engagement may see beyond the defaults: `fields` is `clear`, `masked` or `hidden` by name of field.

    Of several live grants it holds the strictest: of each field the least clear, the end that comes first.
    `frozen`: somebody has stopped it. Nothing is clear any more and nothing is revealed; masks stay as they are.
    """

    id: UUID | None = None
    purpose: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    ends_at: datetime | None = None
    frozen: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """The seat that a request comes from."""

    seat_id: UUID
    label: str
    country: str


@dataclass(frozen=True)
class Sight:
    """What one reader may see of personal data, as a value: whatever is compiled for it is kept under it.

    `level`: the client's `clear` or `masked` people, or the provider's. `granted` are the fields of its grant.
    """

    level: Literal["clear", "masked", "provider"]
    granted: frozenset[tuple[str, str]] = frozenset()

    @property
    def clear(self) -> bool:
        return self.level == "clear"

    @cached_property
    def fields(self) -> Mapping[str, str]:
        return dict(self.granted)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which rows a person reaches where it is not all of them: any of these is enough.

    `own` is the participant whose rows they are, `units` those whose rows they are; `where` are conditions over a customer's
    fields as JSON texts (`core.identity.reach`).
    """

    own: UUID | None = None
    units: tuple[UUID, ...] = ()
    where: tuple[str, ...] = ()

    @property
    def place(self) -> Mapping[str, UUID]:
        """Where a new row of theirs stands, so that they reach it: their own, else of their unit."""
        if self.own is not None:
            return {"owner_id": self.own}
        return {"unit_id": self.units[0]} if self.units else {}

    @classmethod
    def read(cls, said: Mapping[str, Any] | None) -> Reach | None:
        """From what `principal()` says."""
        if said is None:
            return None
        units = {UUID(each) for name in ("units", "trees") for each in said.get(name) or () if each}
        where = {json.dumps(each, sort_keys=True) for each in said.get("where") or ()}
        own = said.get("own")
        return cls(own=UUID(own) if own else None, units=tuple(sorted(units)), where=tuple(sorted(where)))


@dataclass(frozen=True, kw_only=True)
class Assurance:
    """What stands behind a credential: how its person proved who they are, and what the workspace's sign-in policy still wants.

    `wants`, in the order to be met: `network` (nothing helps but another place), `method`, `passkey`, `second_factor`, `again`.
    `accepts` are the ways to sign in that the policy takes. A dangerous act needs a proof newer than `proved_until`.
    """

    methods: frozenset[str] = frozenset()
    proved_until: datetime | None = None
    wants: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ("password", "passkey", "sso")
    second_factor: str = "none"
    token_id: UUID | None = None
    seen_at: datetime | None = None
    entered: bool = True

    def fresh(self, now: datetime) -> bool:
        """Whether a proof was brought lately enough for a dangerous act. A token is not asked for one."""
        return self.token_id is not None or (self.proved_until is not None and now < self.proved_until)


WITHHELD: Mapping[str, str] = {
    "no_grant": N_("No data grant is in force, so no customer is shown. The client can grant access."),
    "seat": N_("The data grant is for certain seats, and this is none of them. Work from an enrolled seat."),
    "country": N_("The data grant does not include the country you work from."),
    "nda": N_("The data grant is for people who signed a confidentiality agreement. Yours is not recorded."),
    "skill": N_("The data grant is for people with certain skills, and none of yours is valid today."),
}
"""Why customers are withheld from a provider's person (`engagement_access`), and what they are told."""

READ_ONLY: Mapping[str, str] = {
    "suspended": N_(
        "This organisation is suspended: its data can be read and exported, not changed. Nothing was done."
    ),
    "closing": N_("This organisation is closing: its data can be read and exported, not changed. Nothing was done."),
    "deleted": N_("This organisation is being deleted. Nothing was done."),
    "provider_suspended": N_(
        "Your own organisation is suspended: you can read here, and change nothing. Nothing was done. Ask your administrator."
    ),
}
"""The states in which nothing of a tenant changes, and what whoever tries is told."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """Where the tenant stands; `until` is when a trial ends, or when a closing tenant is deleted."""

    state: str = "active"
    until: datetime | None = None

    @property
    def read_only(self) -> bool:
        return self.state in READ_ONLY


@dataclass(frozen=True, kw_only=True)
class Brand:
    """How the tenant's pages look: its colours by theme, and the version of its logo. Empty is Kehub's own."""

    accent: str = ""
    accent_dark: str = ""
    logo: str = ""


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
    custom: frozenset[str] = frozenset()
    """What of the permissions roles of the tenant's own give."""
    reach: Reach | None = None
    """None: all rows that the party sees."""
    enabled: frozenset[str] = frozenset()
    locale: str = "zh-CN"
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    country: str = "CN"
    tailoring: int = 0
    hears: frozenset[str] | None = None
    """The events that somebody outside hears of by webhook, `*` for every one. None: not asked yet."""
    life: Life = Life()
    brand: Brand = Brand()
    grant: Grant | None = None
    seat: Place | None = None
    withheld: str | None = None
    """Why a provider's person sees no customer now: a key of `WITHHELD`. None where they may."""
    assurance: Assurance = field(default=Assurance(), compare=False)
    extra: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def read_only(self) -> bool:
        """Nothing of the tenant changes while it is suspended or closing."""
        return self.life.read_only

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def masked(self) -> bool:
        """Whether some personal data are masked for this reader. Which, `core.fields.masks.policy_for` says."""
        return not self.sight.clear

    @cached_property
    def sight(self) -> Sight:
        if self.party == "provider":
            grant = self.grant or Grant()
            return Sight("provider", frozenset((name, _stopped(how) if grant.frozen else how)
                                               for name, how in grant.fields.items()))  # fmt: skip
        return Sight("clear" if self.party == "system" or self.may(CLEAR) else "masked")


def _stopped(how: str) -> str:
    return "masked" if how == "clear" else how
