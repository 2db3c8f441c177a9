"""Make and change customers, and give them the numbers by which other systems know them.

1. Core values are read and checked here, whoever sends them: form, API or file.
2. `attributes` come in stored form, nested by vertical, as `FieldSet.changes` or the API's schema give them; a vertical
   that is off is refused. The tenant's own fields are there as `own`.
3. The act is audited, told on the timeline and emitted, by the names of the fields that really changed. Where nothing
   changed, nothing is written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.customers.events import CustomerCreated, CustomerIdentified, CustomerUpdated
from core.customers.fields import core_set
from core.customers.identifiers import canonical, equality_key, sealed_as
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.fields import FieldSet, merge_attributes
from core.fields.masks import mask
from core.fields.normalise import name_key
from core.fields.unseen import MASKED, without_echoes
from core.plugin.tailored import OWN
from core.tenants import service as tenants
from core.timeline import service as timeline

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CustomerValues:
    """A new customer's core values. Telephone numbers are taken as people write them and kept as E.164."""

    name: str
    kind: str = "person"
    salutation: str | None = None
    born_on: date | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    country: str | None = None
    region: str | None = None
    time_zone: str | None = None
    locale: str | None = None
    currency: str | None = None
    grade: str | None = None


def create_customer(
    session: Session,
    *,
    context: Context,
    values: CustomerValues | Mapping[str, Any],
    attributes: Attributes | None = None,
    source: str | None = None,
) -> Customer:
    """A new customer with the tenant's next number. Raises Denied for a provider, Invalid with every wrong field."""
    client_only(context)
    given = dataclasses.asdict(values) if isinstance(values, CustomerValues) else {"kind": "person", **values}
    checked = _checked(context, given, attributes, region=given.get("country"), partial=False)
    if context.reach is not None and not (checked.get("owner_id") or checked.get("unit_id")):
        checked |= context.reach.place
    customer = Customer(
        number=tenants.next_numbers(session, kind="customer")[0],
        name_key=name_key(checked["name"]),
        attributes=merge_attributes({}, attributes or {}),
        **checked,
    )
    session.add(customer)
    session.flush()
    names = [name for name, value in checked.items() if value is not None] + _names(attributes)
    record(session, context, customer, "customer.created", names)
    timeline.tell(
        session,
        context=context,
        customer_id=customer.id,
        kind="customer.created",
        message=N_("Added as customer %(number)s"),
        values={"number": str(customer.number), **({"source": source} if source else {})},
        tone="ok",
        icon="plus",
    )
    bus.emit(session, CustomerCreated(context=context, subject=customer.id, fields=names))
    return customer


def update_customer(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    version: int,
    changes: Mapping[str, Any],
    attributes: Attributes | None = None,
    fields: FieldSet | None = None,
) -> Customer:
    """Change what is named, leave the rest. In `attributes` None removes a value.

    `fields` are those of the tenant's view: without them somebody who sees masks changes no attribute. Raises NotFound,
    Denied, Stale where somebody was first, Invalid with every wrong field and every one that is masked for the writer.
    """
    client_only(context)
    customer = find(session, customer_id=customer_id)
    if customer.version != version:
        raise Stale
    changes, attributes = _seen(context, customer, changes, attributes, fields)
    region = changes.get("country") or customer.country
    checked = _checked(context, changes, attributes, region=region, partial=True)
    changed = _apply(customer, checked, attributes)
    if not changed:
        return customer
    try:
        session.flush()
    except StaleDataError:
        raise Stale from None
    record(session, context, customer, "customer.updated", changed)
    timeline.tell(
        session,
        context=context,
        customer_id=customer.id,
        kind="customer.updated",
        message=N_("Changed: %(fields)s"),
        values={"fields": {"fields": changed}},
        icon="file",
    )
    bus.emit(session, CustomerUpdated(context=context, subject=customer.id, fields=changed))
    return customer


