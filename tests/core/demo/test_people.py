"""Made-up people are valid in form, alike nobody, and the same each time."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

from core.customers.identifiers import canonical
from core.demo.people import Person, drawn
from core.fields.masks import mask
from core.plugin.standards import email, phone

TODAY = date(2026, 11, 22)
COUNT = 600


def people(count: int = COUNT) -> list[Person]:
    return [drawn(Random(f"test/{index}"), index, today=TODAY) for index in range(count)]


def test_no_number_or_address_comes_twice():
    for what in ("phone", "email", "documents"):
        assert Counter(getattr(person, what) for person in people()).most_common(1)[0][1] == 1


def test_every_number_is_valid_in_form():
    for person in people():
        assert phone("CN")(person.phone) == person.phone
        assert email(person.email) == person.email
        for scheme, number in person.documents:
            assert canonical(scheme, number) == number


def test_numbers_are_those_of_nobody():
    for person in people():
        assert person.phone[6:9] == "000"
        assert person.email.endswith(("@example.cn", "@example.com"))


def test_an_identity_number_agrees_with_birthday_and_gender():
    born = {"gender": "female", "senior_citizen": True}
    for index in range(100):
        person = drawn(Random(f"test/{index}"), index, today=TODAY, known=born)
        scheme, number = person.documents[0]
        if scheme == "document:ric":
            assert person.born_on is not None
            assert number[6:14] == f"{person.born_on:%Y%m%d}"
            assert int(number[16]) % 2 == 0
            assert person.salutation == "女士"
            assert TODAY.year - person.born_on.year >= 65


def test_an_address_is_masked_down_to_its_district():
    for person in people(100):
        if person.kind == "person":
            shown = mask("address", person.address)
            assert shown.endswith("区****")
            assert len(shown) < len(person.address)


def test_the_same_seed_gives_the_same_people():
    assert people(50) == people(50)
