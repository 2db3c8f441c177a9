"""The small forms beside a customer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.customers import service as customers
from core.db import scope
from core.db.base import db
from core.engagements import service as engagements


@pytest.fixture
def customer(app, world):
    """The path of a customer leased to the provider, made in a transaction of its own."""
    with app.app_context():
        session = db.session()
        scope.enter(session, world.alice.context)
        made = customers.create_customer(session, context=world.alice.context, values={"name": "张伟"})
        engagements.lease_customers(
            session,
            context=world.alice.context,
            engagement_id=world.engagement_id,
            customer_ids=[made.id],
            purpose="retention",
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
        path = f"/customers/{made.id}"
        session.commit()
    return path


@pytest.fixture
def enter(sign_in):
    def english(person):
        signed_in = sign_in(person)
        signed_in.client.set_cookie("lang", "en")
        return signed_in

    return english


def test_a_contact_point_is_added(world, enter, customer):
    alice = enter(world.alice)
    assert alice.get(f"{customer}/points/new").status_code == 200
    short = alice.post(f"{customer}/points/new", data={"kind": "phone", "value": "1381234203", "label": "kept"})
    assert short.status_code == 422
    for said in ("10 digits, it needs 11.", 'value="1381234203"', 'value="kept"'):
        assert said in short.text, said
    for sent in ({}, {"kind": "phone"}, {"kind": "fax", "value": "1"}):
        assert alice.post(f"{customer}/points/new", data=sent).status_code == 422
    assert alice.post(f"{customer}/points/new", data={"kind": "phone", "value": "13812342038"}).status_code == 303
    assert "138 1234 2038" in alice.get(customer).text


def test_an_agent_records_a_consent_for_a_time(world, enter, customer):
    agent = enter(world.dan)
    sent = {"purpose": "marketing", "channel": "phone", "status": "granted", "until": "2999-12-31"}
    wrong = agent.post(f"{customer}/consents/new", data={**sent, "status": "", "until": "31.12.2999"})
    assert wrong.status_code == 422
    assert 'value="31.12.2999"' in wrong.text
    assert agent.post(f"{customer}/consents/new", data=sent).status_code == 303
    page = agent.get(customer).text
    assert "Granted" in page
    assert "Consent for marketing by phone: granted" in page


def test_a_do_not_contact_entry_shows_on_top_for_both_with_numbers_masked_for_one(world, enter, customer):
    agent = enter(world.dan)
    sent = {"purpose": "any", "channel": "any", "reason": "called from 13900001111"}
    assert agent.post(f"{customer}/do-not-contact/new", data={**sent, "reason": ""}).status_code == 422
    assert agent.post(f"{customer}/do-not-contact/new", data=sent).status_code == 303
    assert "13900001111" not in agent.get(customer).text
    assert "139****1111" in agent.get(customer).text
    assert "13900001111" in enter(world.alice).get(customer).text


def test_forms_of_a_customer_that_is_not_there(world, enter):
    missing = "/customers/018f0000-0000-7000-8000-000000000001"
    for rest in ("points/new", "consents/new", "do-not-contact/new"):
        assert enter(world.alice).get(f"{missing}/{rest}").status_code == 404
    assert re.search("not found|Not found", enter(world.alice).get(missing).text)
