"""Which customers may be the one that somebody types, imports or looks at: few statements, whatever the size of the tenant.

Candidates share a telephone number, an e-mail address, a document, the exact name, or a key that the last run made (`runs`): a
name that sounds alike with the birth date, or with the address. Each is compared by the tenant's model. Only customers that the
reader reaches are candidates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session

from core.audit import keys
from core.contacts.models import ContactPoint
from core.context import Context
from core.customers.models import Customer, CustomerIdentifier
from core.duplicates import people
from core.duplicates.linkage.blocking import LARGEST, Record, keys_of
from core.duplicates.linkage.model import Model, Term
from core.duplicates.models import MatchKey, MatchModel

FEW = 5
COMPARED = ("phone", "email", "address")
ACTIVE = "active"


@dataclass(frozen=True, kw_only=True)
class Match:
    """A customer that may be the one, how much speaks for it (log2 odds), and why."""

    customer_id: UUID
    weight: float
    terms: Sequence[Term]

    @property
    def sure(self) -> bool:
        return self.weight >= people.UPPER


def model_of(session: Session) -> Model:
    """What was learned last, else the given one."""
    latest = select(MatchModel.settings).order_by(MatchModel.created_at.desc(), MatchModel.id.desc()).limit(1)
    return people.loaded(session.scalar(latest))


def records_of(session: Session, customer_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Records of linkage by customer, active ones only; each holds the kind of its customer as `kind` too."""
    if not customer_ids:
        return {}
    wanted = list(customer_ids)
    rows = session.execute(
        select(
            Customer.id,
            Customer.kind,
            Customer.name,
            Customer.born_on,
            Customer.phone,
            Customer.email,
            Customer.address,
        ).where(Customer.id.in_(wanted), Customer.state == ACTIVE)
    ).all()
    points: dict[UUID, dict[str, list[str]]] = {}
    point = ContactPoint
    for each in session.execute(
        select(point.customer_id, point.kind, point.value).where(
            point.customer_id.in_(wanted), point.kind.in_(COMPARED), point.contact_id.is_(None)
        )
    ):
        points.setdefault(each.customer_id, {}).setdefault(each.kind, []).append(each.value)
    documents: dict[UUID, list[str]] = {}
    held = CustomerIdentifier
    for number in session.execute(
        select(held.customer_id, held.scheme, held.value_key).where(
            held.customer_id.in_(wanted), held.scheme.startswith("document:")
        )
    ):
        documents.setdefault(number.customer_id, []).append(f"{number.scheme}:{number.value_key}")
    found = {}
    for row in rows:
        known = points.get(row.id, {})
        for kind in COMPARED:
            if getattr(row, kind):
                known.setdefault(kind, []).append(getattr(row, kind))
        record = people.record_of(name=row.name, born_on=row.born_on, points=known, documents=documents.get(row.id, ()))
        found[row.id] = {**record, "kind": row.kind}
    return found


def digests(record: Record, *, tenant_id: UUID) -> list[str]:
    """The keys of a record as they are stored: nothing can be read from them."""
    return [
        keys.digest(key, tenant_id=tenant_id, purpose="duplicates") for key in sorted(keys_of(record, people.PASSES))
    ]


def matches(
    session: Session,
    *,
    context: Context,
    record: Record,
    kind: str = "person",
    apart_from: Iterable[UUID] = (),
    limit: int = FEW,
) -> list[Match]:
    """The customers that may be the one of the record, the likeliest first."""
    ids = set(session.scalars(_candidates(context, record, kind))) - set(apart_from)
    model = model_of(session)
    found = [match for key, other in records_of(session, ids).items() if (match := compared(model, record, key, other))]
    return sorted(found, key=lambda match: (-match.weight, match.customer_id))[:limit]


def compared(model: Model, record: Record, customer_id: UUID, other: Record) -> Match | None:
    """None where too little speaks for it."""
    levels = model.levels(record, other)
    weight = model.weight(levels)
    if weight < people.LOWER:
        return None
    return Match(customer_id=customer_id, weight=weight, terms=model.trace(levels))


def _candidates(context: Context, record: Record, kind: str) -> Select[Any]:
    """Ids within the person's reach: the customer's own row is asked last, behind its wall."""
    point, held, key = ContactPoint, CustomerIdentifier, MatchKey
    ways: list[Select[Any]] = []
    for name in ("phone", "email"):
        values = record.get(name)
        if values:
            ways.append(
                select(point.customer_id).where(point.kind == name, point.value_key.in_(_listed(values))).limit(LARGEST)
            )
    for value in _listed(record.get("document")):
        scheme, _, digest = value.rpartition(":")
        ways.append(select(held.customer_id).where(held.scheme == scheme, held.value_key == digest).limit(LARGEST))
    if record.get("name"):
        ways.append(select(Customer.id).where(Customer.name_key == record["name"]).limit(LARGEST))
    shared = digests(record, tenant_id=context.tenant_id)
    ways += [select(key.customer_id).where(key.digest == digest).limit(LARGEST) for digest in shared]
    if not ways:
        return select(Customer.id).where(Customer.id.is_(None))
    ids = union(*(select(way.subquery()) for way in ways)).subquery()
    return select(Customer.id).where(Customer.id.in_(select(ids.c[0])), Customer.state == ACTIVE, Customer.kind == kind)


def _listed(values: Any) -> list[str]:
    return [] if not values else [values] if isinstance(values, str) else list(values)


def terms_stored(terms: Sequence[Term]) -> list[dict[str, Any]]:
    """Names and weights, no values."""
    return [{"field": each.field, "level": each.level, "weight": round(each.weight, 2)} for each in terms]


def typed_record(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of a new customer's core values, as the service takes them once they are checked."""
    points = {kind: [str(values[kind])] for kind in COMPARED if values.get(kind)}
    return people.record_of(name=values.get("name"), born_on=values.get("born_on"), points=points)
