"""A step that needs a second person waits for one; so does a step that the gate holds, and nobody approves their own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.cases import second, service
from core.cases.models import Case
from core.errors import Conflict, Denied, Invalid
from core.gate.acts import GateDenied, GateRefused
from core.gate.models import GateDecision
from core.plugin import Rule
from tests.core.cases.garden import WORDS


def rule(verdict, **more) -> Rule:
    given = {"steps": ("plant", "dig"), "when": {"op": "and", "of": []}, **more}
    return Rule(
        key="no_frost", label=WORDS, action="case_step", citation="Garden rules 2", verdict=verdict, on=("planting",),
        reason={"zh-CN": "霜冻", "en": "There is frost."}, **given,
    )  # fmt: skip


@pytest.fixture
def version(session):
    return lambda case_id: session.scalar(select(Case.version).where(Case.id == case_id))


@pytest.fixture
def step(session, world, acting, version):
    def take(view, case_id, transition, *, by=None, **values):
        context = acting(by or world.carol)
        case = service.take_step(
            session,
            context=context,
            view=view,
            case_id=case_id,
            version=version(case_id),
            transition=transition,
            **values,
        )
        session.commit()
        return case

    return take


@pytest.fixture
def ask(session, world, acting, version):
    def make(view, case_id, transition, *, by=None, **values):
        context = acting(by or world.carol)
        made = second.ask_step(
            session,
            context=context,
            view=view,
            case_id=case_id,
            version=version(case_id),
            transition=transition,
            **values,
        )
        approval_id = made.id
        session.commit()
        return approval_id

    return make


@pytest.fixture
def approve(session, acting, monkeypatch):
    def decide(view, approval_id, *, by):
        monkeypatch.setitem(approvals.HANDLERS, second.KIND, second.Taken(lambda _session, _context: view))
        context = acting(by)
        at = session.scalar(select(Approval.version).where(Approval.id == approval_id))
        row = approvals.decide(session, context=context, approval_id=approval_id, version=at, approve=True)
        session.commit()
        return dict(row.result)

    return decide


@pytest.fixture
def read(session, world, acting):
    def case(case_id) -> Case:
        acting(world.alice)
        return session.scalars(select(Case).where(Case.id == case_id)).one()

    return case


def test_a_step_that_needs_a_second_person_is_taken_in_the_name_of_who_asked(
    session, world, planted, step, ask, approve, read
):
    view, case_id = planted()
    step(view, case_id, "dig")
    with pytest.raises(service.ApprovalNeeded):
        step(view, case_id, "burn", values={"why": "blight"})
    asked = ask(view, case_id, "burn", values={"why": "blight"}, reason="the whole bed")
    assert read(case_id).state == "dug"
    with pytest.raises(Denied):
        approve(view, asked, by=world.carol)
    result = approve(view, asked, by=world.alice)
    case = read(case_id)
    assert (case.state, case.attributes, result["taken"]) == ("over", {"garden": {"why": "blight"}}, True)
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == case_id, AuditEntry.action == "case.transitioned")
        .order_by(AuditEntry.id.desc())
    ).first()  # fmt: skip
    assert entry.participant_id == world.carol.context.participant_id
    assert entry.details["approval_id"] == str(asked)


def test_what_the_step_requires_is_asked_for_before_anybody_is_asked_to_approve(planted, step, ask):
    view, case_id = planted()
    step(view, case_id, "dig")
    with pytest.raises(Invalid):
        ask(view, case_id, "burn")


def test_a_case_that_went_on_meanwhile_stays_where_it_is_and_the_request_says_so(
    world, planted, step, ask, approve, read
):
    view, case_id = planted()
    step(view, case_id, "dig")
    asked = ask(view, case_id, "burn", values={"why": "blight"})
    with pytest.raises(Conflict):
        ask(view, case_id, "burn", values={"why": "again"})
    step(view, case_id, "rest")
    assert approve(view, asked, by=world.alice) == {"taken": False, "moved_on": True, "case": read(case_id).number}
    assert read(case_id).state == "late"


def test_a_step_that_needs_nobody_is_not_asked_for(planted, ask):
    view, case_id = planted()
    with pytest.raises(Conflict, match="needs no approval"):
        ask(view, case_id, "dig")


def test_a_step_that_the_gate_holds_is_taken_once_somebody_lifted_the_hold(
    session, world, garden, planted, step, ask, approve, read
):
    view, case_id = planted(view=garden(rules=(rule("hold"),)))
    with pytest.raises(GateRefused) as refused:
        step(view, case_id, "dig")
    assert refused.value.approvable == ["garden.no_frost"]
    session.rollback()
    assert read(case_id).state == "new"
    asked = ask(view, case_id, "dig")
    assert approve(view, asked, by=world.alice)["taken"] is True
    assert read(case_id).state == "dug"
    verdicts = session.scalars(
        select(GateDecision.verdict).where(GateDecision.case_id == case_id).order_by(GateDecision.id)
    ).all()
    assert verdicts == ["hold", "warn"]


def test_what_the_gate_denies_no_second_person_lifts(session, world, acting, garden, planted, step, ask):
    view, case_id = planted(view=garden(rules=(rule("deny"),)))
    for attempt in (step, ask):
        with pytest.raises(GateDenied, match="not allowed"):
            attempt(view, case_id, "dig")
        session.rollback()


def test_a_rule_may_stop_an_opening(session, garden, planted):
    with pytest.raises(GateDenied):
        planted(view=garden(rules=(rule("deny", steps=(), when={"op": "eq", "field": "case.target", "value": "new"}),)))
    session.rollback()
