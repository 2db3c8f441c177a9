"""A grant for certain seats, countries, skills or sworn people holds at the door and on every request."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.audit.models import AuditEntry
from core.db import scope
from core.engagements import entries, seats
from core.engagements.seat_models import RefusedEntry
from core.errors import Conflict, Denied, Invalid
from core.identity.loading import DEVICE_COOKIE


def as_of(session, person):
    session.rollback()
    scope.enter(session, person.context)
    return person.context


def a_site(session, world, *, country="CN", name="Floor 7"):
    site_id = seats.add_site(session, context=as_of(session, world.bob), engagement_id=world.engagement_id, name=name,
                             country=country).id  # fmt: skip
    session.commit()
    return site_id


def a_seat(session, world, site_id, *, network="127.0.0.0/8", needs_device=False, let_in=True):
    row = seats.add_seat(session, context=as_of(session, world.bob), engagement_id=world.engagement_id, site_id=site_id,
                         label=f"A{network}{needs_device}",
                         network=network, needs_device=needs_device)  # fmt: skip
    seat_id = row.id
    session.commit()
    if let_in:
        seats.set_seat(
            session,
            context=as_of(session, world.alice),
            engagement_id=world.engagement_id,
            seat_id=seat_id,
            state="active",
        )
        session.commit()
    return seat_id


def test_away_from_the_granted_seats_no_customer_is_shown_and_both_managers_see_the_refusal(
    session, world, grant, sign_in
):
    site_id = a_site(session, world)
    grant(site_ids=[str(site_id)])
    dan = sign_in(world.dan)
    answer = dan.get("/customers")
    assert answer.status_code == 403
    assert "enrolled seat" in answer.text or "登记的席位" in answer.text
    dan.get("/customers")
    as_of(session, world.alice)
    (refused,) = entries.recent(session, engagement_id=world.engagement_id)
    assert (refused.shown_name, refused.reason, refused.times) == ("Dan", "seat", 2)
    reasons = {row.reason for row in session.query(AuditEntry).filter_by(outcome="denied")}
    assert "seat" in reasons
    for person in (world.alice, world.bob):
        session.rollback()
        assert "Dan" in sign_in(person).get(f"/engagements/{world.engagement_id}?tab=seats").text


def test_a_seat_of_the_network_lets_in_once_the_client_did(session, world, grant, sign_in):
    site_id = a_site(session, world)
    grant(site_ids=[str(site_id)])
    seat_id = a_seat(session, world, site_id, let_in=False)
    dan = sign_in(world.dan)
    assert dan.get("/customers").status_code == 403
    with pytest.raises(Denied, match="client lets a seat in"):
        seats.set_seat(
            session,
            context=as_of(session, world.bob),
            engagement_id=world.engagement_id,
            seat_id=seat_id,
            state="active",
        )
    seats.set_seat(
        session, context=as_of(session, world.alice), engagement_id=world.engagement_id, seat_id=seat_id, state="active"
    )
    session.commit()
    assert dan.get("/customers").status_code == 200
    session.rollback()
    seats.set_seat(
        session, context=as_of(session, world.bob), engagement_id=world.engagement_id, seat_id=seat_id, state="blocked"
    )
    session.commit()
    assert dan.get("/customers").status_code == 403


def test_an_enrolled_device_is_the_seat_and_another_is_not(session, world, grant, sign_in):
    site_id = a_site(session, world)
    grant(site_ids=[str(site_id)])
    seat_id = a_seat(session, world, site_id, network="", needs_device=True, let_in=False)
    bob = sign_in(world.bob)
    answer = bob.post(f"/engagements/{world.engagement_id}/seats/{seat_id}/device")
    assert answer.status_code == 303
    key = bob.client.get_cookie(DEVICE_COOKIE).value
    seats.set_seat(
        session, context=as_of(session, world.alice), engagement_id=world.engagement_id, seat_id=seat_id, state="active"
    )
    session.commit()
    dan = sign_in(world.dan)
    assert dan.get("/customers").status_code == 403
    dan.client.set_cookie(DEVICE_COOKIE, key)
    session.rollback()
    assert dan.get("/customers").status_code == 200


def test_a_seat_outside_the_grants_countries_is_refused(session, world, grant):
    grant()
    manila = a_site(session, world, country="PH", name="Manila")
    with pytest.raises(Invalid, match="No data grant of this engagement includes"):
        a_seat(session, world, manila)


def test_a_grant_does_not_name_a_site_outside_its_countries(session, world, grant, bare):
    manila = a_site(session, world, country="PH", name="Manila")
    with pytest.raises(Invalid) as refused:
        grant(site_ids=[str(manila)])
    assert refused.value.errors[0].code == "country"


def test_who_works_from_another_country_is_refused(session, world, grant, sign_in):
    manila = a_site(session, world, country="PH", name="Manila")
    seats.save_profile(session, context=as_of(session, world.bob), engagement_id=world.engagement_id,
                       participant_id=world.dan.context.participant_id,
                       values={"site_id": manila})  # fmt: skip
    session.commit()
    grant()
    answer = sign_in(world.dan).get("/customers")
    assert answer.status_code == 403
    assert "country you work from" in answer.text or "所在国家" in answer.text


@pytest.mark.parametrize("asked", [{"measures": ["nda"]}, {"skills": ["collections"]}])
def test_a_grant_for_sworn_or_skilled_people_admits_only_them(session, world, grant, sign_in, asked):
    grant(**asked)
    dan = sign_in(world.dan)
    assert dan.get("/customers").status_code == 403
    today = datetime.now(UTC).date()
    values = {
        "nda_signed_on": today, "skills": ["Collections"],
        "certificates": [{"key": "collections", "valid_to": (today + timedelta(days=30)).isoformat()}],
    }  # fmt: skip
    person = world.dan.context.participant_id
    seats.save_profile(
        session,
        context=as_of(session, world.bob),
        engagement_id=world.engagement_id,
        participant_id=person,
        values=values,
    )
    session.commit()
    assert dan.get("/customers").status_code == 200


def test_an_expired_certificate_takes_the_skill_away(session, world, grant, sign_in):
    grant(skills=["collections"])
    values = {
        "skills": ["collections"],
        "certificates": [{"key": "collections", "valid_to": date(2026, 1, 1).isoformat()}],
    }
    person = world.dan.context.participant_id
    seats.save_profile(
        session,
        context=as_of(session, world.bob),
        engagement_id=world.engagement_id,
        participant_id=person,
        values=values,
    )
    session.commit()
    assert sign_in(world.dan).get("/customers").status_code == 403


def test_a_manager_away_from_the_seats_still_sees_what_is_granted_and_registers_seats(session, world, grant, sign_in):
    site_id = a_site(session, world)
    grant(site_ids=[str(site_id)])
    bob = sign_in(world.bob)
    assert bob.get("/customers").status_code == 403
    session.rollback()
    assert bob.get(f"/engagements/{world.engagement_id}?tab=seats").status_code == 200


def test_what_is_no_network_is_refused_and_a_name_is_taken_once(session, world):
    site_id = a_site(session, world)
    with pytest.raises(Invalid, match="no network"):
        seats.add_seat(
            session,
            context=as_of(session, world.bob),
            engagement_id=world.engagement_id,
            site_id=site_id,
            label="A1",
            network="10.0.0.7/8",
        )
    with pytest.raises(Conflict, match="name already"):
        a_site(session, world)


def test_refusals_are_counted_by_person_reason_and_day(session, world, grant, sign_in):
    site_id = a_site(session, world)
    grant(site_ids=[str(site_id)])
    dan = sign_in(world.dan)
    for _each in range(3):
        dan.get("/customers")
    as_of(session, world.alice)
    assert [row.times for row in session.query(RefusedEntry)] == [3]
