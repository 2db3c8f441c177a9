"""A client's customers as rows: the customer, its numbers, how to reach it, what it agreed to, and its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.audit import keys
from core.contacts.labels import CHANNEL_LABELS, PURPOSE_LABELS, STATUS_LABELS
from core.contacts.models import Consent, Contact, ContactPoint, DoNotContact
from core.context import Context
from core.customers.identifiers import canonical, equality_key, sealed_as
from core.customers.models import Customer, CustomerIdentifier
from core.demo import people
from core.demo.bulk import Rows
from core.demo.people import Person
from core.errors import N_
from core.fields import FieldSet
from core.fields.masks import mask
from core.fields.normalise import email_key, identifier_key, name_key
from core.fields.sounds import sound_key
from core.plugin.catalog import CatalogView
from core.plugin.stories import Demo
from core.records.models import Record, RecordIdentifier, RecordReading
from core.timeline.models import TimelineEntry

SEED = 2024
GRANTED, REFUSED = 0.55, 0.15
"""Shares of customers that agreed to marketing and that refused it; the others were never asked."""
ON_THE_LIST = 0.03
NO_EMAIL, NO_ADDRESS = 0.06, 0.04

MODELS = (
    Customer, CustomerIdentifier, Contact, ContactPoint, Consent, DoNotContact, Record, RecordIdentifier, RecordReading,
    TimelineEntry,
)  # fmt: skip
"""In the order in which they are inserted."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What all parts of a client's story share. `now` is when it is told; everything else lies before."""

    context: Context
    view: CatalogView
    vertical: str
    demo: Demo
    now: datetime
    rows: Rows = field(default_factory=Rows)
    stock: dict[str, list[UUID]] = field(default_factory=dict)

    def random(self, *about: object) -> Random:
        """The same for the same things, whatever else is drawn."""
        return Random("/".join(map(str, (SEED, self.demo.slug, *about))))  # noqa: S311 - a story, not a secret

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.zone)

    @cached_property
    def fields(self) -> FieldSet:
        return FieldSet.of(self.view)

    def record_fields(self, kind: str) -> FieldSet:
        return FieldSet.of(self.view, target=f"record:{kind}")


@dataclass(kw_only=True)
class Member:
    """A customer as the rest of the story needs it. `consents` and `refusals` are as the gate's facts take them."""

    id: UUID
    number: int
    person: Person
    attributes: dict[str, dict[str, Any]]
    data_key: bytes
    points: list[str]
    consents: list[tuple[str, str, str, str, str | None, str]] = field(default_factory=list)
    refusals: list[tuple[str, str, str | None]] = field(default_factory=list)
    outbound: list[tuple[datetime, str]] = field(default_factory=list)
    records: dict[str, list[UUID]] = field(default_factory=dict)


def gather(stage: Stage, numbers: Sequence[int]) -> list[Member]:
    """The rows of one customer for each number."""
    return [_member(stage, index, number) for index, number in enumerate(numbers)]


def _member(stage: Stage, index: int, number: int) -> Member:
    random = stage.random("customer", index)
    given = dict(stage.demo.customer(random, index))
    person = people.drawn(random, index, today=stage.now.date(), known=given)
    since = stage.now - timedelta(days=random.randint(70, 900), seconds=random.randint(0, 80_000))
    held = _attributes(stage, given, personal=person.kind == "person")
    key = keys.new_data_key(stage.context.tenant_id)
    without = {"email"} if random.random() < NO_EMAIL else {"address"} if random.random() < NO_ADDRESS else set()
    points = {kind: getattr(person, kind) for kind in ("phone", "email", "address") if kind not in without}
    customer_id = stage.rows.add(
        Customer,
        number=number,
        kind=person.kind,
        name=person.name,
        name_key=name_key(person.name),
        name_sound=sound_key(name_key(person.name)),
        salutation=person.salutation,
        born_on=person.born_on,
        **{kind: points.get(kind) for kind in ("phone", "email", "address")},
        country=stage.context.country,
        region=person.region,
        time_zone=person.time_zone,
        locale=person.locale,
        data_key=key,
        attributes=held,
        created_at=since,
        updated_at=since,
    )
    member = Member(id=customer_id, number=number, person=person, attributes=held, data_key=key, points=sorted(points))
    _identify(stage, member, since)
    _reach(stage, member, points, since)
    _agree(stage, member, random)
    _own(stage, member, random, index, given, since)
    tell(
        stage,
        member,
        since,
        "customer.created",
        N_("Added as customer %(number)s"),
        {"number": str(number)},
        "ok",
        "plus",
    )
    return member


def _attributes(stage: Stage, given: Mapping[str, Any], *, personal: bool) -> dict[str, dict[str, Any]]:
    """As stored. An organisation has no gender: only a person has what is personal."""
    named = {f"{stage.vertical}.{key}": value for key, value in given.items()}
    fields = stage.fields.fields
    return stage.fields.attributes(
        {name: value for name, value in named.items() if personal or fields[name].sensitivity == "plain"}
    )


def _identify(stage: Stage, member: Member, since: datetime) -> None:
    tenant_id = stage.context.tenant_id
    for scheme, value in (("account", f"A{member.number:08}"), *member.person.documents):
        number = canonical(scheme, value)
        masked = sealed_as(scheme)
        stage.rows.add(
            CustomerIdentifier,
            customer_id=member.id,
            scheme=scheme,
            value_key=equality_key(scheme, number, tenant_id=tenant_id),
            value=None if masked else number,
            sealed=keys.encrypt(number, data_key=member.data_key, tenant_id=tenant_id) if masked else None,
            shown=mask(masked, number) if masked else number,
            verified_at=since,
            source="demo",
        )


