"""The pages of settings: who may open them, what they say, and forms that lose nothing of what was typed."""

from __future__ import annotations

import json
import re
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select

from core.approvals.models import Approval
from core.cases.models import WorkflowSetting
from tests.core.configuration.conftest import ANSWER

FLOW = "/settings/workflows/telecom.complaint"
NUMBER = f"/settings/parameters/{ANSWER}"
PAGES = ("/settings", "/settings/parameters", NUMBER, FLOW)
ASKED = {
    "jurisdiction": "CN",
    "value": "10",
    "effective_from": "2026-03-01",
    "effective_to": "2026-06-30",
    "reason": "A promise",
}


@pytest.fixture
def session(outside):
    return outside


ITS_OWN = {"/roles", "/units", "/preferences"}
"""What a provider arranges for its own people; it reads nothing of the client's there."""


def test_a_provider_sees_nothing_of_the_settings(world, in_english):
    for person in (world.bob, world.dan):
        visitor = in_english(person)
        assert [visitor.get(page).status_code for page in PAGES] == [403] * len(PAGES)
        assert visitor.post(NUMBER, data=ASKED).status_code == 403
        settings = f'href="/t/{world.engagement_slug}/settings([^"]*)"'
        assert set(re.findall(settings, visitor.get("/").text)) <= ITS_OWN


def test_a_manager_reads_everything_and_asks_but_does_not_change_workflows(session, world, in_english, acting):
    carol = in_english(world.carol)
    assert [carol.get(page).status_code for page in PAGES] == [200] * len(PAGES)
    assert carol.post(FLOW, data={"version": "0", "label..en": "Mine"}).status_code == 403
    assert carol.post(NUMBER, data=ASKED).status_code == 303
    acting(world.alice)
    assert session.scalars(select(WorkflowSetting)).all() == []


def test_every_parameter_is_listed_with_its_source_and_can_be_filtered(world, in_english):
    alice = in_english(world.alice)
    page = alice.get("/settings/parameters").text
    for expected in ("Marketing contact from", "Marketing calls from", "Not verified", "电信用户申诉处理办法"):
        assert expected in page
    assert "Marketing calls from" not in alice.get("/settings/parameters?vertical=core").text
    assert "Marketing contact from" not in alice.get("/settings/parameters?vertical=telecom").text
    assert "No value of your own" in alice.get("/settings/parameters?show=own").text
    assert alice.get("/settings/parameters?vertical=banking").status_code == 404
    assert alice.get("/settings/parameters?show=secrets").status_code == 404
    assert alice.get("/settings/parameters/telecom.nothing").status_code == 404
    assert "leaves no choice" in alice.get("/settings/parameters/core.marketing_window_start").text


def test_a_value_is_asked_for_withdrawn_asked_again_approved_and_then_shown(session, world, in_english, acting):
    alice, carol = in_english(world.alice), in_english(world.carol)
    assert alice.post(NUMBER, data=ASKED).status_code == 303
    page = alice.get(NUMBER).text
    assert "10 calendar days" in page
    assert "1 Mar 2026 – 30 Jun 2026" in page
    again = alice.post(NUMBER, data=ASKED)
    assert (again.status_code, "is not decided yet" in again.text) == (409, True)
    acting(world.alice)
    first = session.scalars(select(Approval)).one()
    assert carol.post(f"{NUMBER}/withdraw/{first.id}", data={"version": first.version}).status_code == 403
    assert alice.post(f"{NUMBER}/withdraw/{first.id}", data={"version": first.version}).status_code == 303
    assert alice.post(NUMBER, data=ASKED).status_code == 303
    acting(world.alice)
    row = session.scalars(select(Approval).where(Approval.state == "requested")).one()
    decided = carol.get(f"/approvals/{row.id}").text
    for expected in ("15 calendar days", "10 calendar days", "A promise", "1 Jul 2026"):
        assert expected in decided
    sent = {"version": row.version, "decision": "approve"}
    assert carol.post(f"/approvals/{row.id}/decision", data=sent).status_code == 303
    page = alice.get(NUMBER).text
    for expected in ("own value", "Carol", "Approved", "Withdrawn"):
        assert expected in page
    assert "10 calendar days" in carol.get("/settings/parameters?show=own").text


def test_a_form_that_is_wrong_says_all_of_it_and_keeps_what_was_typed(world, in_english):
    alice = in_english(world.alice)
    wrong = alice.post(
        NUMBER, data={"jurisdiction": "CN", "value": "ten", "effective_from": "2026-02-30", "reason": " "}
    )
    assert wrong.status_code == 422
    for expected in ("This is not a number.", "Choose a day before 2100.", "Say why", 'value="ten"'):
        assert expected in wrong.text
    lawless = alice.post(NUMBER, data={**ASKED, "value": "16"})
    assert (lawless.status_code, "The law allows at most 15 calendar days: 电信用户申诉处理办法" in lawless.text) == (
        422,
        True,
    )
    backwards = alice.post(NUMBER, data={**ASKED, "effective_to": "2026-02-01"})
    assert "The last day must not be before the first." in backwards.text
    assert alice.post(NUMBER, data={**ASKED, "jurisdiction": "GB"}).status_code == 422
    assert alice.post("/settings/parameters/core.marketing_window_start", data=ASKED).status_code == 404


