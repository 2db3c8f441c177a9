"""What contacts put on the pages of customers: points and consents on the page; marks, filter and finder on the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from core.contacts import queries
from core.contacts.addresses import shown_line
from core.contacts.labels import STATUS_TONES
from core.contacts.models import Consent, ContactPoint, DoNotContact
from core.context import Context
from core.customers.models import Customer
from core.customers.parts import ListFilter, ListMark, PagePart, drawn
from core.customers.shown import ShownCustomer, spaced, spoken
from core.db.base import db
from core.fields.masks import mask_for, shown_as, written
from core.fields.normalise import email_key, phone_key
from core.plugin.types import MaskKind

MASKS: Mapping[str, MaskKind] = {"phone": "phone", "email": "email", "address": "address"}


def reach_cards(context: Context, customer: ShownCustomer) -> str:
    """Two cards from one statement: how to reach the customer, and whether it may be."""
    reach = queries.reach_of(db.session(), customer_id=customer.id)
    points = [(each, shown_point(each, context=context)) for each in reach.points if each.contact_id is None]
    by_contact: dict[Any, list[Any]] = {}
    for each in reach.points:
        if each.contact_id is not None:
            by_contact.setdefault(each.contact_id, []).append((each, shown_point(each, context=context)))
    reasons = {row.id: written(row.reason, sight=context.sight) for row in reach.do_not_contact}
    return (
        drawn("contacts/points.html", customer=customer, points=points)
        + _people(context, customer, reach.people, by_contact)
        + drawn("contacts/consents.html", customer=customer, standing=reach, reasons=reasons, tones=STATUS_TONES)
    )


def _people(
    context: Context, customer: ShownCustomer, people: Sequence[queries.PersonRow], points: Mapping[Any, Any]
) -> str:
    """Who to speak to: of organisations always, of others where somebody is named."""
    if not people and customer.kind == "person":
        return ""
    shown = [
        (each, shown_as("name", each.name, name="name", sight=context.sight), points.get(each.id, []))
        for each in people
    ]
    return drawn("contacts/people.html", customer=customer, people=shown)


def shown_point(point: queries.PointRow, *, context: Context) -> str:
    """A point as the reader may see it; a structured address is masked by its district."""
    if point.parts is not None and not context.sight.clear:
        return shown_line(point.parts, sight=context.sight, home=context.country)
    return shown_value(point.kind, point.value, context=context)


def shown_value(kind: str, value: str, *, context: Context) -> str:
    """A point as the reader may see it: of a kind without a mask, nothing."""
    mask = mask_for("personal", MASKS.get(kind), name=kind, sight=context.sight)
    if mask is None:
        return spoken(value, region=context.country) if kind == "phone" else value
    return spaced(mask(value)) if kind == "phone" else str(mask(value))


def shown_evidence(text: str | None, *, context: Context) -> str | None:
    """The client's proof, which may hold anything: a provider's people see that there is one, not what it says."""
    return None if context.party == "provider" else written(text, sight=context.sight)


def _standing(*statuses: str) -> ColumnElement[bool]:
    """The latest answer about marketing, on some channel, is one of these."""
    later = aliased(Consent)
    overtaken = exists().where(
        later.customer_id == Consent.customer_id,
        later.purpose == Consent.purpose,
        later.channel == Consent.channel,
        later.captured_at > Consent.captured_at,
    )
    return _about(
        Consent.customer_id,
        Consent.purpose.in_(("marketing", "any")),
        Consent.status.in_(statuses),
        or_(Consent.status != "granted", Consent.expires_at.is_(None), Consent.expires_at > func.now()),
        not_(overtaken),
    )


def _listed() -> ColumnElement[bool]:
    return _about(DoNotContact.customer_id, or_(DoNotContact.until.is_(None), DoNotContact.until > func.now()))


def _asked() -> ColumnElement[bool]:
    return _about(Consent.customer_id, Consent.purpose.in_(("marketing", "any")))


def _about(customer_id: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """There is such a row about the customer of the enclosing statement, however deep this stands in it."""
    return exists().where(customer_id == Customer.id, *where).correlate(Customer)


_CONSENT = {"granted": ("granted",), "refused": ("refused", "withdrawn")}


def consent_condition(value: str) -> ColumnElement[bool]:
    return _standing(*_CONSENT[value]) if value in _CONSENT else not_(_asked())


def by_phone_or_email(term: str, context: Context) -> Select[Any] | None:
    """The customers that are reached by exactly this number or address."""
    keys = [("phone", phone_key(term, region=context.country)), ("email", email_key(term))]
    wanted = [and_(ContactPoint.kind == kind, ContactPoint.value_key == key) for kind, key in keys if key]
    return select(ContactPoint.customer_id).where(or_(*wanted)).limit(51) if wanted else None


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="reach", placement="aside", render=reach_cards, order=20),)
LIST_MARKS: Sequence[ListMark] = (
    ListMark(key="listed", label=_l("Do not contact"), tone="warn", when=_listed()),
    ListMark(key="refused", label=_l("Refused marketing"), tone="warn", when=_standing("refused", "withdrawn")),
)
LIST_FILTERS: Sequence[ListFilter] = (
    ListFilter(
        key="consent",
        label=_l("Marketing consent"),
        options=[("granted", _l("Granted")), ("refused", _l("Refused or withdrawn")), ("never", _l("Never asked"))],
        where=consent_condition,
    ),
)
