"""Grants and lists over REST: the same acts, the same refusals as problems."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import scope
from core.db.base import new_id
from core.engagements import lists


def until(days):
    return (datetime.now(UTC) + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def terms(**other):
    return {
        "purpose": "retention", "fields": {"name": "clear"}, "countries": ["CN"], "methods": ["view"], "starts_at": until(-1),
        "ends_at": until(60), "reason": "renewal", **other,
    }  # fmt: skip


def test_a_grant_is_asked_for_checked_and_approved_over_rest(session, bare, join, api):
    dora = join("dora", "dpo")
    carol, officer, alice = api(bare.carol), api(dora), api(bare.alice)
    made = carol.post(f"/engagements/{bare.engagement_id}/data-grants", terms())
    assert made.status_code == 201, made.text
    grant_id = made.json["id"]
    passed = officer(
        "POST", f"/data-grants/{grant_id}/check", json={"passed": True}, headers={"If-Match": made.headers["ETag"]}
    )
    assert passed.status_code == 201, passed.text
    done = alice(
        "POST",
        f"/data-grants/{grant_id}/approval",
        json={"approved": True},
        headers={"If-Match": passed.headers["ETag"]},
    )
    assert done.json["state"] == "active"
    assert done.json["fields"] == {"name": "clear"}
    assert alice.get(f"/engagements/{bare.engagement_id}").json["grants"] == 1


def denied(session, world):
    session.rollback()
    scope.enter(session, world.alice.context)
    wanted = select(AuditEntry.action, AuditEntry.reason, AuditEntry.party).where(AuditEntry.outcome == "denied")
    found = {tuple(row) for row in session.execute(wanted)}
    session.rollback()
    return found


def test_a_grant_beyond_the_contract_is_a_problem_that_names_the_field_and_stays_in_the_trail(session, bare, api):
    for person, party in ((bare.carol, "client"), (bare.bob, "provider")):
        answer = api(person).post(f"/engagements/{bare.engagement_id}/data-grants", terms(ends_at=until(500)))
        assert answer.status_code == 422
        assert "ends_at" in answer.text
        assert "contract" in answer.text
        assert ("data_grant.requested", "beyond_contract", party) in denied(session, bare)


def test_a_lease_over_budget_or_beyond_the_contract_is_told_with_figures_and_stays_in_the_trail(
    session, world, grant, numbers, api
):
    grant(row_budget=2)
    chosen = numbers(3)
    body = {"name": "x", "purpose": "retention", "expires_at": until(20), "numbers": f"{chosen[0]}-{chosen[-1]}"}
    alice, place = api(world.alice), f"/engagements/{world.engagement_id}/lease-lists"
    over = alice.post(place, body)
    assert (over.status_code, over.json["code"]) == (422, "row_budget")
    assert "超出 1 位" in over.json["detail"]
    late = alice.post(place, {**body, "numbers": str(chosen[0]), "expires_at": until(500)})
    assert late.status_code == 422
    assert denied(session, world) == {
        ("customers.leased", "row_budget", "client"), ("customers.leased", "beyond_contract", "client"),
    }  # fmt: skip


def test_a_list_is_counted_lent_and_returned_over_rest(session, world, numbers, api):
    chosen = numbers(2)
    body = {"purpose": "retention", "expires_at": until(20), "numbers": f"{chosen[0]}-{chosen[1]}"}
    alice, bob = api(world.alice), api(world.bob)
    counted = alice.post(f"/engagements/{world.engagement_id}/lease-lists/count", body)
    assert (counted.json["known"], counted.json["over"]) == (2, 0)
    made = alice.post(f"/engagements/{world.engagement_id}/lease-lists", {**body, "name": "October"})
    assert made.status_code == 201, made.text
    proof = bob.post(f"/lease-lists/{made.json['id']}/proof", {"confirmed": True})
    assert proof.status_code == 201, proof.text
    assert alice.get(f"/lease-lists/{made.json['id']}").json["state"] == "returned"
    session.rollback()
    scope.enter(session, world.alice.context)


def test_sites_and_seats_are_registered_over_rest(world, api):
    bob = api(world.bob)
    site = bob.post(f"/engagements/{world.engagement_id}/sites", {"name": "Floor 7", "country": "CN"})
    assert site.status_code == 201, site.text
    seat = bob.post(f"/engagements/{world.engagement_id}/seats",
                    {"site_id": site.json["id"], "label": "A1", "network": "203.0.113.0/24"})  # fmt: skip
    assert seat.json["state"] == "waiting"
    let_in = api(world.alice).post(
        f"/engagements/{world.engagement_id}/seats/{seat.json['id']}/state", {"state": "active"}
    )
    assert let_in.json["state"] == "active"


def test_a_code_is_made_listed_by_its_end_and_withdrawn_over_rest(bare, api):
    alice = api(bare.alice)
    code = alice.post("/partner-codes", {}).json["code"]
    (row,) = alice.get("/partner-codes").json["data"]
    assert code.endswith(row["hint"])
    assert "code" not in row
    assert alice("DELETE", f"/partner-codes/{row['id']}").status_code == 204
    assert alice.get("/partner-codes").json["data"] == []
    assert alice.get("/offers").json["data"] == []
    assert alice.post(f"/offers/{bare.engagement_id}/answer", {"accept": True}).status_code == 404


def test_a_profile_is_kept_for_people_of_the_engagement_in_the_address_only(bare, api):
    bob, dan = api(bare.bob), bare.dan.context.participant_id
    path = f"/engagements/{bare.engagement_id}/agent-profiles"
    kept = bob("PUT", f"{path}/{dan}", json={"skills": ["Loans"], "nda_signed_on": "2026-01-02"})
    assert (kept.status_code, kept.json["skills"], kept.json["nda_signed_on"]) == (200, ["loans"], "2026-01-02")
    assert next(row for row in bob.get(path).json["data"] if row["id"] == str(dan))["skills"] == ["loans"]
    elsewhere = path.replace(str(bare.engagement_id), str(new_id()))
    assert bob("PUT", f"{elsewhere}/{dan}", json={}).status_code == 404
    assert bob("PUT", f"{path}/{bare.alice.context.participant_id}", json={}).status_code == 404


def test_invented_customers_are_the_clients_alone_over_rest(session, world, numbers, api):
    chosen = numbers(2)
    scope.enter(session, world.alice.context)
    row = lists.lend(session, context=world.alice.context, engagement_id=world.engagement_id, name="October",
                     purpose="retention", until=datetime.now(UTC) + timedelta(days=20), numbers=chosen)  # fmt: skip
    list_id = row.id
    session.commit()
    alice, bob = api(world.alice), api(world.bob)
    made = alice.post(f"/lease-lists/{list_id}/canaries", {"count": 2})
    assert (made.status_code, len(made.json["data"])) == (201, 2)
    alarms = f"/engagements/{world.engagement_id}/canary-alarms"
    assert alice.post(alarms, {"reached": "13800138000", "note": "a call"}).status_code == 422
    assert alice.get(alarms).json["data"] == []
    for path in (f"/lease-lists/{list_id}/canaries", alarms):
        assert bob.get(path).status_code in (403, 404)