def test_a_workflow_is_previewed_then_saved_and_the_second_person_is_told(session, world, in_english, acting):
    alice = in_english(world.alice)
    assert "as declared" in alice.get("/settings").text
    sent = {"version": "0", "label..en": "Grievance", "label.state:received.en": "Heard"}
    seen = alice.post(FLOW, data={**sent, "act": "preview"})
    assert seen.status_code == 200
    assert "Nothing is saved yet" in seen.text
    assert ">Heard<" in seen.text
    acting(world.alice)
    assert session.scalars(select(WorkflowSetting)).all() == []
    assert alice.post(FLOW, data={**sent, "act": "save"}).status_code == 303
    page = alice.get(FLOW).text
    assert 'value="Grievance"' in page
    assert 'name="version" value="1"' in page
    assert alice.post(FLOW, data={**sent, "label..en": "Mine"}).status_code == 412
    long = alice.post(FLOW, data={"version": "1", "label..en": "x" * 81})
    assert (long.status_code, "At most 80 characters." in long.text) == (422, True)
    assert "tailored" in alice.get("/settings").text


def test_a_deadline_leads_to_its_number_and_says_when_it_is_the_tenants_own(world, in_english, session, acting):
    alice, carol = in_english(world.alice), in_english(world.carol)
    assert f'href="/t/{world.slug}{NUMBER}"' in alice.get(FLOW).text
    assert "own value" not in alice.get(FLOW).text
    open_ended = {name: value for name, value in ASKED.items() if name != "effective_to"}
    alice.post(NUMBER, data={**open_ended, "effective_from": date(2026, 1, 1).isoformat()})
    acting(world.alice)
    row = session.scalars(select(Approval)).one()
    carol.post(f"/approvals/{row.id}/decision", data={"version": row.version, "decision": "approve"})
    page = alice.get(FLOW).text
    assert "own value" in page
    assert "10 calendar days" in page


def test_a_file_is_taken_out_looked_at_and_brought_in(session, world, in_english, acting):
    alice, carol = in_english(world.alice), in_english(world.carol)
    alice.post(FLOW, data={"version": "0", "label..en": "Grievance"})
    assert carol.post("/settings/export").status_code == 403
    answer = alice.post("/settings/export")
    assert answer.headers["Content-Disposition"].endswith('.json"')
    changed = answer.text.replace("Grievance", "Claim")
    seen = alice.post("/settings/import", data={"file": (BytesIO(changed.encode()), "settings.json")})
    assert seen.status_code == 200
    for expected in ("Grievance", "Claim", "1 changed"):
        assert expected in seen.text
    assert "Grievance" in alice.get("/settings").text
    digest = re.search(r'name="digest" value="(\w+)"', seen.text).group(1)
    sent = {"document": changed, "digest": digest, "reason": " "}
    unreasoned = alice.post("/settings/import/apply", data=sent)
    assert (unreasoned.status_code, "Say why" in unreasoned.text) == (422, True)
    stale = alice.post("/settings/import/apply", data={**sent, "digest": "x", "reason": "Moved"})
    assert (stale.status_code, "Look again" in stale.text) == (412, True)
    assert alice.post("/settings/import/apply", data={**sent, "reason": "Moved"}).status_code == 303
    assert "Claim" in alice.get("/settings").text
    again = alice.post("/settings/import", data={"file": (BytesIO(changed.encode()), "settings.json")})
    assert "Everything in the file is so already." in again.text


def test_a_file_with_unknown_names_says_where_and_cannot_be_brought_in(world, in_english):
    alice = in_english(world.alice)
    rule = {"rule": "telecom.no_such_rule", "mode": "off"}
    raw = json.dumps({"format": "kehub.configuration", "version": 1, "rules": [rule]}).encode()
    page = alice.post("/settings/import", data={"file": (BytesIO(raw), "settings.json")}).text
    assert "rules[0].rule" in page
    assert "telecom.no_such_rule" in page
    assert "Bring it in</button>" not in page
    nonsense = alice.post("/settings/import", data={"file": (BytesIO(b"{"), "settings.json")})
    assert (nonsense.status_code, "is not JSON" in nonsense.text) == (422, True)
    assert alice.post("/settings/import", data={}).status_code == 422
    for person in (world.carol, world.bob):
        assert in_english(person).get("/settings/import").status_code == 403
