"""A list sorted and narrowed by fields that lie in a column of their own, page by page, records without a value last."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from core.errors import Invalid
from core.fields import slots
from core.records import queries
from core.records.listing import Listing
from core.records.queries import Place

SEATS = (5, None, 2, 5, None, 7)


@pytest.fixture
def slotted(session, world, acting, fleet, make):
    """Vans whose seats lie in a slot."""
    target = "record:fleet.van"
    field = fleet.fields(on=target)["fleet.seats"]
    slots.index(session, context=acting(world.alice), target=target, fields={"fleet.seats": field})
    session.commit()
    for seats in SEATS:
        make("van", values={"model": "Bora", "seats": seats})
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
