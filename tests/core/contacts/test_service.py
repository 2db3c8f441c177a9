"""Contact points, consents and do-not-contact entries: what is kept, what follows, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.contacts import people, queries, service
from core.contacts.models import Consent
from core.customers import service as customers
from core.db import scope
from core.db.base import new_id
from core.engagements import service as engagements
from core.errors import Denied, Invalid, NotFound
from core.timeline.models import TimelineEntry


@pytest.fixture
def alice(session, world):
    scope.enter(session, world.alice.context)
    return world.alice.context


@pytest.fixture
def customer(session, alice):
    return customers.create_customer(session, context=alice, values={"name": "张伟"})


def points(session, customer):
    return [
        (each.kind, each.value, each.preferred) for each in queries.reach_of(session, customer_id=customer.id).points
    ]


def add(session, context, customer, kind, value, **rest):
    return service.add_contact_point(session, context=context, customer_id=customer.id, kind=kind, value=value, **rest)


def test_the_first_number_is_the_customers_own(session, alice, customer):
    add(session, alice, customer, "phone", "138 1234 2038")
    add(session, alice, customer, "phone", "13900000001")
    assert customer.phone == "+8613812342038"
    assert points(session, customer) == [("phone", "+8613812342038", True), ("phone", "+8613900000001", False)]


def test_the_same_number_is_kept_once_however_it_is_written(session, alice, customer):
    first = add(session, alice, customer, "phone", "13812342038")
    again = add(session, alice, customer, "phone", "+86 138-1234-2038", label="office")
    assert first.id == again.id
    assert again.label == "office"


def test_another_number_becomes_the_first_on_demand(session, alice, customer):
    add(session, alice, customer, "phone", "13812342038")
    add(session, alice, customer, "phone", "13900000001", preferred=True)
    assert customer.phone == "+8613900000001"
    assert points(session, customer)[0] == ("phone", "+8613900000001", True)


def test_what_a_form_sets_on_the_customer_becomes_a_point(session, alice):
    made = customers.create_customer(
        session, context=alice, values={"name": "李雷", "phone": "13812342038", "email": "Li@Example.com"}
    )
    assert points(session, made) == [("phone", "+8613812342038", True), ("email", "li@example.com", True)]
    customers.update_customer(
        session, context=alice, customer_id=made.id, version=made.version, changes={"phone": "13900000001", "email": ""}
    )
    assert points(session, made) == [
        ("phone", "+8613900000001", True),
        ("phone", "+8613812342038", False),
        ("email", "li@example.com", False),
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", "1381234"), ("phone", "x"), ("email", "a@"), ("address", "  "), ("chat", "x" * 501), ("fax", "1")],
)
def test_what_nobody_can_be_reached_at_is_refused(session, alice, customer, kind, value):
    with pytest.raises(Invalid):
        add(session, alice, customer, kind, value)


def test_a_contact_has_numbers_that_are_not_the_customers_own(session, alice, customer):
    wife = people.add(session, context=alice, customer_id=customer.id, name="王芳", role="spouse")
    add(session, alice, customer, "phone", "13812342038", contact_id=wife.id)
    assert customer.phone is None
    with pytest.raises(Invalid):
        people.add(session, context=alice, customer_id=customer.id, name=" ")


def consent(session, context, customer, status="granted", **rest):
    return service.record_consent(
        session,
        context=context,
        customer_id=customer.id,
        **{"purpose": "marketing", "channel": "phone", "status": status, **rest},
    )


def standing(session, customer):
    found = queries.reach_of(session, customer_id=customer.id)
    return {(each.purpose, each.channel): each.status for each in found.consents}


def test_the_latest_answer_counts_and_the_earlier_stay(session, alice, customer):
    now = datetime.now(UTC)
    consent(session, alice, customer, "withdrawn", captured_at=now - timedelta(days=1))
    consent(session, alice, customer, "granted", captured_at=now - timedelta(days=9))
    consent(session, alice, customer, "granted", channel="sms")
    assert standing(session, customer) == {("marketing", "phone"): "withdrawn", ("marketing", "sms"): "granted"}
    assert len(session.scalars(select(Consent).where(Consent.customer_id == customer.id)).all()) == 3


def test_a_consent_whose_time_is_over_is_expired(session, alice, customer):
    past = datetime.now(UTC) - timedelta(days=30)
    consent(session, alice, customer, captured_at=past, expires_at=past + timedelta(days=1))
    assert standing(session, customer) == {("marketing", "phone"): "expired"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "spam"},
        {"channel": "telepathy"},
        {"status": "maybe"},
        {"captured_at": datetime.now(UTC) + timedelta(hours=1)},
        {"expires_at": datetime.now(UTC) - timedelta(hours=1)},
    ],
)
def test_a_consent_that_cannot_be_is_refused(session, alice, customer, wrong):
    with pytest.raises(Invalid) as refused:
        consent(session, alice, customer, **wrong)
    assert refused.value.field == next(iter(wrong))


def test_a_consent_is_told_and_audited_without_its_evidence(session, alice, customer):
    consent(session, alice, customer, evidence="recording 13812342038.wav")
    told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "consent.recorded")).all()
    assert [entry.values["status"]["en"] for entry in told if entry.customer_id == customer.id] == ["granted"]
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.recorded")).one()
    assert "13812342038" not in str(noted.details)


def test_a_live_entry_holds_until_its_end(session, alice, customer):
    until = datetime.now(UTC) + timedelta(days=3)
    service.add_do_not_contact(session, context=alice, customer_id=customer.id, reason="asked", until=until)
    found = queries.reach_of(session, customer_id=customer.id).do_not_contact
    assert [(each.purpose, each.until) for each in found] == [("any", until)]
    for wrong in ({"reason": " "}, {"reason": "x", "until": datetime.now(UTC)}, {"reason": "x", "purpose": "spam"}):
        with pytest.raises(Invalid):
            service.add_do_not_contact(session, context=alice, customer_id=customer.id, **wrong)


def test_a_provider_records_consents_of_what_is_leased_and_nothing_else(session, world, alice, customer):
    kept = customers.create_customer(session, context=alice, values={"name": "李雷"})
    engagements.lease_customers(
        session,
        context=alice,
        engagement_id=world.engagement_id,
        customer_ids=[customer.id],
        purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    lent, kept_id = customer.id, kept.id
    session.commit()
    dan = world.dan.context
    scope.enter(session, dan)
    service.record_consent(
        session, context=dan, customer_id=lent, purpose="marketing", channel="phone", status="refused"
    )
    service.add_do_not_contact(session, context=dan, customer_id=lent, reason="asked on the phone")
    with pytest.raises(Denied):
        service.add_contact_point(session, context=dan, customer_id=lent, kind="phone", value="13812342038")
    for absent in (kept_id, new_id()):
        with pytest.raises(NotFound):
            service.record_consent(
                session, context=dan, customer_id=absent, purpose="marketing", channel="phone", status="granted"
            )
