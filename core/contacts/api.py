"""Contact points and people of customers over REST, and what customers agreed to or refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select

from core.api.endpoints import Endpoints, expected_version
from core.api.writing import answer, created, page, resource
from core.contacts import people, points, policy, queries, schemas, service
from core.contacts.addresses import shown_line, shown_parts
from core.contacts.models import Contact, ContactPoint
from core.contacts.parts import shown_evidence, shown_value
from core.customers import policy as customer_policy
from core.customers import queries as customers
from core.db.base import db
from core.engagements.queries import leased
from core.errors import N_, Invalid, NotFound
from core.fields.masks import shown_as, written
from core.web.current import context

endpoints = Endpoints("contacts", __name__, prefix="", title="Contacts")
READ, WRITE = customer_policy.READ, customer_policy.WRITE


@endpoints.get("/customers/<uuid:customer_id>/contact-points", permission=READ, returns=schemas.ContactPointPage)
def contact_points(customer_id: UUID) -> Response:
    """List the numbers and addresses of a customer, those of its people too."""
    _there(customer_id)
    wanted = select(ContactPoint).where(
        ContactPoint.customer_id == customer_id, leased(ContactPoint.customer_id, context())
    )
    order = (ContactPoint.kind, ContactPoint.preferred.desc(), ContactPoint.created_at, ContactPoint.id)
    return page([_point(row) for row in db.session().scalars(wanted.order_by(*order).limit(500))], following=None)


@endpoints.post(
    "/customers/<uuid:customer_id>/contact-points", permission=WRITE, body=schemas.ContactPointNew,
    returns=schemas.ContactPoint, versioned=True,
)  # fmt: skip
def add_contact_point(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Add a number or address; an address in `parts` is written on one line as its country does."""
    row = _added(customer_id, **body)
    return created(_point(row), endpoint="api_contacts.contact_point", point_id=row.id)


@endpoints.get("/contact-points/<uuid:point_id>", permission=READ, returns=schemas.ContactPoint, versioned=True)
def contact_point(point_id: UUID) -> Response:
    """Read one."""
    return resource(_point(points.find(db.session(), point_id=point_id)))


@endpoints.patch(
    "/contact-points/<uuid:point_id>", permission=WRITE, body=schemas.ContactPointChange, returns=schemas.ContactPoint,
    versioned=True,
)  # fmt: skip
def change_contact_point(point_id: UUID, body: dict[str, Any]) -> Response:
    """Change its label, make it the first, or write an address anew. Another number is another point."""
    row = points.change(db.session(), context=context(), point_id=point_id, version=expected_version(), changes=body)
    return resource(_point(row))


@endpoints.put(
    "/contact-points/<uuid:point_id>/verification", permission=WRITE, body=schemas.Verification,
    returns=schemas.ContactPoint, versioned=True,
)  # fmt: skip
def verify(point_id: UUID, body: dict[str, Any]) -> Response:
    """Say that it was made sure that it reaches the customer: how, now, by whom the token is of."""
    return resource(_point(points.verify(db.session(), context=context(), point_id=point_id, how=body["how"])))


@endpoints.put(
    "/contact-points/<uuid:point_id>/staleness", permission=WRITE, body=schemas.Staleness, returns=schemas.ContactPoint,
    versioned=True,
)  # fmt: skip
def staleness(point_id: UUID, body: dict[str, Any]) -> Response:
    """Say that it does not reach the customer any more, or, with null, that it does again. A stale one is not offered."""
    if body["reason"] is None:
        row = points.mark_live(db.session(), context=context(), point_id=point_id)
    else:
        row = points.mark_stale(db.session(), context=context(), point_id=point_id, reason=body["reason"])
    return resource(_point(row))


@endpoints.delete("/contact-points/<uuid:point_id>", permission=WRITE)
def remove_contact_point(point_id: UUID) -> Response:
    """Remove one that was never theirs. It can be put back for a while."""
    points.remove(db.session(), context=context(), point_id=point_id)
    return Response(status=204)


@endpoints.get("/customers/<uuid:customer_id>/contacts", permission=READ, returns=schemas.ContactPage)
def contacts(customer_id: UUID) -> Response:
    """List the people to reach at a customer, the first to speak to before the others."""
    _there(customer_id)
    return page([_person(row) for row in queries.people_of(db.session(), customer_id=customer_id)], following=None)


