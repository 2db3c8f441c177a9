"""Pages of records: found, listed, opened, made, moved and read, by the client and by whom a customer is leased to."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.customers.models import Customer
from core.records.models import Record
from tests.core.records.conftest import VIN

NEW = {"fleet.vin": VIN, "fleet.model": "Bora"}


@pytest.fixture
def session(outside):
    return outside


@pytest.fixture(autouse=True)
def with_fleet(app, monkeypatch, fleet):
    """The workspace of these tests has the fleet switched on, and nothing else."""
    monkeypatch.setitem(app.extensions["kehub"], "view_of", lambda session, context: fleet)


@pytest.fixture
def alice(world, in_english):
    return in_english(world.alice)


@pytest.fixture
def dan(world, in_english):
    return in_english(world.dan)


@pytest.fixture
def holder(session, acting, world, make_customer):
    """A leased customer and the number that stands beside the name."""
    customer_id = make_customer()
    acting(world.alice)
    found = customer_id, session.scalar(select(Customer.number).where(Customer.id == customer_id))
    session.rollback()
    return found


@pytest.fixture
def van(make, holder):
    customer_id = holder[0]
    depot = make("depot", values={"town": "Nanjing"})
    found = make(
        "van",
        customer_id=customer_id,
        parent_id=depot[0],
        values={"vin": VIN, "model": "Bora", "driver": "诸葛孔明", "remark": "call 13912341369", "colour": "red"},
    )
    return found[0]


def test_the_kinds_are_listed_with_how_many_there_are(alice, van):
    page = alice.get("/records").text
    assert "Depot" in page
    assert "Van" in page
    assert "Trip" in page


def test_a_list_shows_the_columns_of_its_type_and_links_holder_and_parent(alice, van):
    page = alice.get("/records/fleet.van").text
    for text in ("Bora", "Red", "诸葛孔明", "吴敏", "1 record"):
        assert text in page
    assert alice.get("/records/fleet.unknown").status_code == 404


def test_a_list_is_narrowed_by_state_holder_parent_and_choice(alice, make, van, holder):
    make("van", values={"model": "Polo", "colour": "white"}, state="sold")
    assert "Polo" in alice.get("/records/fleet.van?state=sold").text
    assert "Bora" not in alice.get("/records/fleet.van?state=sold").text
    assert "Bora" not in alice.get("/records/fleet.van?f.fleet.colour=white").text
    assert "Polo" not in alice.get("/records/fleet.van?parent=1001").text
    assert "Polo" not in alice.get(f"/records/fleet.van?holder={holder[1]}").text
    assert "Bora" not in alice.get("/records/fleet.van?parent=77").text
    nothing = alice.get("/records/fleet.van?state=scrapped").text
    assert "No record meets all of these conditions" in nothing


def test_who_looked_at_a_record_is_in_the_trail_and_not_among_what_happened_to_it(alice, van):
    pages = [alice.get(f"/record/{van}").text for _ in range(2)]
    assert "Added" in pages[1]
    assert "record.read" not in pages[1]


def test_a_page_shows_what_the_record_is_and_what_it_belongs_to(alice, van):
    page = alice.get(f"/record/{van}").text
    for text in ("Bora", VIN, "Nanjing", "吴敏", "call 13912341369", "Next state", "Sold"):
        assert text in page


def test_a_depot_shows_its_vans(alice, session, acting, world, van):
    acting(world.alice)
    depot_id = session.get(Record, (world.tenant_id, van)).parent_id
    session.rollback()
    assert "Bora" in alice.get(f"/record/{depot_id}").text


def test_a_provider_sees_leased_records_masked_and_no_form(dan, make, van):
    free = make("van", values={"model": "Polo"})[0]
    page = dan.get(f"/record/{van}").text
    for clear in (VIN, "诸葛孔明", "13912341369", "吴敏"):
        assert clear not in page
    assert "诸葛*" in page
    assert "Only the client changes records." in page
    assert dan.get(f"/record/{free}").status_code == 404
    listed = dan.get("/records/fleet.van").text
    assert "Bora" in listed
    assert "Polo" not in listed
    assert dan.get("/records/fleet.trip").status_code == 404
    assert dan.get("/records/fleet.van/new").status_code == 403
    assert dan.get("/records/fleet.van/export.csv").status_code == 403
    assert dan.post(f"/record/{van}/state", data={"state": "sold"}).status_code == 403


def test_a_number_opens_its_record_and_one_that_is_not_leased_is_not_there(alice, dan, make, van):
    make("van", values={"model": "Polo"}, identifiers={"plate": "京A·12345"})
    assert alice.post("/records/find", data={"q": VIN.lower()}).headers["Location"].endswith(f"/record/{van}")
    assert "Polo" in alice.client.get(alice.post("/records/find", data={"q": "京A12345"}).headers["Location"]).text
    nothing = dan.post("/records/find", data={"q": "京A12345"})
    assert nothing.status_code == 200
    assert "No record has this number" in nothing.text
    assert "京A12345" not in nothing.text


def test_a_customer_is_found_by_the_number_of_what_they_hold(alice, van):
    assert "吴敏" in alice.post("/customers/search", data={"q": VIN}).text


def test_a_record_is_made_and_its_faults_are_told_at_their_fields(alice, session, acting, world, holder):
    number = str(holder[1])
    wrong = alice.post("/records/fleet.van/new", data=NEW | {"fleet.vin": "LVSHCAMB2CE054249", "customer": "77"})
    assert wrong.status_code == 422
    assert "There is no active customer with this number." in wrong.text
    assert "The check digit is 2, it should be 1" in wrong.text
    wrong = alice.post("/records/fleet.van/new", data=NEW | {"fleet.vin": "LVSHCAMB2CE054249", "customer": number})
    assert "The check digit is 2, it should be 1" in wrong.text
    made = alice.post(
        "/records/fleet.van/new",
        data=NEW
        | {
            "customer": number,
            "state": "sold",
            "fleet.price": "1234.50",
            "amount": "99",
            "occurred_at": "2026-01-31T08:00",
        },
    )
    assert made.status_code == 303
    acting(world.alice)
    (record,) = session.query(Record).all()
    assert (record.state, record.amount_minor, record.attributes["fleet"]["price"]) == ("sold", 9900, 123_450)
    assert record.occurred_at.isoformat() == "2026-01-31T00:00:00+00:00"
    taken = alice.post("/records/fleet.van/new", data=NEW)
    assert taken.status_code == 409
    assert "Another record already has this number" in taken.text


def test_an_amount_is_read_and_shown_with_the_decimals_of_its_currency(alice, session, acting, world, van):
    form = {"version": "1", "fleet.model": "Bora"}
    wrong = alice.post(f"/record/{van}/edit", data=form | {"amount": "1500.5", "currency": "JPY"})
    assert "JPY is written with at most 0 decimals." in wrong.text
    assert (
        "This is no currency" in alice.post(f"/record/{van}/edit", data=form | {"amount": "1", "currency": "ZZZ"}).text
    )
    assert alice.post(f"/record/{van}/edit", data=form | {"amount": "1.25", "currency": "kwd"}).status_code == 303
    acting(world.alice)
    assert session.execute(select(Record.amount_minor, Record.currency).where(Record.id == van)).one() == (1250, "KWD")
    assert "1.250" in alice.get(f"/record/{van}").text
    assert 'value="1.250"' in alice.get(f"/record/{van}/edit").text
    late = alice.post(f"/record/{van}/edit", data=form | {"amount": "7", "currency": ""})
    assert late.status_code == 412
    assert "1.250" in late.text, "what another wrote stands beside what was typed"
    assert (
        alice.post(f"/record/{van}/edit", data=form | {"version": "2", "amount": "7", "currency": ""}).status_code
        == 303
    )
    assert "¥7.00" in alice.get(f"/record/{van}").text, "without a currency it is the workspace's own"


def test_a_form_that_somebody_overtook_loses_nothing(alice, van, holder):
    form = {
        "version": "1",
        "fleet.vin": VIN,
        "fleet.model": "Golf",
        "fleet.colour": "red",
        "customer": str(holder[1]),
        "parent": "1001",
    }
    assert alice.post(f"/record/{van}/edit", data=form).status_code == 303
    late = alice.post(f"/record/{van}/edit", data=form | {"fleet.model": "Jetta"})
    assert late.status_code == 412
    assert "Jetta" in late.text
    assert "Golf" in late.text
    assert 'value="2"' in late.text


def test_a_move_that_does_not_follow_is_refused_with_words(alice, van):
    assert alice.post(f"/record/{van}/state", data={"state": "sold", "version": "1"}).status_code == 303
    back = alice.post(f"/record/{van}/state", data={"state": "stock", "version": "2"})
    assert back.status_code == 422
    assert "This state does not follow" in back.text
    late = alice.post(f"/record/{van}/state", data={"state": "scrapped", "version": "1"})
    assert late.status_code == 412


def test_readings_are_added_shown_and_drawn(alice, van):
    for value, day in (("12000", "2026-01-01T08:00"), ("15500", "2026-03-01T08:00")):
        sent = {"counter": "odometer", "value": value, "read_at": day, "status": "original", "source": "workshop"}
        assert alice.post(f"/record/{van}/readings", data=sent).status_code == 303
    page = alice.get(f"/record/{van}").text
    assert "15,500" in page
    assert "From 12,000 to 15,500 km in 2 readings" in page
    wrong = alice.post(f"/record/{van}/readings", data={"counter": "odometer", "value": "-5"})
    assert wrong.status_code == 422
    assert "A reading is a whole number from zero up." in wrong.text


def test_the_old_address_of_an_export_leads_to_asking_for_one(alice, van):
    answer = alice.get("/records/fleet.van/export.csv?sort=number")
    assert answer.status_code == 303
    assert "/exports/new?what=records&type=fleet.van&sort=number" in answer.headers["Location"]
    assert VIN not in answer.text
