"""The pages and the API of approvals: what waits, why one may not decide, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.approvals.service import Change


@pytest.fixture
def session(outside):
    return outside


def test_a_request_is_found_read_and_approved(world, ask, in_english):
    change = Change(name={"zh-CN": "每日上限", "en": "Calls a day"}, before=3, after=5)
    row = ask(world.carol, reason="Two campaigns overlap", changes=[change])
    alice = in_english(world.alice)
    inbox = alice.get("/approvals").text
    assert "Case 1007: step Offer" in inbox
    assert 'class="count">1' in inbox
    page = alice.get(f"/approvals/{row.id}").text
    for expected in ("Two campaigns overlap", "Calls a day", "<b>5</b>", "Carol", "Client admin"):
        assert expected in page
    sent = {"version": row.version, "decision": "refuse"}
    refused = alice.post(f"/approvals/{row.id}/decision", data=sent)
    assert refused.status_code == 422
    assert "Say why not" in refused.text
    sent = {"version": row.version, "decision": "approve", "note": "For this week"}
    assert alice.post(f"/approvals/{row.id}/decision", data=sent).status_code == 303
    assert alice.post(f"/approvals/{row.id}/decision", data=sent).status_code == 412
    assert "For this week" in in_english(world.carol).get(f"/approvals/{row.id}").text
    assert str(row.id) not in alice.get("/approvals").text
    assert str(row.id) in alice.get("/approvals?show=decided&state=approved").text
    assert str(row.id) not in alice.get("/approvals?show=decided&state=refused").text


def test_who_asked_reads_why_they_cannot_decide_and_may_withdraw(world, ask, in_english):
    row = ask(world.alice)
    alice = in_english(world.alice)
    page = alice.get(f"/approvals/{row.id}").text
    assert "You asked for this, so someone else decides." in page
    assert 'class="count">1' not in page
    assert (
        alice.post(f"/approvals/{row.id}/decision", data={"version": row.version, "decision": "approve"}).status_code
        == 403
    )
    assert str(row.id) in alice.get("/approvals?show=mine").text
    assert alice.post(f"/approvals/{row.id}/withdraw", data={"version": row.version}).status_code == 303
    assert "Withdrawn" in alice.get(f"/approvals/{row.id}").text


def test_a_provider_reads_masked_and_meets_the_client_as_one(world, ask, decide, in_english):
    row = ask(world.dan, permission="vertical.configure", reason="Call 13912341369 back")
    bob = in_english(world.bob)
    assert bob.get(f"/approvals/{row.id}").status_code == 404
    dan = in_english(world.dan)
    assert "13912341369" not in dan.get(f"/approvals/{row.id}").text
    assert "13912341369" in in_english(world.alice).get(f"/approvals/{row.id}").text
    decide(world.alice, row, note="Ring 13912341369 today")
    page = dan.get(f"/approvals/{row.id}").text
    assert world.dan.context.tenant_name in page
    assert "Alice" not in page
    assert "13912341369" not in page


def test_a_colleague_stands_in_and_the_count_says_so(world, ask, in_english):
    row = ask(world.bob)
    alice, carol = in_english(world.alice), in_english(world.carol)
    assert 'class="count">1' not in carol.get("/approvals").text
    today = datetime.now(UTC).date()
    sent = {
        "to": str(world.carol.context.participant_id), "reason": "Leave",
        "from": (today - timedelta(days=1)).isoformat(), "until": (today + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    bad = alice.post("/approvals/delegations", data={**sent, "until": "tomorrow"})
    assert bad.status_code == 422
    assert "Give the day as a date." in bad.text
    assert alice.post("/approvals/delegations", data=sent).status_code == 303
    assert "Leave" in alice.get("/approvals/delegations").text
    assert 'class="count">1' in carol.get("/approvals").text
    assert "You decide in the place of Alice." in carol.get(f"/approvals/{row.id}").text
    assert (
        carol.post(f"/approvals/{row.id}/decision", data={"version": row.version, "decision": "approve"}).status_code
        == 303
    )
    assert "in the place of Alice" in alice.get(f"/approvals/{row.id}").text


def test_a_program_lists_reads_and_decides(world, ask, api):
    row = ask(world.carol, reason="Two campaigns overlap")
    alice = api(world.alice)
    listed = alice.get("/approvals?show=open").json["data"]
    assert [each["id"] for each in listed] == [str(row.id)]
    assert listed[0]["title"].startswith("Case 1007")
    assert listed[0]["may_decide"]
    answer = alice.get(f"/approvals/{row.id}")
    decision = f"/approvals/{row.id}/decision"
    assert alice("POST", decision, json={"approve": True}).status_code == 428
    done = alice("POST", decision, json={"approve": True}, headers={"If-Match": answer.headers["ETag"]})
    assert (done.status_code, done.json["state"]) == (201, "approved")
    again = alice("POST", decision, json={"approve": True}, headers={"If-Match": answer.headers["ETag"]})
    assert again.status_code == 412


def test_a_token_decides_with_its_own_scopes_only(world, ask, api):
    row = ask(world.carol)
    narrow = api(world.alice, scopes=["approval.read", "audit.read"])
    etag = narrow.get(f"/approvals/{row.id}").headers["ETag"]
    assert not narrow.get(f"/approvals/{row.id}").json["may_decide"]
    answer = narrow("POST", f"/approvals/{row.id}/decision", json={"approve": True}, headers={"If-Match": etag})
    assert answer.status_code == 403
