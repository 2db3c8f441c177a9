"""What a vertical's rules can and cannot do to a verdict, and that a stored decision replays."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.customers import service as customers
from core.customers.models import Customer
from core.gate import service as gate
from core.gate.answers import Answer
from core.gate.checks import rule_problems
from core.gate.exports import decide_export
from core.gate.reveals import decide_reveal
from core.plugin import Count, Field, Parameter, Reason, Rule, Vertical
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.params import ParameterSet
from core.plugin.tailored import TailoredView, Tailoring

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = {"zh-CN": "宠物", "en": "Pets"}


def pets(*rules: Rule, fields: tuple[Field, ...] = (), parameters: tuple[Parameter, ...] = ()) -> LoadedVertical:
    vertical = Vertical(key="pets", label=WORDS, version="1.2", requires=">=1")
    return LoadedVertical(
        vertical=vertical, distribution="kehub-pets", module="pets.plugin", package="core", rules=rules, fields=fields,
        parameters=ParameterSet(rows=parameters),
    )  # fmt: skip


def rule(key: str, **says) -> Rule:
    return Rule(key=key, label=WORDS, action="outbound_contact", citation="Pets Act, section 1", **says)


def saying(key: str, verdict: str, **more) -> Rule:
    reason = Reason(code=f"pets.{key}", text=WORDS, verdict=verdict, **more)
    return rule(key, decide=lambda subject, parameters: reason)


def age_limit(key: str, value, **more) -> Parameter:
    dates = {"effective_from": datetime(2020, 1, 1).date(), "effective_to": None} | more  # noqa: DTZ001
    return Parameter(
        key=key, value=value, unit="years", jurisdiction="CN", source_title="Pets Act", source_article="1",
        verified=True, label=WORDS, **dates,
    )  # fmt: skip


@pytest.fixture
def ask(session, world, acting, make_customer):
    def decide(*rules: Rule, customer_id=None, purpose="service", at=NOON, **declared):
        customer_id = customer_id or make_customer()
        context = acting(world.carol)
        decided = gate.decide(
            session, context=context, view=Catalog([pets(*rules, **declared)]).everything, customer_id=customer_id,
            purpose=purpose, channel="phone", at=at,
        )  # fmt: skip
        session.flush()
        return decided

    return decide


def test_a_rule_that_raises_holds_and_does_not_pass(ask):
    def broken(subject, parameters):
        raise ZeroDivisionError("13912341369")

    decision = ask(rule("broken", decide=broken))
    assert decision.verdict == "hold"
    assert decision.reasons[0]["code"] == "core.rule_failed"
    assert "13912341369" not in str(decision.reasons)


@pytest.mark.parametrize(
    "answer",
    [
        "deny",
        Reason(code="x", text=WORDS, verdict="defer"),
        Reason(code="x", text=WORDS, verdict="defer", until=datetime(2026, 11, 20, 9, 0)),  # noqa: DTZ001
        Reason(code="x", text=WORDS, verdict="deny", parameters=("unknown",)),
    ],
)
def test_an_answer_that_is_none_holds(ask, answer):
    assert ask(rule("odd", decide=lambda subject, parameters: answer)).verdict == "hold"


def test_a_rule_whose_number_is_not_in_force_holds(ask):
    over = age_limit("least_age", 3, effective_to=datetime(2021, 1, 1).date())  # noqa: DTZ001
    decision = ask(rule("age", decide=lambda subject, parameters: None, parameters=("least_age",)), parameters=(over,))
    assert decision.verdict == "hold"
    assert decision.reasons[0]["code"] == "core.parameter_missing"


def test_a_rule_cannot_change_what_others_are_shown(ask):
    def tamper(subject, parameters):
        subject["do_not_contact"] = ()

    assert ask(rule("tamper", decide=tamper)).verdict == "hold"


def test_a_vertical_tightens_and_never_loosens(ask, make_customer):
    unreachable = make_customer(phone=None)
    assert ask(saying("please", "allow"), customer_id=unreachable).verdict == "deny"
    assert ask(saying("careful", "warn")).verdict == "warn"


def test_deny_outranks_hold_outranks_defer_outranks_warn_in_any_order(ask):
    later = NOON + timedelta(hours=3)
    rules = [saying("w", "warn"), saying("l", "defer", until=later), saying("h", "hold"), saying("d", "deny")]
    for strictest, count in (("deny", 4), ("hold", 3), ("defer", 2), ("warn", 1)):
        chosen = rules[:count]
        random.Random(count).shuffle(chosen)
        assert ask(*chosen).verdict == strictest


def test_the_latest_deferral_wins_and_is_moved_into_the_contact_hours(ask):
    sooner, tonight = NOON + timedelta(hours=1), NOON + timedelta(hours=11)
    both = saying("one", "defer", until=sooner), saying("two", "defer", until=tonight)
    assert ask(*both).until == tonight
    assert ask(*both, purpose="marketing").until == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_a_condition_asks_fields_and_facts(ask, make_customer):
    fields = (Field(key="dogs", label=WORDS, kind="integer"),)
    when = {"op": "and", "of": [{"op": "ge", "field": "pets.dogs", "value": 3},
                                {"op": "eq", "field": "consent", "value": "never"}]}  # fmt: skip
    many = rule("many", when=when, verdict="hold", reason=WORDS)
    customer_id = make_customer()
    decision = ask(many, fields=fields, customer_id=customer_id)
    assert decision.verdict == "allow"
    assert decision.rules["pets.many"] == {"version": "1.2", "verdict": "allow"}


def test_a_condition_that_names_nothing_known_stops_the_boot():
    wrong = rule("wrong", when={"op": "eq", "field": "pets.cats", "value": 1}, verdict="hold", reason=WORDS)
    assert "pets.cats" in next(iter(rule_problems(pets(wrong))))


def test_hours_that_are_no_times_stop_the_boot():
    rows = (age_limit("marketing_window_start", "nine"),)
    assert "marketing_window_start" in next(iter(rule_problems(pets(parameters=rows))))


def test_budgets_that_are_no_numbers_and_counts_that_differ_under_one_name_stop_the_boot():
    rows = (age_limit("marketing_max_day", "two"),)
    assert "marketing_max_day" in next(iter(rule_problems(pets(parameters=rows))))
    counting = [
        Rule(key=f"r{days}", label=WORDS, action="case_step", citation="x", decide=lambda s, p: None,
             counts=(Count(key="cases", of="case:walk", days=days),))
        for days in (1, 2)
    ]  # fmt: skip
    assert "cases" in next(iter(rule_problems(pets(*counting))))


def test_a_rule_for_other_purposes_is_not_asked(ask):
    assert ask(saying("sale", "deny"), rule("x", decide=lambda s, p: None, purposes=("marketing",))).rules.keys() == {
        "core.customer_active", "core.lease", "core.contact_point", "core.do_not_contact", "core.open_complaint",
        "pets.sale",
    }  # fmt: skip


def test_parameters_arrive_as_plain_values_by_bare_key(ask):
    seen = {}

    def look(subject, parameters):
        seen.update(parameters)

    ask(rule("look", decide=look, parameters=("least_age",)), parameters=(age_limit("least_age", Decimal("2.5")),))
    assert seen == {"least_age": Decimal("2.5")}


def test_a_stored_decision_replays_to_the_same_verdict(app, world, session, acting, make_customer):
    view = app.extensions["kehub"]["catalog"].view(frozenset({"telecom"}))
    bill = {"telecom": {"monthly_charge": 60000, "charge_mean_3m": 10000, "plan": "5G"}}
    made = [make_customer(), make_customer(consent="granted"), make_customer(attributes=bill, consent="granted")]
    context = acting(world.dan)
    for customer_id in made:
        for purpose in ("retention", "service"):
            for at in (NOON, NOON + timedelta(hours=12)):
                decision = gate.decide(
                    session,
                    context=context,
                    view=view,
                    customer_id=customer_id,
                    purpose=purpose,
                    channel="phone",
                    at=at,
                )
                session.flush()
                session.expire(decision)
                again = gate.replay(decision, view=view)
                assert (again.verdict, again.until) == (decision.verdict, decision.until)


def test_only_attributes_that_a_rule_read_are_kept_and_personal_ones_sealed(ask, session, world, acting, make_customer):
    fields = (
        Field(key="dogs", label=WORDS, kind="integer"),
        Field(key="breed", label=WORDS, kind="text"),
        Field(key="ill", label=WORDS, kind="text", sensitivity="sensitive"),
    )
    customer_id = make_customer()
    acting(world.alice)
    row = session.scalars(select(Customer).where(Customer.id == customer_id)).one()
    row.attributes = {"pets": {"dogs": 3, "breed": "corgi", "ill": "mange"}}
    customers.add_identifier(
        session, context=world.alice.context, customer_id=customer_id, scheme="document:passport", value="E12345678"
    )
    session.commit()

    def read(subject, parameters):
        held = subject["attributes"]["pets"]
        return Reason(code="ill", text=WORDS, verdict="deny") if held["dogs"] and held.get("ill") == "mange" else None

    asked = rule("read", decide=read)
    decision = ask(asked, fields=fields, customer_id=customer_id)
    assert decision.verdict == "deny"
    assert decision.subject["attributes"] == {"pets.dogs": 3}
    assert "mange" not in str(decision.subject)
    view = Catalog([pets(asked, fields=fields)]).everything
    key = session.scalars(select(Customer).where(Customer.id == customer_id).options(undefer(Customer.data_key))).one()
    assert gate.replay(decision, view=view, data_key=key.data_key).verdict == "deny"


REFUSED = Answer(rule="core.export_empty", verdict="deny", code="core.export_empty", text=WORDS, citation="§ 2")


@pytest.mark.parametrize(
    ("mode", "answers", "verdict"),
    [
        ("on", {"core.export_granted": None, "core.export_empty": None}, "hold"),
        ("on", {"core.export_granted": None, "core.export_empty": REFUSED}, "deny"),
        ("shadow", {"core.export_granted": None, "core.export_empty": REFUSED}, "deny"),
    ],
)
def test_a_stored_decision_on_an_export_replays_to_the_same_verdict(session, world, acting, mode, answers, verdict):
    leaving = replace(saying("leaving", "allow"), action="export", mandatory=False)
    view = TailoredView([pets(leaving)], Tailoring(revision=1, rules={"pets.leaving": mode}))
    about = {"what": "records", "fields": ["number"], "rows": 4}
    decision = decide_export(
        session, context=acting(world.carol), view=view, purpose="service", answers=answers, about=about
    )
    session.flush()
    session.expire(decision)
    for earlier in (False, True):
        if earlier:  # decisions of earlier days kept only what did not pass
            kept = {key: value for key, value in decision.subject.items() if key != "checked"}
            decision = SimpleNamespace(**{name: getattr(decision, name) for name in REPLAYED}, subject=kept)
        again = gate.replay(decision, view=view)
        assert (again.verdict, decision.verdict) == (verdict, verdict)
        assert [each.code for each in again.findings] == [said["code"] for said in decision.reasons]
        assert again.rules["pets.leaving"]["verdict"] == "hold"
        assert [each.rule for each in again.shadow] == (["pets.leaving"] if mode == "shadow" else [])


REPLAYED = ("action", "verdict", "reasons", "rules", "tenant_id")


def test_a_stored_decision_on_a_reveal_replays_to_the_same_verdict(session, world, acting, make_customer):
    hidden = replace(saying("hidden", "hold"), action="reveal")
    view = Catalog([pets(hidden)]).everything
    customer_id, context = make_customer(), acting(world.carol)
    for answer, verdict in ((None, "hold"), (REFUSED, "deny")):
        decision = decide_reveal(
            session, context=context, view=view, customer_id=customer_id, purpose="service",
            answers={"core.reveal_quota": answer}, besides={},
        )  # fmt: skip
        session.flush()
        session.expire(decision)
        again = gate.replay(decision, view=view)
        assert (again.verdict, decision.verdict) == (verdict, verdict)
        assert again.rules == decision.rules
