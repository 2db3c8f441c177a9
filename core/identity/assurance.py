"""What stands behind a request: the proofs its session has brought, and what the workspace's sign-in policy still wants.

A policy is its tenant's: each workspace asks for what its own tenant wants, and a proof that was brought for one counts in all,
but an identity provider's word only for its own tenant. Tokens prove nothing again; a policy holds them to its networks only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from core.context import Assurance

STEP_UP = timedelta(minutes=10)
"""How long a proof is good for dangerous acts."""

PRIMARY = ("password", "passkey", "sso")
SECOND = frozenset({"totp", "passkey", "recovery", "sso"})


def assured(more: Mapping[str, Any], *, tenant_id: UUID, peer: str, now: datetime | None = None) -> Assurance:
    """Read `principal()`'s word on a credential."""
    said, now = more.get("assurance") or {}, now or datetime.now(UTC)
    policy = said.get("policy") or {}
    networks = (policy.get("networks") or (), said.get("networks") or ())
    away = not all(within(peer, each) for each in networks)
    seen_at = _moment(said.get("seen_at"))
    if "token" in said:
        return Assurance(token_id=UUID(said["token"]), wants=("network",) if away else (), seen_at=seen_at)
    met = [each for each in said.get("met") or () if each["tenant"] in (None, str(tenant_id))]
    methods = frozenset(each["method"] for each in met)
    latest = max((datetime.fromisoformat(each["at"]) for each in met), default=None)
    wants = ("network",) if away else tuple(_wants(policy, met, methods, seen_at, now))
    return Assurance(
        methods=methods,
        proved_until=latest + STEP_UP if latest else None,
        wants=wants,
        accepts=tuple(policy.get("methods") or PRIMARY),
        second_factor=policy.get("second_factor", "none"),
        seen_at=seen_at,
        entered=str(tenant_id) in (said.get("entered") or ()),
    )


def _wants(
    policy: Mapping[str, Any],
    met: Sequence[Mapping[str, Any]],
    methods: frozenset[str],
    seen_at: datetime | None,
    now: datetime,
) -> Sequence[str]:
    """What an identity provider of another tenant said proves nothing here, whether there is a policy or not."""
    if not methods:
        return ("method",)
    return wanted(policy, met, methods, seen_at, now) if policy else ()


def wanted(
    policy: Mapping[str, Any],
    met: Sequence[Mapping[str, Any]],
    methods: frozenset[str],
    seen_at: datetime | None,
    now: datetime,
) -> list[str]:
    found = []
    if not methods & set(policy["methods"]):
        found.append("method")
    if policy["second_factor"] == "passkey" and "passkey" not in methods:
        found.append("passkey")
    if policy["second_factor"] == "any" and not methods & SECOND:
        found.append("second_factor")
    if not found and _over(policy, met, seen_at, now):
        found.append("again")
    return found


def _over(policy: Mapping[str, Any], met: Sequence[Mapping[str, Any]], seen_at: datetime | None, now: datetime) -> bool:
    """Whether the latest proof is too old for the tenant, or the person was away too long since."""
    latest = max(datetime.fromisoformat(each["at"]) for each in met)
    if policy["hours"] and latest + timedelta(hours=policy["hours"]) <= now:
        return True
    last = max(latest, seen_at) if seen_at else latest
    return bool(policy["idle"]) and last + timedelta(minutes=policy["idle"]) <= now


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def within(peer: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of some networks; no networks means anywhere."""
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in _networks(tuple(networks)))


@lru_cache(maxsize=1024)
def _networks(texts: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def networks_of(text: str) -> tuple[list[str], list[str]]:
    """Networks as people type them, one a line or between commas, in one spelling; and those that are none."""
    good, bad = [], []
    for each in text.replace(",", "\n").split():
        try:
            good.append(str(ipaddress.ip_network(each, strict=False)))
        except ValueError:
            bad.append(each)
    return good, bad
