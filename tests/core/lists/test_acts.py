"""One act on many rows: a preview that changes nothing, a run that leaves alone what moved on, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from core.audit.models import AuditEntry
from core.context import Reach
from core.customers import acts as acts_of_customers
from core.customers.models import Customer
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.lists import acts
from core.lists.models import ListRow
from core.segments import service as segments
from core.segments.models import SegmentMember
from core.timeline.models import TimelineEntry
from core.undo import service as undo


def of(session, customer_id, *columns):
    session.expire_all()
    return session.execute(select(*columns).where(Customer.id == customer_id)).one()


def test_a_preview_counts_and_changes_nothing(session, world, planted, tried):
    ids = planted(3)
    run = tried("owner", {"owner_id": str(world.carol.context.participant_id)}, ids=ids)
    assert (run.total, run.counts["possible"], run.counts["done"]) == (3, 3, 0)
    assert session.scalar(select(func.count()).where(Customer.id.in_(ids), Customer.owner_id.is_not(None))) == 0


def test_an_act_is_done_noted_on_each_customer_and_told_once(session, world, planted, tried, ran, listened):
    ids, carol = planted(3), world.carol.context.participant_id
    heard = listened("customers.changed")
    run = ran(tried("owner", {"owner_id": str(carol)}, ids=ids))
    assert (run.state, run.counts["done"]) == ("done", 3)
    assert {each.owner_id for each in session.scalars(select(Customer).where(Customer.id.in_(ids)))} == {carol}
    noted = select(func.count()).where(AuditEntry.customer_id.in_(ids), AuditEntry.action == "customer.updated")
    assert session.scalar(noted) == 3
    told = select(func.count()).where(TimelineEntry.customer_id.in_(ids), TimelineEntry.kind == "customer.updated")
    assert session.scalar(told) == 3
    assert [(each.act, each.counts["done"]) for each in heard] == [("owner", 3)]


def test_all_that_a_condition_finds_is_meant_not_only_a_page(session, planted, tried, ran):
    planted(60, region="很多")
    run = ran(tried("field", {"field": "region", "value": "都一样"}, where=[Customer.region == "很多"]))
    assert (run.total, run.counts["done"]) == (60, 60)


def test_what_is_already_so_is_told_and_left(planted, tried, ran):
    ids = [*planted(1, region="南京"), *planted(1)]
    run = tried("field", {"field": "region", "value": "南京"}, ids=ids)
    assert (run.counts["same"], run.counts["possible"]) == (1, 1)


def test_a_customer_that_somebody_changed_since_the_preview_is_left_alone(session, planted, tried, ran):
    first, second = planted(2)
    run = tried("field", {"field": "region", "value": "南京"}, ids=[first, second])
    session.execute(update(Customer).where(Customer.id == first).values(region="苏州", version=Customer.version + 1))
    session.commit()
    run = ran(run)
    assert (run.counts["done"], run.counts["refused"]) == (1, 1)
    assert of(session, first, Customer.region).region == "苏州"
    assert of(session, second, Customer.region).region == "南京"


def test_the_whole_is_taken_back_but_for_what_was_changed_since(session, world, planted, tried, ran, acting):
    first, second, third = planted(3, region="苏州")
    run = ran(tried("field", {"field": "region", "value": "南京"}, ids=[first, second, third]))
    session.execute(update(Customer).where(Customer.id == third).values(region="无锡", version=Customer.version + 1))
    back = undo.undo(session, context=world.alice.context, run=run)
    assert (back.counts["restored"], back.counts["left"]) == (2, 1)
    assert [of(session, each, Customer.region).region for each in (first, second, third)] == ["苏州", "苏州", "无锡"]
    with pytest.raises(Conflict):
        undo.undo(session, context=world.alice.context, run=run)


def test_a_field_of_a_vertical_is_set_and_taken_back_with_what_was_beside_it(session, world, planted, tried, ran):
    (customer_id,) = planted(1)
    session.execute(
        update(Customer).where(Customer.id == customer_id).values(attributes={"telecom": {"tenure_months": 7}})
    )
    session.commit()
    run = ran(tried("field", {"field": "telecom.plan", "value": "5G"}, ids=[customer_id]))
    assert of(session, customer_id, Customer.attributes).attributes == {"telecom": {"tenure_months": 7, "plan": "5G"}}
    undo.undo(session, context=world.alice.context, run=run)
    assert of(session, customer_id, Customer.attributes).attributes == {"telecom": {"tenure_months": 7}}


def test_a_customer_under_a_legal_hold_is_not_archived(session, planted, tried, ran):
    free, held = planted(2)
    session.execute(update(Customer).where(Customer.id == held).values(legal_hold=True))
    session.commit()
    run = ran(tried("archive", {}, ids=[free, held]))
    assert (run.counts["done"], run.counts["refused"]) == (1, 1)
    assert [of(session, each, Customer.state).state for each in (free, held)] == ["archived", "active"]


def test_customers_are_put_into_a_snapshot_and_taken_out_again(session, world, view, planted, tried, ran):
    ids = planted(3)
    row = segments.make(session, context=world.alice.context, view=view, name="By hand", mode="snapshot")
    segments.add(session, context=world.alice.context, segment_id=row.id, customer_ids=ids[:1])
    session.commit()
    segment_id = row.id
    run = tried("segment", {"segment_id": str(segment_id)}, ids=ids)
    assert (run.counts["same"], run.counts["possible"]) == (1, 2)
    run = ran(run)
    inside = select(SegmentMember.customer_id).where(SegmentMember.segment_id == segment_id)
    assert set(session.scalars(inside)) == set(ids)
    undo.undo(session, context=world.alice.context, run=run)
    session.expire_all()
    assert set(session.scalars(inside)) == {ids[0]}


@pytest.mark.parametrize(
    ("act", "sent"),
    [("field", {"field": "phone", "value": "+8613912341369"}), ("field", {"field": "telecom.plan.x", "value": "1"}),
     ("field", {"field": "telecom.tenure_months", "value": "many"}), ("owner", {"owner_id": "nobody"}),
     ("owner", {"owner_id": "00000000-0000-7000-8000-000000000000"}), ("nothing", {}),
     ("grade", {"grade": "A", "reason": "x", "until": "2020-13-41"})],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_anything_is_tried(session, world, view, acting, planted, act, sent):
    ids = planted(1)
    context = acting(world.alice)
    run = acts.choose(session, context=context, target="customer", ids=ids)
    with pytest.raises(Invalid):
        acts.try_out(session, context=context, view=view, run=run, act=act, sent=sent)


def test_a_provider_changes_nobody_and_sees_no_run(session, world, acting, planted, tried):
    ids = planted(1)
    run_id = tried("archive", {}, ids=ids).id
    for person in (world.bob, world.dan):
        context = acting(person)
        with pytest.raises(Denied):
            acts.choose(session, context=context, target="customer", ids=ids)
        with pytest.raises(NotFound):
            acts.found_run(session, context=context, run_id=run_id)


def test_a_person_acts_on_those_they_reach_and_gives_none_away_unseen(session, world, acting, view, planted, tried):
    mine, others = planted(2)
    carol = world.carol.context.participant_id
    session.execute(update(Customer).where(Customer.id == mine).values(owner_id=carol))
    session.commit()
    narrow = replace(world.carol, context=replace(world.carol.context, reach=Reach(own=carol, units=(), where=())))
    context = acting(narrow)
    run = acts.choose(session, context=context, target="customer", ids=[mine, others])
    assert run.total == 1
    alice = str(world.alice.context.participant_id)
    assert acts.try_out(session, context=context, view=view, run=run, act="owner", sent={"owner_id": alice})
    assert (run.counts["possible"], run.counts["refused"]) == (0, 1)


def test_a_field_that_somebody_sees_masked_is_not_theirs_to_set_for_many(session, world, acting, view, planted):
    ids = planted(1)
    blind = replace(world.alice.context, permissions=world.alice.context.permissions - {"customer.clear"})
    acting(world.alice)
    run = acts.choose(session, context=blind, target="customer", ids=ids)
    secret = next(name for name, each in view.fields(on="customer").items() if each.sensitivity != "plain")
    with pytest.raises(Invalid):
        acts.try_out(session, context=blind, view=view, run=run, act="field", sent={"field": secret, "value": "1"})


def test_too_many_rows_are_refused_with_the_limit(session, world, acting, planted, monkeypatch):
    ids = planted(3)
    monkeypatch.setattr(acts, "LIMIT", 2)
    with pytest.raises(Invalid, match="more than 2 rows"):
        acts.choose(session, context=acting(world.alice), target="customer", ids=ids)


def test_two_people_who_start_the_same_preview_start_it_once(session, world, acting, planted, tried):
    run = tried("archive", {}, ids=planted(1))
    run_id, version = run.id, run.version
    acts.start(session, context=world.alice.context, run=run)
    session.commit()
    with pytest.raises(Stale):
        acts.found_run(session, context=acting(world.carol), run_id=run_id, version=version)


def test_a_field_is_not_set_where_it_is_not_shown_and_those_customers_are_counted(
    session, world, acting, view, planted, monkeypatch
):
    shown = {"op": "eq", "field": "telecom.plan", "value": "5G"}
    declared = replace(view.field("telecom.tenure_months", on="customer"), show_when=shown)
    known = acts_of_customers.field_set

    def conditional(view, *, region="CN"):
        found = known(view, region=region)
        return replace(found, fields={**found.fields, "telecom.tenure_months": declared})

    monkeypatch.setattr(acts_of_customers, "field_set", conditional)
    with_plan, without = planted(2)
    session.execute(update(Customer).where(Customer.id == with_plan).values(attributes={"telecom": {"plan": "5G"}}))
    session.commit()
    context = acting(world.alice)
    run = acts.choose(session, context=context, target="customer", ids=[with_plan, without], where=None)
    sent = {"field": "telecom.tenure_months", "value": "7"}
    assert acts.try_out(session, context=context, view=view, run=run, act="field", sent=sent)
    rows = session.execute(
        select(ListRow.row_id, ListRow.outcome, ListRow.problem).where(ListRow.run_id == run.id)
    ).all()
    found = {row.row_id: (row.outcome, (row.problem or {}).get("message")) for row in rows}
    assert found == {with_plan: ("possible", None), without: ("refused", acts_of_customers.NOT_SHOWN)}
