"""Making and changing customers: what is kept, what is refused, what is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.customers import queries, service
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.db.base import new_id
from core.engagements import service as engagements
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.timeline.models import TimelineEntry


@pytest.fixture
def alice(session, world):
    scope.enter(session, world.alice.context)
    return world.alice.context


def make(session, context, **values):
    return service.create_customer(session, context=context, values={"name": "张伟", **values})


def test_customers_are_numbered_one_after_the_other(session, alice):
    first, second = make(session, alice), make(session, alice)
    assert second.number == first.number + 1


def test_a_phone_number_is_kept_as_e164_however_it_was_typed(session, alice):
    assert make(session, alice, phone="138 1234-2038").phone == "+8613812342038"


def test_a_number_without_country_code_is_read_in_the_customers_own_country(session, alice):
    assert make(session, alice, country="gb", phone="020 7946 0958").phone == "+442079460958"


def test_every_wrong_field_is_told_at_once(session, alice):
    with pytest.raises(Invalid) as refused:
        make(session, alice, name=" ", phone="1381234203", email="nowhere", country="China")
    assert {each.field for each in refused.value.errors} == {"name", "phone", "email", "country"}
    short = next(each for each in refused.value.errors if each.field == "phone")
    assert short.message % short.params == "10 digits, it needs 11."


def test_a_field_that_does_not_exist_is_refused(session, alice):
    with pytest.raises(Invalid) as refused:
        make(session, alice, nmae="x")
    assert refused.value.errors[0].field == "nmae"


def test_attributes_of_a_vertical_that_is_off_are_refused(session, alice):
    with pytest.raises(Invalid) as refused:
        service.create_customer(session, context=alice, values={"name": "A"}, attributes={"nosuch": {"x": 1}})
    assert refused.value.errors[0].field == "nosuch"


def test_a_change_keeps_what_it_does_not_name(session, alice):
    made = service.create_customer(
        session,
        context=alice,
        values={"name": "张伟", "region": "南京"},
        attributes={"telecom": {"plan": "5G 129", "churned": False}},
    )
    changed = service.update_customer(
        session,
        context=alice,
        customer_id=made.id,
        version=made.version,
        changes={"name": "张 伟明"},
        attributes={"telecom": {"churned": None, "churn_score": 84}},
    )
    assert (changed.name, changed.name_key, changed.region) == ("张 伟明", "张伟明", "南京")
    assert changed.attributes == {"telecom": {"plan": "5G 129", "churn_score": 84}}
    assert changed.version == 2


def test_a_change_is_audited_and_told_by_the_names_of_its_fields(session, alice):
    made = make(session, alice)
    service.update_customer(
        session, context=alice, customer_id=made.id, version=1, changes={"phone": "13812342038", "name": "张伟"}
    )
    noted = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == made.id)).all()
    assert [(row.action, row.fields) for row in noted] == [
        ("customer.created", ["kind", "name"]),
        ("customer.updated", ["phone"]),
    ]
    told = session.scalars(select(TimelineEntry).where(TimelineEntry.customer_id == made.id)).all()
    assert told[-1].values == {"fields": {"fields": ["phone"]}}


def test_the_same_values_again_change_nothing(session, alice):
    made = make(session, alice, phone="13812342038")
    again = service.update_customer(
        session, context=alice, customer_id=made.id, version=1, changes={"name": "张伟", "phone": "138-1234-2038"}
    )
    assert again.version == 1
    told = session.scalars(select(TimelineEntry.kind).where(TimelineEntry.customer_id == made.id)).all()
    assert told == ["customer.created"]


def test_a_change_to_an_old_version_is_stale(session, alice):
    made = make(session, alice)
    service.update_customer(session, context=alice, customer_id=made.id, version=1, changes={"name": "张三"})
    with pytest.raises(Stale):
        service.update_customer(session, context=alice, customer_id=made.id, version=1, changes={"name": "李四"})
    assert session.scalar(select(Customer.name).where(Customer.id == made.id)) == "张三"


def test_a_customer_of_nobody_cannot_be_changed(session, alice):
    with pytest.raises(NotFound):
        service.update_customer(session, context=alice, customer_id=new_id(), version=1, changes={"name": "x"})


def test_a_document_number_is_kept_sealed_and_found_again(session, alice):
    made = make(session, alice)
    service.add_identifier(
        session, context=alice, customer_id=made.id, scheme="document:ric", value="11010519491231002x"
    )
    row = session.scalars(select(CustomerIdentifier).where(CustomerIdentifier.customer_id == made.id)).one()
    assert (row.value, row.shown) == (None, "110***********002X")
    assert b"11010519491231002X" not in row.sealed
    assert "11010519491231002X" not in row.value_key
    found = queries.find_by_identifier(session, context=alice, scheme="document:ric", value="110105 19491231 002X")
    assert found == made.id
    assert service.reveal_numbers(session, context=alice, customer_id=made.id) == {row.id: "11010519491231002X"}


def test_a_mistyped_identity_card_is_refused_without_repeating_it(session, alice):
    made = make(session, alice)
    with pytest.raises(Invalid) as refused:
        service.add_identifier(
            session, context=alice, customer_id=made.id, scheme="document:ric", value="110105194912310021"
        )
    assert refused.value.field == "value"
    assert "1101" not in str(refused.value)


def test_two_customers_cannot_have_the_same_number(session, alice):
    first, second = make(session, alice), make(session, alice)
    service.add_identifier(session, context=alice, customer_id=first.id, scheme="account", value="A-17")
    with pytest.raises(Conflict) as refused:
        service.add_identifier(session, context=alice, customer_id=second.id, scheme="account", value=" A-17 ")
    assert "account" in str(refused.value)
    assert "A-17" not in str(refused.value)


def test_the_same_number_again_is_kept_once(session, alice):
    made = make(session, alice)
    rows = [
        service.add_identifier(session, context=alice, customer_id=made.id, scheme="account", value="A-17")
        for _ in range(2)
    ]
    assert rows[0].id == rows[1].id


@pytest.mark.parametrize(("scheme", "value"), [("Account", "1"), ("document", "1"), ("", "1"), ("account", "  ")])
def test_what_is_no_number_is_refused(session, alice, scheme, value):
    made = make(session, alice)
    with pytest.raises(Invalid):
        service.add_identifier(session, context=alice, customer_id=made.id, scheme=scheme, value=value)


def lease(session, world, *customers: Customer) -> None:
    engagements.lease_customers(
        session,
        context=world.alice.context,
        engagement_id=world.engagement_id,
        customer_ids=[customer.id for customer in customers],
        purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    session.commit()


def test_a_provider_can_neither_make_nor_change_a_customer(session, world, alice):
    made = make(session, alice)
    lease(session, world, made)
    dan = world.dan.context
    scope.enter(session, dan)
    with pytest.raises(Denied):
        make(session, dan)
    with pytest.raises(Denied):
        service.update_customer(session, context=dan, customer_id=made.id, version=1, changes={"name": "x"})
    with pytest.raises(Denied):
        service.add_identifier(session, context=dan, customer_id=made.id, scheme="account", value="1")


def test_a_provider_finds_only_what_is_leased_to_it_and_never_a_clear_document(session, world, alice):
    lent, kept = make(session, alice), make(session, alice)
    for customer, number in ((lent, "11010519491231002X"), (kept, "440308199901010012")):
        service.add_identifier(session, context=alice, customer_id=customer.id, scheme="document:ric", value=number)
    lease(session, world, lent)
    dan = world.dan.context
    scope.enter(session, dan)
    find = lambda value: queries.find_by_identifier(session, context=dan, scheme="document:ric", value=value)  # noqa: E731
    assert find("11010519491231002X") == lent.id
    assert find("440308199901010012") is None
    assert queries.customer_row(session, context=dan, customer_id=kept.id) is None
    with pytest.raises(Denied):
        service.reveal_numbers(session, context=dan, customer_id=lent.id)


def test_another_tenant_sees_nothing(app, session, world, alice):
    from core.testing.people import make_world

    made = make(session, alice)
    session.commit()
    stranger = make_world(app).alice.context
    scope.enter(session, stranger)
    assert queries.customer_row(session, context=stranger, customer_id=made.id) is None
    with pytest.raises(NotFound):
        service.find(session, customer_id=UUID(str(made.id)))
