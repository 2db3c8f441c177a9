"""What the database says of a provider's person and the place they work from: the live grant, the seat, or why there is none.

A person without a live grant, or away from the seats that it names, still enters: they see that this is so, what was granted,
and what they can do about it. No permission that leads to a customer is left to them, and the database shows them none.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.context import WITHHELD, Grant, Place

REASONS = WITHHELD

UNCHANGED = frozenset(
    {"engagement", "grant", "seat", "proof", "person", "people", "profile", "role", "unit", "api_token"}
)
"""First words of the permissions that lead to no customer."""

STRICT = {"hidden": 0, "masked": 1, "clear": 2}


def place(*, peer: str | None, device: str | None) -> str:
    """Where a request comes from, as `principal()` takes it. An address that is none is left out."""
    found: dict[str, str] = {}
    with contextlib.suppress(ValueError):
        found["peer"] = str(ipaddress.ip_address(peer or ""))
    if device:
        found["device"] = device
    return orjson.dumps(found).decode()


def said(more: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Context that say what is granted, from `principal()`'s last word. Empty for the client's own people."""
    access = more.get("access")
    if access is None:
        return {}
    seat = access["seat"]
    return {
        "grant": strictest([_grant(each) for each in access["grants"]]),
        "seat": Place(seat_id=UUID(seat["id"]), label=seat["label"], country=seat["country"]) if seat else None,
        "withheld": access["withheld"],
    }


def left(permissions: frozenset[str], withheld: str | None) -> frozenset[str]:
    """What a person may do while customers are withheld from them."""
    if withheld is None:
        return permissions
    return frozenset(each for each in permissions if each.partition(".")[0] in UNCHANGED)


def _grant(said: Mapping[str, Any]) -> Grant:
    return Grant(
        id=UUID(said["id"]),
        purpose=said["purpose"],
        fields=said["fields"],
        countries=tuple(said["countries"]),
        ends_at=datetime.fromisoformat(said["ends_at"]),
        frozen=said["frozen"],
    )


def strictest(grants: list[Grant]) -> Grant | None:
    """Several live grants as one: what only one of them shows clear is masked. They come by their end, the first to end first."""
    if len(grants) < 2:
        return grants[0] if grants else None
    names = {name for grant in grants for name in grant.fields}
    fields = {
        name: min((grant.fields.get(name, "masked") for grant in grants), key=lambda how: STRICT.get(how, 0))
        for name in names
    }
    limited = [set(grant.countries) for grant in grants if grant.countries]
    first = grants[0]
    return Grant(
        id=first.id,
        purpose=first.purpose,
        fields=fields,
        countries=tuple(sorted(set.intersection(*limited))) if limited else (),
        ends_at=first.ends_at,
        frozen=any(grant.frozen for grant in grants),
    )
