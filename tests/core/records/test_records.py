"""A line of a customer: made, known by its number, changed, and seen masked by whom it is leased to."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import facade
from core.customers.models import Customer
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.records import queries, service
from core.records.models import RecordIdentifier
from core.timeline.models import TimelineEntry

LINE = {"type": "telecom.line"}
NUMBER = {"msisdn": "13800138000", "plan": "5G 199"}


@pytest.fixture
def create(session, world, view, acting):
    def make(customer_id, *, by=None, values=NUMBER, **more):
        context = acting(by or world.alice)
        made = service.create_record(
            session, context=context, view=view, customer_id=customer_id, values=values, **{**LINE, **more}
        )
        kept = made.id, made.version
        session.commit()
        return kept

    return make


def test_a_line_has_its_first_state_its_number_and_is_told_on_the_timeline(
    session, world, acting, make_customer, create
):
    customer_id = make_customer()
    record_id, _ = create(customer_id)
    context = acting(world.carol)
    (line,) = queries.records_of(session, context=context, customer_id=customer_id)
    assert (line.state, line.attributes["telecom"]["plan"]) == ("active", "5G 199")
    assert line.identifiers == {"msisdn": line.attributes["telecom"]["msisdn"]}
    told = session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == record_id)).one()
    assert told.values["type"]["zh-CN"] == "号线"


def test_a_provider_reads_the_lines_of_leased_customers_and_makes_none(session, world, acting, make_customer, create):
    leased, other = make_customer(), make_customer(leased=False, phone="13912341370")
    create(leased)
    create(other, values={"msisdn": "13800138001"})
    context = acting(world.dan)
    assert len(queries.records_of(session, context=context, customer_id=leased)) == 1
    assert queries.records_of(session, context=context, customer_id=other) == []
    assert len(session.scalars(select(RecordIdentifier)).all()) == 1
    with pytest.raises(Denied):
        create(leased, by=world.dan, values={"msisdn": "13800138002"})


def test_a_number_belongs_to_one_line(make_customer, create):
    create(make_customer())
    with pytest.raises(Conflict) as taken:
        create(make_customer(phone="13912341370"))
    assert taken.value.field == "msisdn"


def test_a_changed_number_takes_the_place_of_the_old_one(session, world, view, acting, make_customer, create):
    record_id, version = create(make_customer())
    context = acting(world.alice)
    changed = {"msisdn": "13800138009", "plan": None}
    service.update_record(
        session, context=context, view=view, record_id=record_id, version=version, state="ported_out", values=changed
    )
    (kept,) = session.scalars(select(RecordIdentifier).where(RecordIdentifier.record_id == record_id)).all()
    assert kept.value.endswith("13800138009")
    with pytest.raises(Stale):
        service.update_record(session, context=context, view=view, record_id=record_id, version=version, state="active")


def test_what_the_type_does_not_know_is_refused(session, world, view, acting, make_customer, create):
    customer_id = make_customer()
    with pytest.raises(Invalid) as state:
        create(customer_id, state="lost")
    with pytest.raises(Invalid) as number:
        create(customer_id, values={"msisdn": "123"})
    with pytest.raises(Invalid) as unknown:
        create(customer_id, values=NUMBER | {"colour": "red"})
    with pytest.raises(Invalid) as holder:
        create(None)
    assert state.value.field == "state"
    assert [error.field for error in number.value.errors] == ["telecom.msisdn"]
    assert [error.field for error in unknown.value.errors] == ["telecom.colour"]
    assert holder.value.field == "customer_id"
    with pytest.raises(NotFound):
        create(customer_id, type="telecom.island")


def test_the_facade_sets_a_field(session, world, acting, make_customer):
    customer_id = make_customer()
    context = acting(world.alice)
    facade.set_field(session, context=context, customer_id=customer_id, field="telecom.plan", value="5G 299")
    stored = session.scalars(select(Customer.attributes).where(Customer.id == customer_id)).one()
    assert stored == {"telecom": {"plan": "5G 299"}}
