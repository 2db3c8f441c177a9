"""Records that change: states follow one another, counters are read, children and parents belong together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.records import identifying, service
from core.records.models import Record, RecordIdentifier, RecordReading
from core.timeline.models import TimelineEntry
from tests.core.records.conftest import VIN

NEW = {"vin": VIN, "model": "Bora"}


@pytest.fixture
def change(session, world, fleet, acting):
    """`change(record, state="sold")` commits alice's change and gives the record's id and version."""

    def make(record, *, by=None, **more):
        record_id, version = record
        context = acting(by or world.alice)
        made = service.update_record(session, context=context, view=fleet, record_id=record_id, version=version, **more)
        kept = made.id, made.version
        session.commit()
        return kept

    return make


@pytest.fixture
def read(session, world, fleet, acting):
    def make(record, value, *, by=None, **more):
        context = acting(by or world.alice)
        made = service.add_reading(
            session, context=context, view=fleet, record_id=record[0], counter="odometer", value=value, **more
        )
        session.commit()
        return made.id

    return make


def test_a_state_follows_only_as_the_type_says(session, world, acting, make, change):
    van = change(make("van", values=NEW), state="sold")
    with pytest.raises(Invalid) as back:
        change(van, state="stock")
    assert back.value.field == "state"
    van = change(van, state="scrapped")
    with pytest.raises(Invalid):
        change(van, state="sold")
    acting(world.alice)
    history = session.scalar(select(Record.history).where(Record.id == van[0]))
    assert [each["state"] for each in history] == ["stock", "sold", "scrapped"]
    moments = [datetime.fromisoformat(each["at"]) for each in history]
    assert moments == sorted(moments)


def test_an_older_record_begins_its_history_with_the_state_it_was_in(session, world, acting, make, change):
    van = make("van", values=NEW)
    acting(world.alice)
    record = session.get(Record, (world.tenant_id, van[0]))
    record.history = []
    session.flush()
    van = (van[0], record.version)
    session.commit()
    change(van, state="sold")
    acting(world.alice)
    history = session.scalar(select(Record.history).where(Record.id == van[0]))
    assert [each["state"] for each in history] == ["stock", "sold"]


def test_a_change_names_what_changed_and_keeps_the_rest(session, world, acting, make, change, make_customer):
    customer_id = make_customer()
    van = change(make("van", values=NEW | {"seats": 3}), values={"colour": "red"}, changes={"customer_id": customer_id})
    van = change(van, values={"seats": None}, changes={"amount_minor": 1_500_000, "currency": "CNY"})
    acting(world.alice)
    record = session.get(Record, (world.tenant_id, van[0]))
    assert record.attributes["fleet"] == {"vin": VIN, "model": "Bora", "colour": "red"}
    assert (record.customer_id, record.amount_minor) == (customer_id, 1_500_000)
    noted = session.scalars(
        select(AuditEntry.fields).where(AuditEntry.subject_id == van[0]).order_by(AuditEntry.sequence)
    ).all()
    assert noted[1:] == [["customer_id", "fleet.colour"], ["amount_minor", "currency", "fleet.seats"]]
    assert session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == van[0])).all()


def test_the_second_of_two_who_change_one_record_is_told(make, change):
    van = make("van", values=NEW)
    change(van, values={"colour": "red"})
    with pytest.raises(Stale):
        change(van, values={"colour": "white"})


def test_nothing_changed_is_nothing_written(session, world, acting, make, change):
    van = make("van", values=NEW)
    assert change(van, values={"model": "Bora"}, state="stock") == van
    acting(world.alice)
    assert len(session.scalars(select(AuditEntry.id).where(AuditEntry.subject_id == van[0])).all()) == 1


def test_a_number_goes_with_its_record_to_the_new_holder_and_his_provider(
    session, world, acting, make, change, make_customer
):
    mine, other = make_customer(), make_customer(leased=False, phone="13912341370")
    van = make("van", values=NEW, customer_id=mine)
    acting(world.dan)
    assert session.scalar(select(RecordIdentifier.record_id)) == van[0]
    change(van, changes={"customer_id": other})
    acting(world.dan)
    assert session.scalar(select(Record.id)) is None
    assert session.scalar(select(RecordIdentifier.record_id)) is None


def test_a_number_that_is_taken_away_is_free_for_another(session, world, acting, make, change):
    van = make("van", values=NEW)
    with pytest.raises(Conflict) as taken:
        make("van", values=NEW)
    assert taken.value.field == "vin"
    change(van, values={"vin": None})
    again = make("van", values=NEW)
    acting(world.alice)
    found = identifying.find_record(session, type="fleet.van", scheme="vin", value=VIN.lower())
    assert found == again[0]


def test_a_number_beside_the_fields_is_kept_and_one_of_a_field_is_changed_there(session, world, acting, make, change):
    van = change(make("van", values=NEW), identifiers={"plate": "京A·12345"})
    acting(world.alice)
    assert identifying.find_record(session, type="fleet.van", scheme="plate", value="京A12345") == van[0]
    with pytest.raises(Invalid):
        change(van, identifiers={"vin": "L"})
    with pytest.raises(Invalid):
        change(van, identifiers={"engine": "1"})


def test_a_child_belongs_to_a_parent_of_the_declared_type(session, world, acting, make, change):
    depot = make("depot", values={"town": "南京"})
    van = make("van", values=NEW, parent_id=depot[0])
    with pytest.raises(Invalid) as wrong:
        make("van", values={"model": "Bora"}, parent_id=van[0])
    assert wrong.value.field == "parent_id"
    with pytest.raises(NotFound):
        make("van", values={"model": "Bora"}, parent_id=world.tenant_id)
    change(van, changes={"parent_id": None})
    acting(world.alice)
    assert session.scalar(select(Record.parent_id).where(Record.id == van[0])) is None


def test_a_counter_is_read_again_and_again_and_never_unread(session, world, acting, make, read):
    van = make("van", values=NEW)
    now = datetime.now(UTC)
    read(van, 12_000, read_at=now - timedelta(days=9))
    read(van, 11_000, read_at=now, status="replaced", source="workshop")
    acting(world.alice)
    rows = session.execute(
        select(RecordReading.value, RecordReading.status, RecordReading.source).order_by(RecordReading.read_at)
    ).all()
    assert [tuple(row) for row in rows] == [(12_000, "original", ""), (11_000, "replaced", "workshop")]


@pytest.mark.parametrize(
    ("value", "more", "field"),
    [
        (-1, {}, "value"),
        (2**63, {}, "value"),
        (5, {"read_at": datetime.now(UTC) + timedelta(days=1)}, "read_at"),
        (5, {"status": "guessed"}, "status"),
    ],
)
def test_what_is_no_reading_is_refused(make, read, value, more, field):
    with pytest.raises(Invalid) as refused:
        read(make("van", values=NEW), value, **more)
    assert refused.value.field == field


def test_a_type_without_the_counter_has_no_readings(make, read):
    with pytest.raises(Invalid) as refused:
        read(make("depot", values={"town": "南京"}), 5)
    assert refused.value.field == "counter"


def test_a_provider_sees_what_is_leased_or_shared_and_changes_none_of_it(
    session, world, acting, make, change, read, make_customer
):
    depot = make("depot", values={"town": "南京"})
    van = make("van", values=NEW, parent_id=depot[0], customer_id=make_customer())
    free = make("van", values={"model": "Polo"}, parent_id=depot[0])
    make("trip", parent_id=van[0])
    read(van, 7)
    read(free, 8)
    acting(world.dan)
    assert set(session.scalars(select(Record.id))) == {depot[0], van[0]}
    assert session.scalars(select(RecordReading.value)).all() == [7]
    with pytest.raises(Denied):
        change(van, by=world.dan, state="sold")
    with pytest.raises(Denied):
        read(van, 9, by=world.dan)
    with pytest.raises(NotFound):
        change(free, by=world.dan, state="sold")


def test_an_end_before_the_beginning_is_refused(make):
    now = datetime.now(UTC)
    with pytest.raises(Invalid) as refused:
        make("depot", values={"town": "南京"}, occurred_at=now, ends_at=now - timedelta(days=1))
    assert refused.value.field == "ends_at"
