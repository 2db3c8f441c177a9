"""What a watching rule finds gets a case; where the gate refuses it, the finding stands and the gate's decision is kept."""

from __future__ import annotations

from sqlalchemy import func, select

from core.cases.found import CasesOfFindings
from core.cases.models import Case
from core.db.base import new_id
from core.gate.events import FindingRaised
from core.gate.models import GateDecision
from core.plugin import Rule
from core.records.models import Record
from tests.core.cases.garden import WORDS


def test_the_gates_refusal_of_a_found_case_is_kept(session, world, acting, garden, make_customer):
    customer_id = make_customer()
    context = acting(world.carol)
    frost = Rule(
        key="frost", label=WORDS, action="case_step", citation="Garden rules 2", verdict="hold", on=("planting",),
        reason=WORDS, when={"op": "and", "of": []},
    )  # fmt: skip
    record = Record(type="garden.bed", number=1, customer_id=customer_id, state="new")
    session.add(record)
    session.flush()
    raised = FindingRaised(
        context=context, subject=new_id(), number=1, rule="garden.frost", severity="low", about_type="record",
        about_id=record.id, customer_id=customer_id, opens="garden.planting",
    )  # fmt: skip
    CasesOfFindings(lambda _session, _context: garden(rules=(frost,)))(session, raised)
    session.commit()
    acting(world.carol)
    assert session.scalar(select(func.count()).select_from(Case).where(Case.customer_id == customer_id)) == 0
    assert session.scalars(select(GateDecision.verdict).where(GateDecision.customer_id == customer_id)).all() == [
        "hold"
    ]
