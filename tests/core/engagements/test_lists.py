"""A list is lent under a grant's row budget, worked, extended, taken back, returned with proof; a canary in it tells of leaks."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from core.audit.models import AuditEntry
from core.customers.models import Customer
from core.db import scope
from core.db.base import new_id
from core.engagements import canaries, jobs, lists, proofs, queries
from core.engagements.granting import OverBudget
from core.engagements.models import Canary, CanaryAlarm, DataGrant, Lease, LeaseList
from core.engagements.numbers import read_file, read_numbers, written
from core.errors import Conflict, Denied, Invalid, NotFound
from core.identity.models import Participant
from core.interactions.models import Interaction
from core.jobs.models import BulkRun
from core.jobs.tasks import job_context, note_failure, run_inline, step

MONTH = timedelta(days=30)
NOW = datetime.now(UTC)
NUMBERS = itertools.count(900_001)


def as_of(session, person):
    session.rollback()
    scope.enter(session, person.context)
    return person.context


def lend(session, world, chosen, *, person=None, name="October", until=None, purpose="retention"):
    row = lists.lend(
        session, context=as_of(session, person or world.alice), engagement_id=world.engagement_id, name=name,
        purpose=purpose, until=until or datetime.now(UTC) + MONTH, numbers=chosen,
    )  # fmt: skip
    list_id = row.id
    session.commit()
    return list_id


def test_a_list_is_lent_and_its_provider_sees_these_customers(session, world, numbers):
    chosen = numbers(3)
    list_id = lend(session, world, chosen)
    as_of(session, world.dan)
    assert sorted(session.scalars(select(Customer.number))) == chosen
    as_of(session, world.alice)
    assert lists.found(session, list_id=list_id).size == 3


def test_a_lease_over_budget_is_refused_with_the_figures(session, world, grant, numbers):
    grant(row_budget=4)
    chosen = numbers(7)
    lend(session, world, chosen[:3])
    with pytest.raises(OverBudget) as refused:
        lend(session, world, chosen[2:])
    assert refused.value.params == {"budget": 4, "held": 3, "more": 4, "over": 3}
    lend(session, world, chosen[:4], name="again")


def test_taking_a_list_back_makes_no_room_in_the_budget(session, world, grant, numbers):
    grant(row_budget=2)
    chosen = numbers(3)
    list_id = lend(session, world, chosen[:2])
    lists.take_back(session, context=as_of(session, world.alice), list_id=list_id, reason="done")
    session.commit()
    with pytest.raises(OverBudget):
        lend(session, world, chosen[2:])


def test_the_page_counts_first_and_says_how_many_are_too_many(session, world, grant, numbers, sign_in):
    grant(row_budget=2)
    chosen = numbers(3)
    day = (datetime.now(UTC) + MONTH).date().isoformat()
    form = {"name": "October", "numbers": f"{chosen[0]}-{chosen[2]}", "purpose": "retention", "until": day}
    alice = sign_in(world.alice)
    counted = alice.post(f"/engagements/{world.engagement_id}/lists", data={**form, "act": "preview"})
    assert counted.status_code == 200
    assert "3 of 3" in counted.text or "3 个号码中有 3" in counted.text
    assert 'value="lend"' not in counted.text
    session.rollback()
    refused = alice.post(f"/engagements/{world.engagement_id}/lists", data={**form, "act": "lend"})
    assert refused.status_code == 422
    session.rollback()
    done = alice.post(
        f"/engagements/{world.engagement_id}/lists", data={**form, "numbers": str(chosen[0]), "act": "lend"}
    )
    assert done.status_code == 303


def test_a_long_list_that_is_taken_back_goes_no_further(session, world, numbers, monkeypatch):
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    monkeypatch.setattr(lists, "set_going", lambda *_args, **_named: None)
    list_id = lend(session, world, numbers(3))
    lists.take_back(session, context=as_of(session, world.alice), list_id=list_id, reason="a wrong list")
    run = session.scalar(select(BulkRun.id).where(BulkRun.kind == lists.KIND))
    session.commit()
    run_inline(session, context=world.alice.context, run_id=run)
    as_of(session, world.alice)
    assert (lists.found(session, list_id=list_id).state, session.scalar(select(Lease.id))) == ("ended", None)


def test_a_long_list_is_lent_in_slices_in_the_name_of_who_asked(session, world, numbers, monkeypatch, sign_in):
    monkeypatch.setattr(lists, "AT_ONCE", 3)
    monkeypatch.setattr(lists, "PART", 2)
    chosen = numbers(5)
    monkeypatch.setattr(lists, "set_going", lambda *_args, **_named: None)
    list_id = lend(session, world, chosen)
    alice = as_of(session, world.alice)
    run = session.scalar(select(BulkRun.id).where(BulkRun.kind == lists.KIND))
    assert lists.found(session, list_id=list_id).state == "lending"
    session.rollback()
    page = sign_in(world.alice).get(f"/lists/{list_id}").text
    assert 'max="5"' in page
    assert "hx-get" in page[page.index('id="list"') :]
    session.rollback()
    run_inline(session, context=alice, run_id=run)
    as_of(session, world.alice)
    row = lists.found(session, list_id=list_id)
    assert (row.state, row.size) == ("live", 5)


def begun(session, world, numbers, count, monkeypatch, **more):
    """A long list of so many, parted by twos, and its run; nothing is lent yet. Its person is carol."""
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    monkeypatch.setattr(lists, "PART", 2)
    monkeypatch.setattr(lists, "set_going", lambda *_args, **_named: None)
    list_id = lend(session, world, numbers(count), person=world.carol, **more)
    as_of(session, world.carol)
    return list_id, lists.run_of(session, list_id=list_id).id


def slice_of(session, world, run_id):
    """One slice that has time for one part."""
    context = as_of(session, world.carol)
    run = session.get(BulkRun, (context.tenant_id, run_id))
    more = lists.work(session, context=context, run=run, until=0)
    session.commit()
    return more


def test_a_list_that_stopped_goes_on_where_it_stopped_in_the_name_of_who_says_so(
    session, world, numbers, monkeypatch, sign_in, api
):
    list_id, first = begun(session, world, numbers, 5, monkeypatch)
    assert slice_of(session, world, first)
    as_of(session, world.alice)
    session.execute(
        update(Participant).where(Participant.id == world.carol.context.participant_id).values(ended_at=NOW)
    )
    session.execute(update(BulkRun).where(BulkRun.id == first).values(state="running"))
    session.commit()
    job = job_context(tenant_id=world.tenant_id, participant_id=None)
    with pytest.raises(Denied) as stopped:
        step(session, context=job, run_id=first, queued=False)
    note_failure(session, context=job, run_id=first, error=stopped.value)
    page = sign_in(world.alice).get(f"/lists/{list_id}").text
    assert f"/lists/{list_id}/resume" in page
    assert 'max="5" value="2"' in page
    session.rollback()
    assert api(world.alice).post(f"/lease-lists/{list_id}/resumption").status_code == 201
    assert sign_in(world.alice).post(f"/lists/{list_id}/resume").status_code == 409
    as_of(session, world.alice)
    second = lists.run_of(session, list_id=list_id)
    assert (second.cursor, second.created_by) == (2, world.alice.context.participant_id)
    run_id = second.id
    session.commit()
    run_inline(session, context=job, run_id=run_id)
    as_of(session, world.alice)
    row = lists.found(session, list_id=list_id)
    assert (row.state, row.size, row.reserved, session.scalar(select(func.count(Lease.id)))) == ("live", 5, 0, 5)
    said = session.scalars(select(AuditEntry).where(AuditEntry.action == "lease_list.resumed")).one()
    assert (said.details["done"], said.details["of"]) == (2, 5)


def test_a_list_being_lent_keeps_its_places_in_the_budget(session, world, grant, numbers, monkeypatch):
    """Whoever lends beside it has what is left over, at every moment: before, between and after its slices."""
    grant(row_budget=6)
    list_id, run_id = begun(session, world, numbers, 4, monkeypatch)
    others = numbers(3)
    for slices, reserved in ((0, 4), (1, 2), (1, 0)):
        for _ in range(slices):
            slice_of(session, world, run_id)
        as_of(session, world.alice)
        assert lists.found(session, list_id=list_id).reserved == reserved
        monkeypatch.setattr(lists, "AT_ONCE", 9)
        with pytest.raises(OverBudget) as refused:
            lend(session, world, others)
        assert refused.value.params == {"budget": 6, "held": 4, "more": 3, "over": 1}
    lend(session, world, others[:2])


def test_places_that_were_not_kept_are_never_taken_from_others(session, world, grant, numbers, monkeypatch):
    """A customer who became active only after the list was counted does not fit any more."""
    grant(row_budget=4)
    chosen = numbers(4)
    as_of(session, world.alice)
    session.execute(update(Customer).where(Customer.number == chosen[-1]).values(state="archived"))
    session.commit()
    _list, run_id = begun(session, world, lambda _count: chosen, 4, monkeypatch)
    monkeypatch.setattr(lists, "AT_ONCE", 9)
    lend(session, world, numbers(1))
    as_of(session, world.alice)
    session.execute(update(Customer).where(Customer.number == chosen[-1]).values(state="active"))
    session.commit()
    assert slice_of(session, world, run_id)
    with pytest.raises(OverBudget):
        slice_of(session, world, run_id)


def test_a_list_that_goes_over_to_another_grant_must_fit_its_budget(session, world, grant, numbers):
    soon = datetime.now(UTC) + 2 * MONTH
    grant(ends_at=soon)
    list_id = lend(session, world, numbers(2))
    as_of(session, world.alice)
    first = lists.found(session, list_id=list_id).data_grant_id
    narrow = DataGrant(
        engagement_id=world.engagement_id, provider_tenant_id=world.provider_id, purpose="any", row_budget=1, state="active",
        starts_at=soon - 2 * MONTH - MONTH, ends_at=soon + MONTH,
    )  # fmt: skip
    session.add(narrow)
    session.commit()
    with pytest.raises(OverBudget):
        lists.extend(session, context=as_of(session, world.alice), list_id=list_id, until=soon + timedelta(days=1))
    as_of(session, world.alice)
    session.execute(update(DataGrant).where(DataGrant.purpose == "any").values(row_budget=2))
    lists.extend(session, context=world.alice.context, list_id=list_id, until=soon + timedelta(days=1))
    session.commit()
    as_of(session, world.alice)
    assert lists.found(session, list_id=list_id).data_grant_id != first


def test_a_list_is_extended_within_the_grant_and_no_further(session, world, grant, numbers):
    grant()
    list_id = lend(session, world, numbers(1))
    later = datetime.now(UTC) + 2 * MONTH
    lists.extend(session, context=as_of(session, world.alice), list_id=list_id, until=later)
    session.commit()
    as_of(session, world.alice)
    assert session.scalar(select(Lease.expires_at).where(Lease.lease_list_id == list_id)) == later
    with pytest.raises(Invalid, match="data grant ends on"):
        lists.extend(session, context=as_of(session, world.alice), list_id=list_id, until=datetime.now(UTC) + 5 * MONTH)


def test_a_list_ends_by_itself_when_its_time_is_over(session, world, numbers):
    list_id = lend(session, world, numbers(1))
    alice = as_of(session, world.alice)
    ends = lists.found(session, list_id=list_id).expires_at
    assert jobs.age_list(session, context=alice, list_id=list_id, now=ends - timedelta(minutes=1)) == "live"
    assert jobs.age_list(session, context=alice, list_id=list_id, now=ends) == "expired"


def test_the_provider_returns_a_list_with_a_signed_proof(session, world, numbers, sign_in):
    list_id = lend(session, world, numbers(2))
    with pytest.raises(Denied):
        proofs.return_list(session, context=as_of(session, world.dan), list_id=list_id, confirmed=True)
    proof = proofs.return_list(session, context=as_of(session, world.bob), list_id=list_id, confirmed=True)
    assert (proof.counts["leased"], proof.signed_party, proof.signed_name) == (2, "provider", "Bob")
    session.commit()
    as_of(session, world.bob)
    assert session.scalar(select(Customer.id)) is None
    as_of(session, world.alice)
    assert lists.found(session, list_id=list_id).state == "returned"
    with pytest.raises(Conflict, match="returned already"):
        proofs.return_list(session, context=as_of(session, world.bob), list_id=list_id, confirmed=True)


def test_a_provider_cannot_return_the_list_of_another_engagement(session, world, app, numbers):
    from core.testing.people import make_world

    list_id = lend(session, world, numbers(1))
    other = make_world(app, verticals=())
    with pytest.raises(NotFound):
        proofs.return_list(session, context=as_of(session, other.bob), list_id=list_id, confirmed=True)


def test_the_report_of_a_list_says_what_was_worked(session, world, make_customer, numbers):
    made = make_customer(leased=False)
    as_of(session, world.alice)
    number = session.scalar(select(Customer.number).where(Customer.id == made))
    list_id = lend(session, world, [number, *numbers(1)])
    dan = as_of(session, world.dan)
    session.add(touch(world.dan, made))
    session.flush()
    done = lists.worked(session, context=dan, list_id=list_id)
    assert (done.leased, done.live, done.reached, done.touches) == (2, 2, 1, 1)


def touch(person, customer_id, at=None):
    return Interaction(
        number=next(NUMBERS), customer_id=customer_id, engagement_id=person.context.engagement_id, channel="phone",
        direction="inbound", purpose="service", disposition="reached", party=person.context.party,
        agent_id=person.context.participant_id, started_at=at or datetime.now(UTC),
    )  # fmt: skip


def test_numbers_of_a_file_are_read_and_written_as_ranges():
    assert read_file("客户编号,name\n1003,x\n1001,y\n1002,z\n".encode()) == [1003, 1001, 1002]
    assert written([1003, 1001, 1002, 1007]) == "1001-1003, 1007"
    assert read_numbers(written([5, 6, 9])) == [5, 6, 9]
    with pytest.raises(Invalid, match="Line 3 has no customer number"):
        read_file(b"number\n1001\nWu\n")


# -- invented customers -----------------------------------------------------------------------------------------------


def seeded(session, world, numbers, count=1):
    list_id = lend(session, world, numbers(2))
    canaries.seed(session, context=as_of(session, world.alice), list_id=list_id, count=count)
    session.commit()
    as_of(session, world.alice)
    return list_id, canaries.of_list(session, list_id=list_id)


def test_an_invented_customer_looks_like_any_other_to_the_provider(session, world, numbers):
    list_id, made = seeded(session, world, numbers, count=2)
    assert len({each.phone_key for each in made} | {each.email_key for each in made}) == 4
    ids = {each.customer_id for each in made}
    bob = as_of(session, world.bob)
    assert ids <= set(session.scalars(select(Customer.id)))
    assert queries.list_rows(session, list_id=list_id)[0].size == 4
    with pytest.raises(Exception, match="permission denied"):
        session.scalars(select(Canary)).all()
    session.rollback()
    with pytest.raises(NotFound):
        canaries.seed(session, context=bob, list_id=list_id, count=1)


def test_an_invented_customer_is_like_another_of_its_list_and_tells_nobody(session, world, numbers):
    """Its sector's data come from one of them, whole but for words that tell who that is; amounts are a little off."""
    chosen = numbers(1)
    as_of(session, world.alice)
    known = session.scalars(select(Customer).where(Customer.number == chosen[0])).one()
    known.attributes = {
        "telecom": {"contract": "two_year", "monthly_charge": 10_000, "senior_citizen": True},
        "logistics": {"uscc": "91350100M000100Y43"},
    }
    session.commit()
    list_id = lend(session, world, chosen)
    canaries.seed(session, context=as_of(session, world.alice), list_id=list_id, count=1)
    session.commit()
    as_of(session, world.alice)
    made = session.scalars(select(Customer).join(Canary, Canary.customer_id == Customer.id)).one()
    assert made.attributes["telecom"].keys() == {"contract", "monthly_charge", "senior_citizen"}
    assert made.attributes["telecom"]["contract"] == "two_year"
    assert 9_000 <= made.attributes["telecom"]["monthly_charge"] <= 11_000
    assert "logistics" not in made.attributes


