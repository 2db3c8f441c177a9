"""A provider's person looks for one exact number: the same answer for absent and not lent, counted, never repeated."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from core.audit.models import AuditEntry
from core.customers import service as customers
from core.db import scope
from core.errors import Invalid
from core.privacy import search
from core.privacy.models import ExactSearch

RIC = "11010519491231002X"


@pytest.fixture
def find(session, view, acting):
    def ask(person, kind, value):
        found = search.find_exactly(session, context=acting(person), view=view, kind=kind, value=value)
        session.commit()
        return list(found)

    return ask


def test_a_lent_customer_is_found_by_phone_document_and_number(session, world, acting, make_customer, find):
    lent = make_customer()
    alice = acting(world.alice)
    customers.add_identifier(session, context=alice, customer_id=lent, scheme="document:ric", value=RIC)
    customers.add_identifier(session, context=alice, customer_id=lent, scheme="account", value="AC-77")
    number = customers.find(session, customer_id=lent).number
    session.commit()
    asked = (("phone", "139 1234 1369"), ("document", RIC), ("account", "AC-77"), ("account", str(number)))
    assert [find(world.dan, *each) for each in asked] == [[lent]] * 4


def test_absent_and_not_lent_are_the_same_answer(world, make_customer, in_english):
    make_customer(leased=False)
    dan = in_english(world.dan)
    with capture_logs() as logged:
        kept = dan.post("/find", data={"kind": "phone", "value": "13912341369"})
        absent = dan.post("/find", data={"kind": "phone", "value": "13900000000"})
    assert (kept.status_code, kept.text) == (200, absent.text)
    assert "No customer of yours has this number" in kept.text
    assert "1391234" not in kept.text + str(kept.headers) + str(logged)


def test_part_of_a_number_finds_nobody(world, make_customer, find):
    make_customer()
    assert find(world.dan, "phone", "1369") == []


def test_each_search_is_kept_with_a_digest(session, world, acting, make_customer, find):
    find(world.dan, "phone", "13912341369")
    acting(world.carol)
    row = session.scalars(select(ExactSearch)).one()
    assert (row.participant_id, row.kind, row.found) == (world.dan.context.participant_id, "phone", False)
    assert len(row.digest) == 64
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "customers.searched")).one()
    assert entry.details["term"] == row.digest


def test_the_quota_of_an_hour_counts_every_kind_of_search(world, outside, monkeypatch, in_english):
    monkeypatch.setattr(search, "number", lambda _key, *, context: 2)
    dan = in_english(world.dan)
    assert dan.post("/customers/search", data={"q": "13912341369"}).status_code == 200
    assert dan.post("/find", data={"kind": "phone", "value": "13912341369"}).status_code == 200
    full = dan.post("/find", data={"kind": "card", "value": "4111111111111111"})
    assert full.status_code == 429
    assert "2 times" in full.text
    assert dan.post("/customers/search", data={"q": "13912341369"}).status_code == 429
    scope.enter(outside, world.carol.context)
    refusals = outside.scalars(select(AuditEntry).where(AuditEntry.action == "customers.search_refused")).all()
    assert len(refusals) == 2
    assert "4111" not in str([row.details for row in refusals])


def test_the_client_is_not_counted(session, world, acting, find, make_customer, monkeypatch):
    monkeypatch.setattr(search, "number", lambda _key, *, context: 0)
    kept = make_customer(leased=False)
    assert find(world.carol, "phone", "13912341369") == [kept]


@pytest.mark.parametrize(("kind", "value"), [("shoe", "13912341369"), ("phone", "  ")])
def test_what_is_no_search_is_refused(world, find, kind, value):
    with pytest.raises(Invalid):
        find(world.dan, kind, value)


def test_a_program_finds_by_body_only(world, make_customer, api):
    lent = make_customer()
    dan = api(world.dan)
    assert dan.post("/searches", {"kind": "phone", "value": "13912341369"}).json == {"data": [{"id": str(lent)}]}
    assert dan.post("/searches", {"kind": "phone", "value": "13900000000"}).json == {"data": []}