def add_identifier(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    scheme: str,
    value: str,
    source: str | None = None,
    verified_at: datetime | None = None,
) -> CustomerIdentifier:
    """A number by which the customer is known: `account`, `document:ric`. The same again changes nothing.

    Raises Invalid for what is no such number and Conflict where another customer has it.
    """
    client_only(context)
    customer = find(session, customer_id=customer_id)
    number = canonical(scheme, value)
    value_key = equality_key(scheme, number, tenant_id=context.tenant_id)
    kept = session.scalar(
        select(CustomerIdentifier).where(CustomerIdentifier.scheme == scheme, CustomerIdentifier.value_key == value_key)
    )
    if kept is not None and kept.customer_id == customer.id:
        return kept
    if kept is not None:
        raise _taken(session, scheme, value_key)
    row = CustomerIdentifier(
        customer_id=customer.id, scheme=scheme, value_key=value_key, source=source, verified_at=verified_at,
        **_kept_forms(session, context, customer_id, scheme, number),
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise _taken(session, scheme, value_key) from None
    record(session, context, customer, "customer.identified", [scheme])
    bus.emit(session, CustomerIdentified(context=context, subject=customer.id, fields=[scheme], scheme=scheme))
    return row


def reveal_numbers(session: Session, *, context: Context, customer_id: UUID) -> dict[UUID, str]:
    """Document and card numbers in clear by the id of their row, noted in the audit trail. Raises Denied for who sees masks.

    A number whose key was destroyed, or whose bytes are not its own any more, is left out.
    """
    if context.masked:
        raise Denied(N_("You see personal data masked. Ask for the one value you need."))
    customer = find(session, customer_id=customer_id)
    kept = CustomerIdentifier
    rows = session.execute(
        select(kept.id, kept.scheme, kept.sealed, Customer.data_key)
        .join(Customer, Customer.id == kept.customer_id)
        .where(kept.customer_id == customer.id)
    ).all()
    record(session, context, customer, "customer.revealed", sorted({row.scheme for row in rows if row.sealed}))
    found = {}
    for row in rows:
        if row.sealed is None or row.data_key is None:
            continue
        with suppress(InvalidTag):
            found[row.id] = keys.decrypt(row.sealed, data_key=row.data_key, tenant_id=context.tenant_id)
    return found


def _kept_forms(session: Session, context: Context, customer_id: UUID, scheme: str, number: str) -> dict[str, Any]:
    masked = sealed_as(scheme)
    if masked is None:
        return {"value": number, "shown": number}
    sealed = keys.encrypt(
        number, data_key=_data_key(session, customer_id, context.tenant_id), tenant_id=context.tenant_id
    )
    return {"sealed": sealed, "shown": mask(masked, number)}


def existing_key(session: Session, customer_id: UUID) -> bytes | None:
    """A customer's own key as it is stored, if there is one."""
    return session.scalar(select(Customer.data_key).where(Customer.id == customer_id))


def data_key(session: Session, customer_id: UUID) -> bytes | None:
    """What the trail keeps values of this customer with, made when first needed; None for one that was erased or is absent.

    A provider's people make none: they keep values only where the client already did.
    """
    found = session.execute(
        select(Customer.data_key, Customer.state, Customer.tenant_id).where(Customer.id == customer_id)
    ).one_or_none()
    if found is None or found.state == "erased":
        return None
    if found.data_key is not None or scope.current(session).party == "provider":
        key: bytes | None = found.data_key
        return key
    return _data_key(session, customer_id, found.tenant_id)


def _data_key(session: Session, customer_id: UUID, tenant_id: UUID) -> bytes:
    """The customer's own key, made when it is first needed. The row is locked, so that two do not make two.

    A key is no change that an open form must hear of: the version stays.
    """
    own = Customer.id == customer_id
    data_key = session.scalar(select(Customer.data_key).where(own).with_for_update())
    if data_key is None:
        data_key = keys.new_data_key(tenant_id)
        session.execute(
            update(Customer).where(own).values(data_key=data_key, updated_at=Customer.updated_at),
            execution_options={"synchronize_session": False},
        )
    return data_key


def _taken(session: Session, scheme: str, value_key: str) -> Conflict:
    """Whose it is, by number and kind and never by name; of one that is beyond the reach of who asks, nothing."""
    whose = session.execute(
        select(Customer.number, Customer.kind)
        .join(CustomerIdentifier, CustomerIdentifier.customer_id == Customer.id)
        .where(CustomerIdentifier.scheme == scheme, CustomerIdentifier.value_key == value_key)
    ).one_or_none()
    if whose is None:
        return Conflict(N_("Another customer already has this number (%(scheme)s)."), field="value", scheme=scheme)
    messages = {
        "person": N_("Customer %(number)s, a person, already has this number (%(scheme)s)."),
        "organisation": N_("Customer %(number)s, an organisation, already has this number (%(scheme)s)."),
        "household": N_("Customer %(number)s, a household, already has this number (%(scheme)s)."),
    }
    return Conflict(messages[whose.kind], field="value", scheme=scheme, number=whose.number)


def find(session: Session, *, customer_id: UUID) -> Customer:
    """The customer's row, for writing. Raises NotFound where it is another tenant's or not leased, Conflict for one that was
    merged: what is written to it would be seen by nobody."""
    customer = session.scalar(select(Customer).where(Customer.id == customer_id))
    if customer is None:
        raise NotFound
    if customer.state == "merged":
        raise Conflict(N_("This customer was merged into another one. Work on that one."))
    return customer


def keep_preferred(session: Session, *, customer_id: UUID, kind: str, value: str | None) -> None:
    """Repeat the preferred contact point of a kind on the customer. For `contacts.service`, which keeps the points."""
    customer = find(session, customer_id=customer_id)
    if getattr(customer, kind) != value:
        setattr(customer, kind, value)
        session.flush()


def phone_region(country: Any, *, context: Context) -> str:
    """The country whose telephone plan reads a number without a country code: the customer's, else the tenant's."""
    code = str(country or "").strip().upper()
    return code if code in SUPPORTED_REGIONS else context.country


def client_only(context: Context) -> None:
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))