def test_a_reveal_outside_the_lease_raises_an_alarm_once(session, world, numbers):
    _list, (canary,) = seeded(session, world, numbers)
    seen = {"customer_id": canary.customer_id, "kind": "reveal", "source_id": new_id()}
    alice = as_of(session, world.alice)
    within = {"at": datetime.now(UTC), "engagement_id": world.engagement_id}
    assert canaries.touched(session, context=alice, **seen, **within) == 0
    assert canaries.touched(session, context=alice, **seen, at=datetime.now(UTC), engagement_id=None) == 1
    assert canaries.touched(session, context=alice, **seen, at=datetime.now(UTC), engagement_id=None) == 0


def test_work_within_the_lease_raises_no_alarm_and_a_touch_outside_does(session, world, numbers):
    list_id, (canary,) = seeded(session, world, numbers)
    customer_id = canary.customer_id
    as_of(session, world.dan)
    session.add(touch(world.dan, customer_id))
    session.commit()
    alice = as_of(session, world.alice)
    assert canaries.sweep(session, context=alice) == 0
    session.add(touch(world.carol, customer_id))
    session.flush()
    assert canaries.sweep(session, context=alice) == 1
    assert canaries.sweep(session, context=alice) == 0
    session.rollback()
    lists.take_back(session, context=as_of(session, world.alice), list_id=list_id, reason="over")
    session.commit()
    alice = as_of(session, world.alice)
    session.add(touch(world.dan, customer_id, at=datetime.now(UTC) + timedelta(minutes=5)))
    session.flush()
    assert canaries.sweep(session, context=alice) == 1
    assert session.scalar(select(CanaryAlarm.kind)) == "contact"


def test_a_sign_from_outside_names_the_list_that_got_out(session, world, numbers, sign_in):
    list_id, (canary,) = seeded(session, world, numbers)
    phone = canary.phone_key
    alice = as_of(session, world.alice)
    with pytest.raises(Invalid, match="No invented customer"):
        canaries.report(session, context=alice, reached="13800138000", note="a call")
    canaries.report(session, context=alice, reached=phone.removeprefix("+86"), note="a call about loans")
    session.commit()
    page = sign_in(world.alice).get(f"/engagements/{world.engagement_id}?tab=leases").text
    assert "a call about loans" in page
    session.rollback()
    assert "a call about loans" not in sign_in(world.bob).get(f"/engagements/{world.engagement_id}?tab=leases").text
    as_of(session, world.alice)
    assert session.scalar(select(LeaseList.id)) == list_id
