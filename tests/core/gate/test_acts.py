"""The gate before steps of cases and changes of records: what rules get, what is kept, and what a refusal leaves behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.cases.models import Case
from core.customers.models import Customer
from core.db import scope
from core.errors import keep_evidence
from core.gate import answers
from core.gate.acts import Act, GateDenied, GateRefused, decide_act, refuse
from core.gate.models import GateDecision
from core.gate.service import replay
from core.plugin import Count, Parameter, Reason
from core.records.models import Record
from core.timeline.models import TimelineEntry
from tests.core.gate.acting import WORDS, dog, rule, saying, sent, step, view_of

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def decide(session, world, acting):
    def make(act: Act, *rules, by=None, parameters=(), at=NOW):
        return decide_act(
            session, context=acting(by or world.alice), view=view_of(*rules, parameters=parameters), act=act, at=at
        )

    return make


def recent_days(value: int) -> Parameter:
    return Parameter(
        key="recent_days", value=value, unit="days", jurisdiction="CN", effective_from=date(2020, 1, 1),
        effective_to=None, source_title="Pets Act", source_article="2", verified=True, label=WORDS,
    )  # fmt: skip


def statements(session, act, view, context) -> list[str]:
    with sent(session) as seen:
        decide_act(session, context=context, view=view, act=act, at=NOW)
    return seen


def test_where_no_rule_is_on_an_act_nothing_is_asked_and_nothing_stored(session, world, acting, make_customer):
    customer_id = make_customer()
    view = view_of(saying("elsewhere", "deny", on=("bath",)), saying("later", "deny", steps=("open",)))
    assert statements(session, step(customer_id), view, acting(world.alice)) == []


def test_a_rule_that_names_no_workflow_is_on_all_of_its_own_vertical(decide, make_customer):
    customer_id = make_customer()
    assert decide(step(customer_id), saying("any", "deny", on=())).verdict == "deny"
    other = Act(action="case_step", on="telecom.complaint", customer_id=customer_id)
    assert decide(other, saying("any", "deny", on=())) is None


def test_a_condition_asks_the_case_its_record_and_its_customer(decide, make_customer):
    customer_id = make_customer(attributes=None)
    when = {"op": "and", "of": [
        {"op": "gt", "field": "pets.refund", "value": 100},
        {"op": "eq", "field": "case.target", "value": "done"},
        {"op": "eq", "field": "step", "value": "close"},
        {"op": "ge", "field": "record.pets.weight", "value": 40},
        {"op": "eq", "field": "record.state", "value": "alive"},
        {"op": "eq", "field": "customer.kind", "value": "person"},
    ]}  # fmt: skip
    large = rule("large", when=when, verdict="hold", reason=WORDS)
    heavy = step(customer_id, attributes={"refund": 101}, record=dog(41))
    assert decide(heavy, large).verdict == "hold"
    assert decide(step(customer_id, attributes={"refund": 100}, record=dog(41)), large).verdict == "allow"
    assert decide(step(customer_id, attributes={"refund": 101}, record=dog(39)), large).verdict == "allow"
    assert decide(step(customer_id, attributes={"refund": 101}), large).verdict == "allow"


def test_a_change_of_a_record_is_compared_with_what_it_was(decide):
    when = {"op": "and", "of": [
        {"op": "eq", "field": "before.state", "value": "dead"}, {"op": "eq", "field": "record.state", "value": "alive"},
    ]}  # fmt: skip
    undead = rule("undead", action="record_change", on=("dog",), when=when, verdict="deny", reason=WORDS)
    before = {"state": "dead", "attributes": {}}
    act = Act(action="record_change", on="pets.dog", record=dog(state="alive"), before=before)
    assert decide(act, undead).verdict == "deny"
    fresh = Act(action="record_change", on="pets.dog", record=dog(state="alive"))
    assert decide(fresh, undead).verdict == "allow"


def test_a_function_gets_parents_children_and_readings_and_can_change_none(decide):
    seen = {}

    def look(subject, parameters):
        seen["parent"] = subject["record"]["parents"][0]["attributes"]["pets"]["floor"]
        seen["child"] = subject["children"]["dog"][0]["attributes"]["pets"]["weight"]
        seen["readings"] = [(each["value"], each["read_at"]) for each in subject["readings"]["steps"]]
        subject["record"]["state"] = "gone"

    kennel = {**dog(), "type": "pets.kennel", "attributes": {"pets": {"floor": 2}}}
    act = Act(
        action="record_change", on="pets.dog", record=dog(3, parents=[kennel]),
        children={"dog": [{"state": "alive", "attributes": {"pets": {"weight": 7}}, "occurred_at": NOW, "ends_at": None}]},
        readings={"steps": [{"value": 9, "read_at": NOW, "status": "original"}]},
    )  # fmt: skip
    decision = decide(act, rule("look", action="record_change", on=("dog",), decide=look))
    assert seen == {"parent": 2, "child": 7, "readings": [(9, NOW)]}
    assert (decision.verdict, decision.reasons[0]["code"]) == ("hold", "core.rule_failed")


def past(session, world, acting, customer_id, *, records: int = 0, cases: int = 0, days_ago: int = 3) -> None:
    acting(world.alice)
    when = NOW - timedelta(days=days_ago)
    for number in range(records):
        session.add(
            Record(type="pets.dog", number=9000 + number + days_ago * 100, customer_id=customer_id, state="sold",
                   occurred_at=when)
        )  # fmt: skip
    for number in range(cases):
        session.add(
            Case(number=9000 + number + days_ago * 100, customer_id=customer_id, workflow="pets.walk",
                 workflow_version=1, state="done", title="x", opened_at=when)
        )  # fmt: skip
    session.commit()


def test_counts_of_the_past_take_their_days_from_a_parameter(session, world, acting, make_customer, decide):
    customer_id = make_customer()
    past(session, world, acting, customer_id, records=2, cases=1, days_ago=3)
    past(session, world, acting, customer_id, records=1, days_ago=30)
    counts = (
        Count(key="dogs", of="record:dog", states=("sold",), days="recent_days"), Count(key="all", of="record:dog"),
        Count(key="bought", of="record:dog", states=("bought",)), Count(key="walks", of="case:walk", days=7),
    )  # fmt: skip
    seen = {}
    many = rule("many", counts=counts, decide=lambda subject, parameters: seen.update(subject["counts"]))
    decide(step(customer_id), many, parameters=(recent_days(7),))
    assert seen == {"dogs": 2, "all": 3, "bought": 0, "walks": 1}
    decide(step(customer_id), many, parameters=(recent_days(31),))
    assert seen["dogs"] == 3
    held = decide(step(customer_id), many)
    assert (held.verdict, held.reasons[0]["code"]) == ("hold", "core.parameter_missing")


def test_a_provider_gets_the_same_verdict_though_it_sees_none_of_what_is_counted(
    session, world, acting, make_customer, decide
):
    customer_id = make_customer()
    acting(world.alice)
    for number in range(2):
        session.add(
            Record(type="pets.dog", number=50 + number, customer_id=customer_id, state="x", exposure="client_only")
        )
    session.commit()
    when = {"op": "ge", "field": "counts.dogs", "value": 2}
    two = rule("two", counts=(Count(key="dogs", of="record:dog"),), when=when, verdict="deny", reason=WORDS)
    far = datetime.now(UTC) + timedelta(minutes=1)
    assert decide(step(customer_id), two, at=far).verdict == "deny"
    assert decide(step(customer_id), two, by=world.dan, at=far).verdict == "deny"


def test_what_the_act_is_about_does_not_count_itself(session, world, acting, make_customer, decide):
    customer_id = make_customer()
    acting(world.alice)
    kept = Record(type="pets.dog", number=77, customer_id=customer_id, state="x", occurred_at=NOW - timedelta(days=1))
    session.add(kept)
    record_id = kept.id
    session.commit()
    when = {"op": "ge", "field": "counts.dogs", "value": 1}
    count = (Count(key="dogs", of="record:dog"),)
    two = rule("two", action="record_change", on=("dog",), counts=count, when=when, verdict="deny", reason=WORDS)
    said = {"action": "record_change", "on": "pets.dog", "customer_id": customer_id}
    assert decide(Act(record=dog(record_id=record_id), **said), two).verdict == "allow"
    assert decide(Act(record=dog(), **said), two).verdict == "deny"


def test_any_number_of_rules_loads_its_facts_in_three_statements(session, world, acting, make_customer):
    customer_id = make_customer()
    counts = [Count(key=f"c{n}", of="record:dog" if n % 2 else "case:walk", days=n) for n in range(1, 30)]
    view = view_of(*(rule(f"r{each.key}", counts=(each,), decide=lambda s, p: None) for each in counts))
    seen = statements(session, step(customer_id), view, acting(world.alice))
    facts = [each for each in seen if each.startswith("SELECT") and "FROM gate_decision" not in each]
    assert len(facts) == 3, facts


def test_a_rule_that_raises_or_is_slow_is_told_and_what_it_says_counts(decide, make_customer, monkeypatch):
    customer_id = make_customer()

    def broken(subject, parameters):
        raise ValueError("13912341369")

    assert decide(step(customer_id), rule("broken", decide=broken)).verdict == "hold"
    monkeypatch.setattr(answers, "SLOW_SECONDS", 0.0)
    told = []
    monkeypatch.setattr(answers.LOG, "warning", lambda words, **more: told.append((words, more["rule"])))
    assert decide(step(customer_id), saying("slow", "deny")).verdict == "deny"
    assert told == [("a rule is slow", "pets.slow")]


def test_a_hold_that_a_second_person_lifted_only_warns(decide, make_customer):
    customer_id = make_customer()
    approved = {"approval_id": str(uuid4()), "rules": ["pets.held"]}
    decision = decide(step(customer_id, approved=approved), saying("held", "hold"))
    assert (decision.verdict, decision.reasons[0]["rule"]) == ("warn", "pets.held")
    assert decide(step(customer_id, approved=approved), saying("held", "hold"), saying("no", "deny")).verdict == "deny"


@pytest.mark.parametrize(("verdict", "error", "status"), [("deny", GateDenied, 403), ("hold", GateRefused, 409)])
def test_a_refusal_leaves_its_decision_behind_after_the_rollback(
    session, world, acting, make_customer, decide, verdict, error, status
):
    customer_id, case_id = make_customer(), uuid4()
    with pytest.raises(error) as refused:
        refuse(decide(step(customer_id, case_id=case_id), saying("no", verdict)))
    assert refused.value.status == status
    keep_evidence(session, refused.value)
    acting(world.alice)
    kept = session.scalars(select(GateDecision).where(GateDecision.case_id == case_id)).one()
    assert (kept.id, kept.verdict, kept.customer_id) == (refused.value.decision_id, verdict, customer_id)
    entry = session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == case_id)).one()
    assert entry.message.startswith("Gate: ")
    assert refused.value.approvable == (["pets.no"] if verdict == "hold" else [])


def test_an_allowed_act_is_not_refused(decide, make_customer):
    refuse(decide(step(make_customer()), saying("careful", "warn")))
    refuse(None)


def test_a_broken_rule_cannot_be_approved_away(decide, make_customer):
    def broken(subject, parameters):
        raise ValueError

    with pytest.raises(GateRefused) as refused:
        refuse(decide(step(make_customer()), rule("broken", decide=broken)))
    assert refused.value.approvable == []


weights = st.one_of(st.none(), st.integers(0, 100))
acts = st.fixed_dictionaries(
    {
        "refund": st.integers(0, 200), "weight": weights, "before": st.integers(0, 100), "floor": weights,
        "children": st.lists(st.integers(0, 100), max_size=3), "readings": st.lists(st.integers(0, 100), max_size=3),
        "secret": st.text("abc", max_size=2),
    }
)  # fmt: skip


def verdict_of_all(subject, parameters):
    """Reads everything there is."""
    record, before = subject["record"], subject["before"]
    numbers = [subject["case"]["attributes"].get("pets", {}).get("refund", 0)]
    numbers += [each["attributes"].get("pets", {}).get("floor", 0) for each in record["parents"]]
    numbers += [each["attributes"].get("pets", {}).get("weight", 0) for each in subject["children"].get("dog", ())]
    numbers += [each["value"] for each in subject["readings"].get("steps", ())]
    numbers += [before["attributes"].get("pets", {}).get("weight", 0), subject["counts"]["dogs"]]
    numbers += [len(subject["case"]["attributes"].get("pets", {}).get("secret", "")), len(subject["consents"])]
    total = sum(numbers)
    verdict = ("allow", "warn", "hold", "deny")[total % 4]
    return Reason(code=f"pets.{total}", text=WORDS, verdict=verdict)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts, st.sampled_from(["dan", "carol"]))
def test_every_stored_decision_on_an_act_replays_to_the_same_verdict(
    session, world, acting, shared_customer, given, who
):
    view = view_of(
        rule("all", counts=(Count(key="dogs", of="record:dog"),), decide=verdict_of_all),
        rule("one", when={"op": "gt", "field": "record.pets.weight", "value": 50}, verdict="hold", reason=WORDS),
    )
    kennel = {**dog(), "type": "pets.kennel", "attributes": {"pets": {"floor": given["floor"] or 0}}}
    children = [
        {"state": "a", "attributes": {"pets": {"weight": each}}, "occurred_at": None, "ends_at": NOW}
        for each in given["children"]
    ]
    act = step(
        shared_customer, attributes={"refund": given["refund"], "secret": given["secret"]},
        record=dog(given["weight"], parents=[kennel]), before={"state": "a", "attributes": {"pets": {"weight": given["before"]}}},
        children={"dog": children},
        readings={"steps": [{"value": each, "read_at": NOW, "status": "original"} for each in given["readings"]]},
    )  # fmt: skip
    decision = decide_act(session, context=acting(getattr(world, who)), view=view, act=act, at=NOW)
    session.commit()
    scope.enter(session, getattr(world, who).context)
    session.expire_all()
    stored = session.scalars(select(GateDecision).where(GateDecision.id == decision.id)).one()
    key = session.scalars(
        select(Customer).where(Customer.id == shared_customer).options(undefer(Customer.data_key))
    ).one()
    again = replay(stored, view=view, data_key=key.data_key)
    assert (again.verdict, [each.code for each in again.findings]) == (
        stored.verdict, [each["code"] for each in stored.reasons],
    )  # fmt: skip
    if given["secret"]:
        assert f'"{given["secret"]}"' not in str(stored.subject["attributes"])


@pytest.fixture
def shared_customer(session, world, acting, make_customer):
    customer_id = make_customer(consent="granted")
    acting(world.alice)
    row = session.scalars(select(Customer).where(Customer.id == customer_id).options(undefer(Customer.data_key))).one()
    if row.data_key is None:
        from core.audit import keys

        row.data_key = keys.new_data_key(world.tenant_id)
    session.commit()
    past(session, world, acting, customer_id, records=1)
    return customer_id
