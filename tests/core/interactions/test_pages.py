"""The contact page: what an agent sees and can do, and nothing that the masks hide."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.gate.models import GateDecision
from core.interactions.labels import NEXT_STEPS, OUTCOMES
from core.interactions.models import Interaction

NAME, NUMBER = "吴敏华", "13912341369"


@pytest.fixture
def session(outside):
    return outside


@pytest.fixture
def dan(world, in_english):
    return in_english(world.dan)


@pytest.fixture
def newest(session, world, acting):
    """The newest row of a table, as the client sees it."""

    def row(table):
        acting(world.alice)
        return session.scalars(select(table).order_by(table.id.desc()).limit(1)).first()

    return row


def ask(person, customer_id, **values):
    return person.post(f"/customers/{customer_id}/gate", data={"purpose": "retention", "channel": "phone", **values})


def test_a_denied_agent_reads_why_and_what_remains_and_the_denial_is_stored(dan, make_customer, newest):
    customer_id = make_customer(name=NAME)
    answer = ask(dan, customer_id)
    assert answer.status_code == 303
    page = dan.client.get(answer.headers["Location"])
    assert "第二十九条" in page.text
    assert 'data-verdict="deny"' in page.text
    assert "Record the contact" not in page.text
    assert "Service" in page.text
    assert newest(GateDecision).verdict == "deny"


def test_an_allowed_contact_is_recorded_from_the_page(dan, make_customer, newest):
    customer_id = make_customer(name=NAME)
    page = dan.client.get(ask(dan, customer_id, purpose="service").headers["Location"])
    assert 'data-verdict="allow"' in page.text
    decision = newest(GateDecision)
    began = datetime.now(UTC) + timedelta(hours=8)
    sent = {
        "decision": decision.id, "purpose": "service", "channel": "phone", "disposition": "connected_right_party",
        "started_at": began.strftime("%Y-%m-%dT%H:%M"), "minutes": "4.2", "note": f"call back {NUMBER}",
        "outcome": "considering", "next_step": "call_back", "ring_s": "12", "wrap_s": "40",
    }  # fmt: skip
    answer = dan.post(f"/customers/{customer_id}/interactions", data=sent)
    assert answer.status_code == 303, answer.text
    kept = newest(Interaction)
    assert (kept.gate_decision_id, kept.talk_s, kept.direction) == (decision.id, 252, "outbound")
    assert (kept.outcome, kept.next_step, kept.ring_s, kept.wrap_s) == ("considering", "call_back", 12, 40)
    assert dan.post(f"/customers/{customer_id}/interactions", data=sent).status_code == 409


def test_the_page_cannot_record_what_the_gate_denied(dan, make_customer, newest, session, world, acting):
    customer_id = make_customer(name=NAME)
    ask(dan, customer_id)
    decision = newest(GateDecision)
    sent = {
        "decision": decision.id, "purpose": "retention", "channel": "phone", "disposition": "no_answer",
        "started_at": (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert dan.post(f"/customers/{customer_id}/interactions", data=sent).status_code == 403
    assert newest(Interaction) is None
    acting(world.alice)
    assert "denied" in session.scalars(select(AuditEntry.outcome)).all()


def test_a_form_with_mistakes_comes_back_with_what_was_typed(dan, make_customer):
    customer_id = make_customer(name=NAME)
    sent = {"purpose": "service", "channel": "phone", "started_at": "soon", "note": "asked about the bill"}
    answer = dan.post(f"/customers/{customer_id}/interactions", data=sent)
    assert answer.status_code == 422
    assert "asked about the bill" in answer.text
    assert "This is not a time" in answer.text


def options(page, name):
    select = page.split(f'name="{name}"', 1)[1].split("</select>", 1)[0]
    return re.findall(r'<option value="(\w+)"', select)


def test_the_choices_follow_the_levels_above_and_without_script_all_are_there(dan, make_customer):
    customer_id = make_customer(name=NAME)
    page = dan.get(f"/customers/{customer_id}/interactions/new").text
    assert set(options(page, "outcome")) == OUTCOMES.keys()
    assert set(options(page, "next_step")) == NEXT_STEPS.keys()
    address = f"/customers/{customer_id}/interactions/outcomes"
    narrowed = dan.post(address, data={"disposition": "connected_third_party", "outcome": "wrong_person"}).text
    assert options(narrowed, "outcome") == ["message_left", "wrong_person", "not_reached"]
    assert options(narrowed, "next_step") == ["correct_number", "none"]
    assert '<option value="wrong_person" selected>' in narrowed
    changed = dan.post(address, data={"disposition": "busy", "outcome": "wrong_person"}).text
    assert options(changed, "outcome") == ["not_reached"]
    assert "selected" not in changed


def test_a_timing_that_is_no_number_is_told_beside_it(dan, make_customer):
    customer_id = make_customer(name=NAME)
    sent = {"purpose": "service", "channel": "phone", "disposition": "connected_right_party", "ring_s": "long",
            "started_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")}  # fmt: skip
    answer = dan.post(f"/customers/{customer_id}/interactions", data=sent)
    assert answer.status_code == 422
    assert "Whole seconds, such as 12." in answer.text


def test_a_customer_that_is_not_leased_has_no_contact_page(dan, make_customer):
    customer_id = make_customer(name=NAME, leased=False)
    assert dan.get(f"/customers/{customer_id}/contact").status_code == 404
    assert ask(dan, customer_id).status_code == 404
    assert dan.get(f"/customers/{customer_id}/contact?decision={customer_id}").status_code == 404


def test_no_page_of_an_agent_shows_a_name_or_number_in_clear(dan, make_customer):
    customer_id = make_customer(name=NAME, email="wu.minhua@example.com")
    ask(dan, customer_id)
    answer = ask(dan, customer_id, purpose="service")
    pages = [
        dan.client.get(answer.headers["Location"]),
        dan.get(f"/customers/{customer_id}"),
        dan.get(f"/customers/{customer_id}/interactions/new"),
        dan.get("/gate"),
    ]
    for page in pages:
        assert page.status_code == 200
        for clear in (NAME, NUMBER, "+86" + NUMBER, "wu.minhua@example.com"):
            assert clear not in page.text
            assert clear not in str(page.headers)
    assert "吴*" in pages[-1].text


def test_the_client_finds_every_decision_and_the_filters_work(world, in_english, dan, make_customer):
    customer_id = make_customer(name=NAME)
    ask(dan, customer_id)
    ask(dan, customer_id, purpose="service")
    carol = in_english(world.carol)
    everything = carol.get("/gate").text
    assert everything.count("GD-") == 2
    assert NAME in everything
    assert carol.get("/gate?verdict=deny").text.count("GD-") == 1
    assert carol.get("/gate?verdict=hold").text.count("GD-") == 0
    assert carol.get("/gate?after=nonsense").status_code == 422


def test_who_may_not_ask_is_told_so(world, in_english, make_customer):
    customer_id = make_customer(name=NAME)
    alice = in_english(world.alice)
    assert alice.get(f"/customers/{customer_id}/contact").status_code == 403
    assert ask(alice, customer_id).status_code == 403
