"""The bell and the pages of notices: what is new, where it leads, how one is told, and the outbox."""

from __future__ import annotations

import pytest

from core.db.base import new_id
from core.notify.kinds import KINDS


@pytest.fixture
def session(outside):
    return outside


def key(person):
    return person.context.participant_id


def test_the_bell_counts_on_every_page_and_asks_again_by_itself(world, tell, in_english):
    dan = in_english(world.dan)
    assert "Notices: none new" in dan.get("/customers").text
    tell(world.alice, participants=[key(world.dan)])
    assert "Notices: 1 new" in dan.get("/customers").text
    again = dan.get("/notifications/bell", headers={"HX-Request-Type": "partial"}).text
    assert "Notices: 1 new" in again
    assert "<html" not in again


def test_a_notice_leads_to_its_subject_and_is_read_then(world, tell, told, in_english):
    tell(world.alice, participants=[key(world.dan)], subject=("case", world.engagement_id))
    dan, notice = in_english(world.dan), told(world.dan)[0].id
    assert "Case 1007 is yours now" in dan.get("/notifications").text
    answer = dan.post(f"/notifications/{notice}", data={"go": "1"})
    assert answer.location.endswith(f"/cases/{world.engagement_id}")
    assert "Case 1007 is yours now" not in dan.get("/notifications").text
    assert "Case 1007 is yours now" in dan.get("/notifications?show=all").text
    assert in_english(world.bob).post(f"/notifications/{notice}").status_code == 404


def test_notices_are_filtered_by_kind_and_all_marked_as_read(world, tell, in_english):
    dan = in_english(world.dan)
    tell(world.alice, participants=[key(world.dan)])
    tell(world.alice, kind="case.commented", participants=[key(world.dan)])
    page = dan.get("/notifications?kind=case.commented").text
    assert "There is a new comment on case 1007" in page
    assert "is yours now" not in page
    until = page.partition('name="until" value="')[2].partition('"')[0]
    assert dan.post("/notifications/read", data={"until": "whenever"}).status_code == 409
    assert dan.post("/notifications/read", data={"until": until}).status_code == 303
    assert "Nothing new" in dan.get("/notifications").text


def test_wishes_are_kept_per_person(world, in_english):
    dan, bob = in_english(world.dan), in_english(world.bob)
    sent = {f"bell:{kind}": "1" for kind in KINDS if kind != "import.finished"} | {"mail:case.assigned": "now"}
    assert dan.post("/notifications/preferences", data=sent).status_code == 303
    mine, theirs = (each.get("/notifications/preferences").text for each in (dan, bob))
    box = '<input type="checkbox" name="bell:import.finished" value="1"'
    assert f"{box} checked" not in mine
    assert f"{box} checked" in theirs
    assert dan.post("/notifications/preferences", data={"mail:case.assigned": "hourly"}).status_code == 422


def test_the_outbox_is_the_admins(world, tell, wish, mails, in_english):
    wish(world.carol, mail="now")
    tell(world.dan, participants=[key(world.carol)])
    alice = in_english(world.alice)
    (row,) = mails()
    page = alice.get("/outbox").text
    assert "what would have gone out" in page
    assert row.subject in page
    letter = alice.get(f"/outbox/{row.id}").text
    assert f"/t/{world.slug}/cases/" in letter
    assert "Carol" in letter
    assert "No mail is in this state" in alice.get("/outbox?state=sent").text
    assert alice.get(f"/outbox/{new_id()}").status_code == 404
    assert in_english(world.carol).get("/outbox").status_code == 403
    assert in_english(world.bob).get("/outbox").status_code == 403
