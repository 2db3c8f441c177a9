"""Segments: a saved condition that means what it says, or says why it cannot be used; never silently empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from core import facade
from core.conditions import ConditionError, compile_predicate, flatten
from core.customers.models import Customer
from core.engagements import lists
from core.errors import Conflict, Denied, Invalid, NotFound
from core.facade import members_of
from core.gate.facts import Question, gather
from core.gate.service import decide
from core.segments import counting, meaning, service
from core.segments.models import Segment, SegmentMember
from tests.core.gate import acting as pets

RICH = {"op": "ge", "field": "telecom.monthly_charge", "value": 10_000}
NANJING = {"op": "eq", "field": "region", "value": "南京"}
GONE = {"op": "eq", "field": "own.gone", "value": "x"}
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def make(session, world, acting, view):
    def made(name="Rich", *, mode="live", condition=RICH, **more):
        row = service.make(
            session, context=acting(world.alice), view=view, name=name, mode=mode, condition=condition, **more
        )
        session.commit()
        acting(world.alice)
        return row

    return made


@pytest.fixture
def found(session, view):
    return lambda row: meaning.definition(session, view=view, key=f"own.{row.key}")


def ids_in(session, view, definition):
    return set(session.scalars(meaning.members(session, view=view, found=definition)))


def test_a_live_segment_has_whoever_meets_its_condition_now(session, world, acting, view, charged, make, found):
    poor, rich = charged(5_000, 15_000)
    row = make()
    assert {rich} == ids_in(session, view, found(row)) & {poor, rich}
    customer = session.get(Customer, (world.tenant_id, poor))
    customer.attributes = {"telecom": {"monthly_charge": 20_000}}
    session.flush()
    assert {poor, rich} <= ids_in(session, view, found(row))


def test_a_snapshot_stays_as_it_was_taken_until_it_is_taken_again(
    session, world, acting, view, charged, make, found, worked
):
    poor, rich = charged(5_000, 15_000)
    row = make(mode="snapshot")
    assert ids_in(session, view, found(row)) == set()
    run = service.take(session, context=world.alice.context, view=view, segment_id=row.id, version=row.version)
    session.commit()
    worked(run.id)
    row = again(session, row)
    assert row.taken_at is not None
    assert row.size == len(ids_in(session, view, found(row)))
    assert {rich} == ids_in(session, view, found(row)) & {poor, rich}
    session.get(Customer, (world.tenant_id, poor)).attributes = {"telecom": {"monthly_charge": 20_000}}
    session.commit()
    (by_hand,) = charged(1_000)
    acting(world.alice)
    service.add(session, context=world.alice.context, segment_id=row.id, customer_ids=[by_hand])
    session.commit()
    acting(world.alice)
    assert poor not in ids_in(session, view, found(row))
    acting(world.alice)
    second = service.take(
        session, context=world.alice.context, view=view, segment_id=row.id, version=again(session, row).version
    )
    session.commit()
    worked(second.id)
    row = again(session, row)
    assert by_hand in ids_in(session, view, found(row))
    assert set(session.scalars(select(SegmentMember.round).where(SegmentMember.segment_id == row.id))) == {row.round}


def again(session, row):
    """The row as it is now."""
    session.expire_all()
    return session.scalar(select(Segment).where(Segment.id == row.id))


def test_a_run_that_a_worker_dropped_goes_on_where_it_was(
    session, world, acting, view, charged, make, found, worked, monkeypatch
):
    many = charged(*[30_000 + each for each in range(7)])
    row = make(mode="snapshot", condition={"op": "ge", "field": "telecom.monthly_charge", "value": 30_000})
    monkeypatch.setattr("core.segments.jobs.BATCH", 2)
    monkeypatch.setattr("core.jobs.service.SLICE_SECONDS", 0)
    run = service.take(session, context=world.alice.context, view=view, segment_id=row.id, version=row.version)
    session.commit()
    worked(run.id)
    assert ids_in(session, view, found(row)) == set(many)


def test_a_segment_over_a_field_that_is_gone_says_where_and_why_and_is_refused_everywhere(
    session, world, acting, view, make, charged, found
):
    charged(15_000)
    row = make()
    row.condition = {"op": "and", "of": [RICH, GONE]}
    session.flush()
    broken = found(row)
    assert broken.broken
    assert broken.faults[0].field == "$.of[1].field"
    for use in (
        lambda: meaning.members(session, view=view, found=broken),
        lambda: counting.size(session, view=view, found=broken),
        lambda: counting.overlap(session, view=view, one=broken, other=broken),
        lambda: members_of(session, context=world.alice.context, view=view, segment=broken.key, use="test"),
        lambda: lists.SEGMENTS[0][1](session, world.alice.context, broken.key),
    ):
        with pytest.raises(meaning.SegmentBroken, match=r"\$\.of\[1\]\.field"):
            use()
    assert broken.key not in dict(lists.SEGMENTS[0][0](session, world.alice.context))


def test_a_condition_is_checked_when_it_is_saved_and_holds_no_name_or_number(make):
    with pytest.raises(ConditionError):
        make(condition=GONE)
    with pytest.raises(ConditionError):
        make(condition={"op": "eq", "field": "phone", "value": "+8613912341369"})
    with pytest.raises(Invalid):
        make(condition=None)


def test_a_preview_counts_to_its_cap_and_says_so(session, view, world, acting, charged):
    charged(70_000, 70_000, 70_000)
    tree = {"op": "eq", "field": "telecom.monthly_charge", "value": 70_000}
    assert counting.preview(session, view=view, tree=tree) == counting.Counted(count=3)
    assert counting.preview(session, view=view, tree=tree, cap=2) == counting.Counted(count=2, capped=True)


CONDITIONS = st.recursive(
    st.one_of(
        st.builds(lambda op, value: {"op": op, "field": "telecom.monthly_charge", "value": value},
                  st.sampled_from(["lt", "ge", "eq", "ne"]), st.sampled_from([4_000, 5_000, 6_000])),
        st.builds(lambda op: {"op": op, "field": "region"}, st.sampled_from(["is_set", "is_unset"])),
    ),
    lambda inner: st.one_of(
        st.builds(lambda of: {"op": "and", "of": of}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda of: {"op": "not", "of": of}, inner),
    ),
    max_leaves=4,
)  # fmt: skip


def test_overlap_counts_what_going_through_all_customers_counts(session, world, acting, view, charged):
    charged(3_000, 4_000, 5_000, None, region="南京")
    charged(4_500, 6_000, 9_000, None)
    acting(world.alice)
    rows = session.execute(select(Customer.attributes, Customer.region).where(Customer.state == "active")).all()
    flat = [{**flatten(row.attributes), "region": row.region} for row in rows]
    types = meaning.types_of(view)

    @SLOW
    @given(one=CONDITIONS, other=CONDITIONS)
    def same(one, other):
        tests = [compile_predicate(each, types=types) for each in (one, other)]
        held = [tuple(test(values) for test in tests) for values in flat]
        a, b = (
            meaning.Definition(key=key, label=key, mode="live", condition=each)
            for key, each in (("a", one), ("b", other))
        )
        told = counting.overlap(session, view=view, one=a, other=b)
        assert (told.only_a, told.both, told.only_b) == (
            held.count((True, False)),
            held.count((True, True)),
            held.count((False, True)),
        )
        whole = told.only_a + told.both + told.only_b
        assert told.jaccard == (told.both / whole if whole else None)

    same()


def test_what_was_used_is_archived_and_what_was_not_may_go(session, world, acting, view, make, found):
    unused, used = make("Unused"), make("Used")
    service.remove(session, context=world.alice.context, view=view, segment_id=unused.id, version=unused.version)
    members_of(session, context=world.alice.context, view=view, segment=f"own.{used.key}", use="campaign")
    session.flush()
    with pytest.raises(Conflict, match="archived rather than removed"):
        service.remove(session, context=world.alice.context, view=view, segment_id=used.id, version=used.version)
    service.archive(session, context=world.alice.context, segment_id=used.id, version=used.version)
    with pytest.raises(Conflict, match="archived"):
        members_of(session, context=world.alice.context, view=view, segment=f"own.{used.key}", use="campaign")


def test_a_provider_and_an_agent_make_no_segments(session, world, acting, view):
    for person in (world.bob, world.dan):
        context = acting(person)
        with pytest.raises(Denied):
            service.make(session, context=context, view=view, name="Mine", mode="live", condition=RICH)
        with pytest.raises(Denied):
            members_of(session, context=context, view=view, segment="telecom.at_risk", use="test")


def test_what_verticals_declare_are_segments_too(session, world, acting, view):
    acting(world.alice)
    known = meaning.definitions(session, view=view)
    assert {key for key in known if key.startswith("telecom.")} == set(view.segments)
    with pytest.raises(NotFound):
        meaning.definition(session, view=view, key="telecom.nobody")


def test_a_segment_is_lent_within_the_budget_of_the_grant(session, world, acting, view, charged, make, found):
    rich = charged(88_000, 88_000)
    row = make(condition={"op": "eq", "field": "telecom.monthly_charge", "value": 88_000})
    numbers = lists.SEGMENTS[0][1](session, world.alice.context, f"own.{row.key}")
    assert len(numbers) == len(rich)
    until = datetime.now(UTC) + timedelta(days=5)
    lent = lists.lend(
        session, context=world.alice.context, engagement_id=world.engagement_id, name="Rich", purpose="retention",
        until=until, numbers=numbers,
    )  # fmt: skip
    assert lent.size == 2
    session.commit()
    acting(world.dan)
    assert set(session.scalars(select(Customer.id).where(Customer.id.in_(rich)))) == set(rich)


@pytest.fixture
def ruled(view):
    """A view whose one rule denies a contact with who is in a segment."""

    def make(key):
        when = {"op": "contains", "field": "segments", "value": key}
        rule = pets.rule("in_segment", action="outbound_contact", on=(), when=when, verdict="deny", reason=pets.WORDS)
        return pets.view_of(rule)

    return make


def keep_statement(sent, _connection, _cursor, statement, *_rest):
    sent.append(statement)


def asked(session, context, view, customer_id):
    return decide(session, context=context, view=view, customer_id=customer_id, purpose="service", channel="phone")


@pytest.mark.parametrize("mode", ["live", "snapshot"])
def test_a_rule_that_names_a_segment_holds_for_its_members_only_whoever_asks(
    session, world, acting, view, make_customer, make, ruled, mode
):
    inside, outside = make_customer(region="南京"), make_customer(region="苏州")
    row = make(mode=mode, condition=NANJING if mode == "live" else None)
    if mode == "snapshot":
        service.add(session, context=world.alice.context, segment_id=row.id, customer_ids=[inside])
    session.commit()
    rules = ruled(f"own.{row.key}")
    for person in (world.carol, world.dan):
        reasons = [asked(session, acting(person), rules, each).reasons for each in (inside, outside)]
        told = [any(each["rule"] == "pets.in_segment" for each in found) for found in reasons]
        assert told == [True, False], person.email


def test_a_rule_on_a_segment_that_cannot_be_used_lets_nobody_be_contacted(
    session, world, acting, make_customer, make, ruled
):
    customer_id, row = make_customer(), make()
    row.condition = GONE
    session.commit()
    with pytest.raises(meaning.SegmentBroken):
        asked(session, acting(world.carol), ruled(f"own.{row.key}"), customer_id)


def test_segments_cost_the_gate_no_statement(session, world, acting, make_customer, make, ruled):
    customer_id, row = make_customer(), make(condition=NANJING)
    counts = []
    for rules in (pets.view_of(), ruled(f"own.{row.key}")):
        context = acting(world.carol)
        sent = []
        engine = session.get_bind()
        listen = partial(keep_statement, sent)
        event.listen(engine, "before_cursor_execute", listen)
        question = Question(
            context=context,
            view=rules,
            customer_ids=[customer_id],
            purpose="service",
            channel="phone",
            at=datetime.now(UTC),
        )
        gather(session, question)
        event.remove(engine, "before_cursor_execute", listen)
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_the_public_function_gives_members_within_what_the_asker_reaches(session, world, acting, view, charged, make):
    (rich,) = charged(99_000)
    row = make(condition={"op": "eq", "field": "telecom.monthly_charge", "value": 99_000})
    wanted = facade.members_of(session, context=world.alice.context, view=view, segment=f"own.{row.key}", use="test")
    assert session.scalars(wanted).all() == [rich]
