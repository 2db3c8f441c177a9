"""What a workflow may do besides moving: known effects only, and open complaints that stop offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.cases import service
from core.cases.checks import workflow_problems
from core.gate import service as gate
from core.plugin import Field, State, Transition, Vertical, Workflow
from core.plugin.catalog import Catalog, LoadedVertical

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = {"zh-CN": "宠物", "en": "Pets"}


def pets(*effects: str, guard=None) -> LoadedVertical:
    complaint = Workflow(
        key="complaint", label=WORDS, version=1, blocks_marketing=True,
        states=(State(key="new", label=WORDS, kind="initial"), State(key="over", label=WORDS, kind="done")),
        transitions=(
            Transition(key="note", label=WORDS, source="new", target="new", effects=effects, guard=guard,
                       guard_reason=WORDS if guard else None),
            Transition(key="end", label=WORDS, source="new", target="over"),
        ),
    )  # fmt: skip
    return LoadedVertical(
        vertical=Vertical(key="pets", label=WORDS, version="1", requires=">=1"), distribution="kehub-pets",
        module="pets.plugin", package="core", workflows=(complaint,),
        fields=(Field(key="urgent", label=WORDS, kind="boolean", on="case"),),
    )  # fmt: skip


@pytest.fixture
def moved(session, world, acting, make_customer):
    """A complaint case after its step `note`."""

    def make(vertical: LoadedVertical):
        view, customer_id = Catalog([vertical]).everything, make_customer(consent="granted")
        context = acting(world.carol)
        case = service.open_case(
            session, context=context, view=view, customer_id=customer_id, workflow="pets.complaint"
        )
        return service.take_step(
            session, context=context, view=view, case_id=case.id, version=case.version, transition="note"
        )

    return make


def test_an_effect_sets_a_field_of_the_case(moved):
    assert moved(pets("set_field:urgent.true")).attributes == {"pets": {"urgent": True}}


def test_an_effect_closes_the_case(moved):
    case = moved(pets("close:settled"))
    assert case.closed_at is not None
    assert case.outcome == "settled"


def test_an_open_complaint_holds_every_offer_until_it_is_settled(session, world, view, acting, moved):
    loaded = pets()
    case = moved(loaded)
    rules = Catalog([loaded]).everything
    asked = {
        "context": world.carol.context,
        "view": rules,
        "customer_id": case.customer_id,
        "channel": "phone",
        "at": NOON,
    }
    assert gate.decide(session, purpose="marketing", **asked).verdict == "hold"
    assert gate.decide(session, purpose="service", **asked).verdict == "allow"
    service.take_step(
        session, context=world.carol.context, view=rules, case_id=case.id, version=case.version, transition="end"
    )
    assert gate.decide(session, purpose="marketing", **asked).verdict == "allow"


def test_the_clients_complaint_holds_the_providers_offer(session, world, acting, moved):
    loaded = pets()
    case = moved(loaded)
    customer_id = case.customer_id
    session.commit()
    context = acting(world.dan)
    decision = gate.decide(
        session, context=context, view=Catalog([loaded]).everything, customer_id=customer_id, purpose="retention",
        channel="phone", at=NOON,
    )  # fmt: skip
    assert decision.verdict == "hold"


@pytest.mark.parametrize(
    "effect", ["explode", "do_not_contact:fun", "set_field:urgent.perhaps", "set_field:colour.red"]
)
def test_an_unknown_effect_stops_the_boot(effect):
    assert effect in next(iter(workflow_problems(pets(effect))))


def test_a_guard_that_names_nothing_stops_the_boot():
    (problem,) = workflow_problems(pets(guard={"op": "eq", "field": "pets.colour", "value": "red"}))
    assert "pets.colour" in problem


def test_the_shipped_verticals_pass(app):
    assert [
        problem
        for loaded in app.extensions["kehub"]["catalog"].verticals.values()
        for problem in workflow_problems(loaded)
    ] == []


def test_a_guard_of_a_pinned_case_that_names_a_dropped_field_never_holds():
    from core.cases.definitions import guard_of

    loaded = pets(guard={"op": "eq", "field": "pets.urgent", "value": True})
    dropped = Catalog([replace(loaded, fields=())]).everything
    guard = guard_of(loaded.workflows[0].transitions[0], view=dropped)
    assert guard is not None
    assert not guard({"pets.urgent": True})
