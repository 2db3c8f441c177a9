"""A list sorted and narrowed by fields that lie in a column of their own, page by page, records without a value last."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core.errors import Invalid
from core.records import queries
from core.records.listing import Listing
from core.records.models import Record
from core.records.queries import Place

SEATS = (5, None, 2, 5, None, 7)


@pytest.fixture
def slotted(session, world, acting, fleet, make, monkeypatch):
    """Vans whose seats lie in a slot."""
    monkeypatch.setattr(
        fleet, "slots", lambda on="customer": {"fleet.seats": "n01"} if on == "record:fleet.van" else {}
    )
    for seats in SEATS:
        make("van", values={"model": "Bora", "seats": seats})
    acting(world.alice)
    for van in session.scalars(select(Record).where(Record.type == "fleet.van")):
        van.n01 = van.attributes["fleet"].get("seats")
    session.commit()
    return fleet


@pytest.fixture
def listed(session, world, acting, app, slotted):
    """The seats of a list, all of its pages of two."""

    def read(**args):
        context = acting(world.alice)
        with app.test_request_context():
            listing = Listing(session, context, slotted, "fleet.van", MultiDict(args))
            seen, after = [], None
            while True:
                place = Place(after=after, limit=2, sort=listing.sort, by_slot=listing.place.by_slot)
                page = queries.record_page(
                    session, context=context, type="fleet.van", filters=listing.filters, place=place
                )
                seen += [row.attributes["fleet"].get("seats") for row in page.rows]
                after = page.next
                if after is None:
                    return seen

    return read


def test_a_list_goes_by_its_field_up_and_down_and_loses_no_record(listed):
    assert listed(sort="fleet.seats") == [2, 5, 5, 7, None, None]
    assert listed(sort="-fleet.seats") == [7, 5, 5, 2, None, None]


def test_a_range_narrows_the_list(listed):
    assert listed(**{"sort": "fleet.seats", "f.fleet.seats.from": "3", "f.fleet.seats.to": "6"}) == [5, 5]
    assert listed(**{"sort": "number", "f.fleet.seats.from": "many"}) == list(SEATS)


def test_what_has_no_column_is_no_order(session, world, acting, slotted):
    context = acting(world.alice)
    with pytest.raises(Invalid):
        queries.record_page(session, context=context, type="fleet.van", place=Place(sort="fleet.model"))
