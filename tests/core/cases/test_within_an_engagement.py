"""A provider's step acts on records that no customer holds, inside the walls of its engagement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.cases import service
from core.cases.models import Case
from core.gate.models import Finding, GateDecision
from core.plugin import Rule, Transition
from core.plugin.catalog import Catalog
from core.plugin.params import ParameterSet
from core.records import service as records
from core.records.models import Record
from tests.core.cases import garden as gardening
from tests.core.cases.conftest import BEGIN
from tests.core.cases.garden import BED, PLANTING, WORDS


def rule(key, action, when):
    reason = {"zh-CN": "花园", "en": "The garden"}
    return Rule(
        key=key, label=WORDS, action=action, citation="Garden rules 3", verdict="warn", on=("bed",), reason=reason, when=when
    )  # fmt: skip


RULES = (
    rule("looked_at", "record_change", {"op": "and", "of": []}),
    rule("in_use", "record_watch", {"op": "eq", "field": "record.state", "value": "planted"}),
)
FLOW = replace(
    PLANTING,
    transitions=(
        Transition(key="sow", label=WORDS, source="new", target="dug", effects=("set_record_state:planted",)),
        Transition(key="clear", label=WORDS, source="dug", target="over", effects=("set_record_state:fallow",)),
    ),
    timers=(),
)


@pytest.fixture
def shared():
    """The garden with beds that both parties see."""
    bed = replace(BED, exposure="shared", moves={})
    made = gardening.garden(FLOW, rules=RULES, parameters=ParameterSet(rows=(BEGIN,)))
    return Catalog([replace(made, record_types=(bed,))]).everything


@pytest.mark.parametrize("held", [True, False])
def test_an_agents_step_moves_a_record_that_rules_watch(session, world, acting, planted, make_customer, shared, held):
    customer_id = make_customer()
    bed = records.create_record(
        session, context=acting(world.carol), view=shared, type="garden.bed", customer_id=customer_id if held else None
    )
    bed_id = bed.id
    session.commit()
    _view, case_id = planted(view=shared, customer_id=customer_id, record_id=bed_id, by=world.dan)
    for step in ("sow", "clear"):
        context = acting(world.dan)
        version = session.scalar(select(Case.version).where(Case.id == case_id))
        service.take_step(
            session, context=context, view=shared, case_id=case_id, version=version, transition=step
        )  # fmt: skip
        session.commit()
    acting(world.alice)
    assert session.scalar(select(Record.state).where(Record.id == bed_id)) == "fallow"
    asked = session.scalars(select(GateDecision.engagement_id).where(GateDecision.action == "record_change")).all()
    assert asked.count(world.engagement_id) == 2
    # What a provider's act found is the client's to settle; without a holder the client's own session finds it.
    assert list(session.scalars(select(Finding.state))) == (["open"] if held else [])