def _checked(
    context: Context, given: Mapping[str, Any], attributes: Attributes | None, *, region: Any, partial: bool
) -> dict[str, Any]:
    """Core values as stored. `region` is where the customer's numbers are. Raises Invalid with all that is wrong."""
    fields = core_set(phone_region(region, context=context))
    values, errors = fields.parse(given, partial=partial, currency=context.currency)
    unknown = sorted(set(given) - set(fields.fields))
    errors += [FieldError(field=name, code="unknown", message=N_("There is no such field.")) for name in unknown]
    errors += [
        FieldError(field=vertical, code="not_enabled", message=N_("This vertical is not switched on."))
        for vertical in sorted(set(attributes or {}) - context.enabled - {OWN})
    ]
    if errors:
        raise Invalid(errors=errors)
    return values


def _seen(
    context: Context,
    customer: Customer,
    changes: Mapping[str, Any],
    attributes: Attributes | None,
    fields: FieldSet | None,
) -> tuple[Mapping[str, Any], Attributes | None]:
    """Without the masks that came back as they were shown. Raises Invalid for other values of masked fields."""
    if context.sight.clear:
        return changes, attributes
    known = fields or core_set(context.country)
    named = {f"{owner}.{key}": value for owner, each in (attributes or {}).items() for key, value in each.items()}
    unknown = [FieldError(field=name, code="masked", message=MASKED) for name in named if name not in known.fields]
    if unknown:
        raise Invalid(errors=unknown)
    held = {name: getattr(customer, name) for name in known.columns} | known.flat(customer.attributes)
    kept = without_echoes({**changes, **named}, fields=known.fields, held=held, sight=context.sight)
    nested: dict[str, dict[str, Any]] = {}
    for name in named.keys() & kept.keys():
        owner, _, key = name.partition(".")
        nested.setdefault(owner, {})[key] = named[name]
    return {name: value for name, value in kept.items() if name in changes}, nested


def _apply(customer: Customer, values: Mapping[str, Any], attributes: Attributes | None) -> list[str]:
    """Set what differs; the names of it."""
    changed = [name for name, value in values.items() if getattr(customer, name) != value]
    for name in changed:
        setattr(customer, name, values[name])
    if "name" in changed:
        customer.name_key = name_key(customer.name)
    merged = merge_attributes(customer.attributes, attributes or {})
    for vertical, asked in (attributes or {}).items():
        held = customer.attributes.get(vertical, {})
        changed += [f"{vertical}.{key}" for key, value in asked.items() if held.get(key) != value]
    if merged != customer.attributes:
        customer.attributes = merged
    return changed


def _names(attributes: Attributes | None) -> list[str]:
    return [f"{vertical}.{key}" for vertical, held in (attributes or {}).items() for key in held]


def record(session: Session, context: Context, customer: Customer, action: str, fields: Sequence[str]) -> None:
    audit.append(session, context=context, action=action, subject=("customer", customer.id), fields=fields)
