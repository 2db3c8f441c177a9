"""The engagement page: lend by number, take back with a reason, and words for what went wrong."""

import re

from core.customers.models import Customer
from core.db import scope
from core.engagements.numbers import read_numbers
from core.tenants.service import next_numbers


def make_customers(session, world, count):
    scope.enter(session, world.alice.context)
    numbers = list(next_numbers(session, kind="customer", count=count))
    session.add_all([Customer(number=n, name=f"Customer {n}", name_key=f"customer {n}") for n in numbers])
    session.commit()
    return numbers


def address(world):
    return f"/engagements/{world.engagement_id}"


def test_the_client_lends_by_number_and_the_page_counts_them(session, world, sign_in):
    numbers = make_customers(session, world, 5)
    alice = sign_in(world.alice)
    form = {"numbers": f"{numbers[0]}-{numbers[2]}, {numbers[4]}", "purpose": "retention", "until": "2027-06-30"}
    answer = alice.post(address(world) + "/leases", data=form)
    assert answer.status_code == 303
    page = alice.get(address(world)).text
    assert re.search(r"4 customers leased now|4 位客户", page)


def test_an_unreadable_number_is_named_and_what_was_typed_is_kept(session, world, sign_in):
    alice = sign_in(world.alice)
    answer = alice.post(address(world) + "/leases", data={"numbers": "12, twelve", "until": "2027-06-30"})
    assert answer.status_code == 422
    assert "twelve" in answer.text
    assert "12, twelve" in answer.text


def test_taking_back_needs_a_reason(session, world, sign_in):
    make_customers(session, world, 1)
    alice = sign_in(world.alice)
    assert alice.post(address(world) + "/take-back", data={"reason": " "}).status_code == 422
    assert alice.post(address(world) + "/take-back", data={"reason": "list is done"}).status_code == 303


def test_a_provider_reads_its_engagement_but_cannot_lend(world, sign_in):
    bob = sign_in(world.bob)
    page = bob.get(address(world))
    assert page.status_code == 200
    assert "/leases" not in page.text
    assert bob.post(address(world) + "/leases", data={"numbers": "1001"}).status_code == 403


def test_an_agent_has_no_engagement_page(world, sign_in):
    assert sign_in(world.dan).get(address(world)).status_code == 403


def test_numbers_are_read_as_people_write_them():
    assert read_numbers("1001-1003, 1003；1007\n1009") == [1001, 1002, 1003, 1007, 1009]
    assert read_numbers("1001 - 1002") == [1001, 1002]