def _reach(stage: Stage, member: Member, points: Mapping[str, str], since: datetime) -> None:
    for name, role in member.person.contacts:
        key = name_key(name)
        stage.rows.add(Contact, customer_id=member.id, name=name, name_key=key, name_sound=sound_key(key), role=role)
    for kind, value in points.items():
        compared = email_key(value) if kind == "email" else name_key(value) if kind == "address" else value
        stage.rows.add(
            ContactPoint, customer_id=member.id, kind=kind, value=value, value_key=compared, preferred=True,
            verified_at=since if kind == "phone" else None, source="demo",
        )  # fmt: skip


def _agree(stage: Stage, member: Member, random: Random) -> None:
    answer = random.random()
    at = stage.now - timedelta(days=random.randint(62, 600), seconds=random.randint(0, 40_000))
    if answer < GRANTED + REFUSED:
        status = "granted" if answer < GRANTED else "refused"
        for channel in ("phone", "sms") if random.random() < 0.8 else ("phone",):
            consent(stage, member, at, channel=channel, status=status, evidence="营业厅签署的同意书")
    if random.random() < ON_THE_LIST:
        member.refusals.append(("marketing", "any", None))
        stage.rows.add(
            DoNotContact, customer_id=member.id, purpose="marketing", channel="any",
            reason="客户来电要求不再联系", source="demo", created_at=at,
        )  # fmt: skip
        values = {"purpose": PURPOSE_LABELS["marketing"], "channel": CHANNEL_LABELS["any"]}
        tell(
            stage,
            member,
            at,
            "consent.do_not_contact",
            N_("Do not contact: %(purpose)s by %(channel)s"),
            values,
            "warn",
            "no",
        )


def consent(stage: Stage, member: Member, at: datetime, *, channel: str, status: str, evidence: str) -> None:
    """What the customer answered about marketing, its row and its place on the timeline."""
    found = stage.rows.add(
        Consent, customer_id=member.id, purpose="marketing", channel=channel, status=status, captured_at=at,
        evidence=evidence, text_version="2025-01", source="demo",
    )  # fmt: skip
    member.consents.append(("marketing", channel, status, at.isoformat(), None, str(found)))
    values = {
        "purpose": PURPOSE_LABELS["marketing"], "channel": CHANNEL_LABELS[channel], "status": STATUS_LABELS[status],
    }  # fmt: skip
    words = N_("Consent for %(purpose)s by %(channel)s: %(status)s")
    tell(stage, member, at, "consent.recorded", words, values, "ok" if status == "granted" else "warn", "shield")


def _own(stage: Stage, member: Member, random: Random, index: int, given: Mapping[str, Any], since: datetime) -> None:
    """The records the vertical gives this customer."""
    for made in stage.demo.records(random, index, given) if stage.demo.records else ():
        _record(stage, made, since, holder=member)


def fill_stock(stage: Stage) -> None:
    """The records that nobody holds: what the client has to sell."""
    for made in stage.demo.stock(stage.random("stock")) if stage.demo.stock else ():
        _record(stage, made, stage.now - timedelta(days=400))


def _record(
    stage: Stage, made: Mapping[str, Any], since: datetime, *, holder: Member | None = None, above: UUID | None = None
) -> None:
    """One record with its numbers, readings and children."""
    kind = f"{stage.vertical}.{made['type']}"
    declared = stage.view.record_types[kind]
    named = {f"{stage.vertical}.{key}": value for key, value in made.get("attributes", {}).items()}
    customer_id = holder.id if holder is not None and declared.holder != "none" else None
    amount = made.get("amount_minor")
    record_id = stage.rows.add(
        Record, type=kind, customer_id=customer_id, parent_id=above, state=made["state"], exposure=declared.exposure,
        occurred_at=made.get("occurred_at", since), ends_at=made.get("ends_at"), amount_minor=amount,
        currency=stage.context.currency if amount is not None else None,
        attributes=stage.record_fields(kind).attributes(named), created_at=since, updated_at=since,
    )  # fmt: skip
    shared = {"record_id": record_id, "customer_id": customer_id, "exposure": declared.exposure}
    for scheme, value in made.get("identifiers", {}).items():
        key = identifier_key(scheme, value)
        stage.rows.add(RecordIdentifier, **shared, type=kind, scheme=scheme, value_key=key, value=value)
    for counter, series in made.get("readings", {}).items():
        for read_at, value in series:
            stage.rows.add(RecordReading, **shared, counter=counter, value=value, read_at=read_at, source="demo")
    held = holder.records if holder is not None else stage.stock
    held.setdefault(kind, []).append(record_id)
    for child in made.get("children", ()):
        _record(stage, child, since, holder=holder, above=record_id)


def tell(
    stage: Stage,
    member: Member,
    at: datetime,
    kind: str,
    message: str,
    values: Mapping[str, Any],
    tone: str,
    icon: str,
    *,
    by: Context | None = None,
    note: str | None = None,
    subject: tuple[str, UUID] | None = None,
) -> None:
    """A timeline entry, as `timeline.service.tell` writes it."""
    actor = by or stage.context
    stage.rows.add(
        TimelineEntry, customer_id=member.id, occurred_at=at, kind=kind, message=message, values=dict(values), note=note,
        tone=tone, icon=icon, party=actor.party, participant_id=actor.participant_id, shown_name=actor.shown_name,
        engagement_id=actor.engagement_id, subject_type=subject[0] if subject else None,
        subject_id=subject[1] if subject else None, created_at=at,
    )  # fmt: skip
