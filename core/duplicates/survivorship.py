"""Which value survives of each field, when two customers become one: a rule says, a person may say otherwise.

Rules, the first that decides: only one has a value; the verified one (telephone, e-mail); the longest (name, address); the one
of the customer that was changed last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contacts.models import ContactPoint
from core.customers.fields import field_set
from core.customers.models import Customer
from core.fields import FieldSet
from core.plugin.catalog import CatalogView

Why = Literal["same", "only", "verified", "longest", "newest"]
VERIFIABLE = ("phone", "email")
LONGEST = ("name", "address")
NOT_CHOSEN = frozenset({"kind"})
PLACES = ("owner_id", "unit_id")
"""Who looks after the survivor and where it stands: taken over where it has nobody and nothing."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field of which at least one of the two has a value. `take`: the merged one's value is suggested."""

    name: str
    ours: Any
    theirs: Any
    take: bool
    why: Why


def values_of(customer: Customer, fields: FieldSet) -> dict[str, Any]:
    """Core values as they are stored, those of verticals by their qualified names."""
    return {name: getattr(customer, name) for name in fields.columns} | dict(fields.flat(customer.attributes))


def choices(session: Session, *, view: CatalogView, survivor: Customer, merged: Customer) -> list[Choice]:
    """Every field that either has, in the order of the form."""
    fields = field_set(view)
    ours, theirs = values_of(survivor, fields), values_of(merged, fields)
    verified = _verified(session, (survivor.id, merged.id))
    newer = merged.updated_at > survivor.updated_at
    found = []
    for name in fields.fields:
        one, other = ours.get(name), theirs.get(name)
        if name in NOT_CHOSEN or (_empty(one) and _empty(other)):
            continue
        take, why = _suggested(name, one, other, newer=newer, verified=verified)
        found.append(Choice(name=name, ours=one, theirs=other, take=take, why=why))
    return found


def _suggested(
    name: str, one: Any, other: Any, *, newer: bool, verified: Collection[tuple[str, str]]
) -> tuple[bool, Why]:
    if one == other:
        return False, "same"
    if _empty(one) or _empty(other):
        return _empty(one), "only"
    if name in VERIFIABLE and ((name, one) in verified) != ((name, other) in verified):
        return (name, other) in verified, "verified"
    if name in LONGEST and len(str(one)) != len(str(other)):
        return len(str(other)) > len(str(one)), "longest"
    return newer, "newest"


def _verified(session: Session, customer_ids: Collection[UUID]) -> set[tuple[str, str]]:
    point = ContactPoint
    rows = session.execute(
        select(point.kind, point.value).where(
            point.customer_id.in_(customer_ids), point.kind.in_(VERIFIABLE), point.verified_at.is_not(None)
        )
    )
    return {(row.kind, row.value) for row in rows}


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def put(customer: Customer, name: str, value: Any) -> None:
    """Set one field by its name; None takes a vertical's away."""
    owner, _, key = name.partition(".")
    if not key:
        setattr(customer, name, value)
        return
    held: dict[str, Mapping[str, Any]] = dict(customer.attributes)
    part = {each: kept for each, kept in held.get(owner, {}).items() if each != key}
    if not _empty(value):
        part[key] = value
    held.pop(owner, None)
    customer.attributes = {**held, owner: part} if part else held