@endpoints.post(
    "/customers/<uuid:customer_id>/contacts", permission=WRITE, body=schemas.ContactNew, returns=schemas.Contact,
    versioned=True,
)  # fmt: skip
def add_contact(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Add a person to reach at a customer."""
    row = people.add(db.session(), context=context(), customer_id=customer_id, **body)
    return created(_person(row), endpoint="api_contacts.contact", contact_id=row.id)


@endpoints.get("/contacts/<uuid:contact_id>", permission=READ, returns=schemas.Contact, versioned=True)
def contact(contact_id: UUID) -> Response:
    """Read one person."""
    return resource(_person(people.find(db.session(), contact_id=contact_id)))


@endpoints.patch(
    "/contacts/<uuid:contact_id>", permission=WRITE, body=schemas.ContactChange, returns=schemas.Contact, versioned=True
)
def change_contact(contact_id: UUID, body: dict[str, Any]) -> Response:
    """Change a person, or have them spoken to first."""
    version = expected_version()
    return resource(
        _person(people.change(db.session(), context=context(), contact_id=contact_id, version=version, changes=body))
    )


@endpoints.delete("/contacts/<uuid:contact_id>", permission=WRITE)
def remove_contact(contact_id: UUID) -> Response:
    """Remove a person with the numbers that only reach them. It can be put back for a while."""
    people.remove(db.session(), context=context(), contact_id=contact_id)
    return Response(status=204)


@endpoints.get("/customers/<uuid:customer_id>/consents", permission=READ, returns=schemas.ConsentPage)
def consents(customer_id: UUID) -> Response:
    """List every answer with its evidence, the latest first: of each purpose and channel the latest counts."""
    _there(customer_id)
    return page([_consent(row) for row in queries.answers_of(db.session(), customer_id=customer_id)], following=None)


@endpoints.post(
    "/customers/<uuid:customer_id>/consents", permission=policy.CONSENT_WRITE, body=schemas.ConsentNew,
    returns=schemas.Consent, located=False,
)  # fmt: skip
def add_consent(customer_id: UUID, body: dict[str, Any]) -> Response:
    """Record what the customer agreed to, refused or took back. Nothing is overwritten."""
    row = service.record_consent(db.session(), context=context(), customer_id=customer_id, source="api", **body)
    return answer(_consent(row), status=201)


@endpoints.get("/customers/<uuid:customer_id>/do-not-contact", permission=READ, returns=schemas.DoNotContactPage)
def do_not_contact(customer_id: UUID) -> Response:
    """List the entries, those that ended too."""
    _there(customer_id)
    return page([_entry(row) for row in queries.entries_of(db.session(), customer_id=customer_id)], following=None)


@endpoints.post(
    "/customers/<uuid:customer_id>/do-not-contact", permission=policy.CONSENT_WRITE, body=schemas.DoNotContactNew,
    returns=schemas.DoNotContact, located=False,
)  # fmt: skip
def add_do_not_contact(customer_id: UUID, body: dict[str, Any]) -> Response:
    """The customer must not be contacted. It holds at once, for both sides."""
    row = service.add_do_not_contact(db.session(), context=context(), customer_id=customer_id, source="api", **body)
    return answer(_entry(row), status=201)


@endpoints.put(
    "/do-not-contact/<uuid:do_not_contact_id>/end",
    permission=WRITE,
    body=schemas.DoNotContactEnd,
    returns=schemas.DoNotContact,
)
def end_do_not_contact(do_not_contact_id: UUID, body: dict[str, Any]) -> Response:
    """The entry holds no longer; it stays as evidence."""
    return answer(
        _entry(service.end_do_not_contact(db.session(), context=context(), entry_id=do_not_contact_id, **body))
    )


def _added(
    customer_id: UUID, *, kind: str, parts: Any = None, value: str | None = None, contact_id: UUID | None = None, **rest: Any
) -> ContactPoint:  # fmt: skip
    """An address in parts, or a number or address as one text, perhaps of one person there."""
    whom = {"context": context(), "customer_id": customer_id, "source": "api", **rest}
    if contact_id is not None and people.find(db.session(), contact_id=contact_id).customer_id != customer_id:
        raise NotFound
    if parts is not None and kind == "address":
        return points.add_address(db.session(), parts=parts, **whom)
    if value is None or parts is not None:
        raise Invalid(N_("This must be filled in."), field="value")
    return service.add_contact_point(db.session(), kind=kind, value=value, contact_id=contact_id, **whom)


def _there(customer_id: UUID) -> None:
    if customers.customer_row(db.session(), context=context(), customer_id=customer_id) is None:
        raise NotFound


def _point(row: ContactPoint) -> dict[str, Any]:
    sight, shown = context().sight, dict(schemas.ContactPoint(exclude=("parts", "value")).dump(row))
    in_parts = row.parts is not None and not sight.clear
    value = shown_line(row.parts, sight=sight, home=context().country) if in_parts and row.parts else None
    shown["value"] = value or shown_value(row.kind, row.value, context=context()) if sight.clear is False else row.value
    shown["parts"] = shown_parts(row.parts, sight=sight)
    if context().party == "provider":
        shown["verified_by"] = None
    return shown


def _person(row: Contact | queries.PersonRow) -> dict[str, Any]:
    shown = dict(schemas.Contact().dump(row))
    return {**shown, "name": shown_as("name", row.name, name="name", sight=context().sight)}


def _consent(row: Any) -> dict[str, Any]:
    shown, kept = schemas.Consent(exclude=("evidenced",)).dump(row), shown_evidence(row.evidence, context=context())
    return {**shown, "evidence": kept, "evidenced": row.evidence is not None}


def _entry(row: Any) -> dict[str, Any]:
    stands = getattr(row, "stands", None)
    shown = schemas.DoNotContact(exclude=("stands",)).dump(row)
    return {
        **shown, "reason": written(row.reason, sight=context().sight),
        "stands": service.holds(row) if stands is None else stands,
    }  # fmt: skip
