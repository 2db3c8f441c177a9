"""One act on many cases: a preview that changes nothing, a run in slices with an answer for each case, and the way back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.cases import bulk, details, service
from core.cases.models import Case, CaseBulkRow
from core.cases.queries import CaseFilters
from core.db import scope
from core.errors import Denied, Invalid, NotFound
from core.jobs import service as jobs
from core.jobs.tasks import job_context

FREE = CaseFilters(assignee="none")


@pytest.fixture
def cases(planted):
    """Three cases of the garden, opened by a person."""

    def make(count=3, *, by=None, **values):
        return [planted(by=by, **values)[1] for _ in range(count)]

    return make


@pytest.fixture
def tried(session, acting, garden):
    """A run over the cases on which an act was tried, committed."""

    def make(person, act, *, case_ids=(), filters=None, view=None):
        context = acting(person)
        run = bulk.choose(session, context=context, case_ids=case_ids, filters=filters)
        assert bulk.try_out(session, context=context, view=view or garden(), run=run, act=act)
        session.commit()
        return run

    return make


@pytest.fixture
def ran(session, acting, garden, monkeypatch):
    """The run worked to its end in slices, as the job does."""

    def make(person, run, *, view=None, seconds=5.0):
        monkeypatch.setitem(jobs._kinds, bulk.KIND, bulk.Changer(lambda _session, _context: view or garden()))
        acting(person)
        run = bulk.found_run(session, context=person.context, run_id=run.id)
        if run.settings["phase"] == "checked":
            bulk.start(session, context=person.context, run=run)
        jobs.begin(session, run=run)
        session.commit()
        context = job_context(tenant_id=run.tenant_id, participant_id=run.created_by, engagement_id=run.engagement_id)
        slices, more = 0, run
        while more is not None:
            scope.enter(session, context)
            more = jobs.work(session, context=context, run_id=run.id, seconds=seconds)
            session.commit()
            slices += 1
        acting(person)
        return bulk.found_run(session, context=person.context, run_id=run.id), slices

    return make


def to(person):
    return {"kind": "assign", "assignee_id": str(person.context.participant_id)}


def states(session, acting, person, ids):
    acting(person)
    rows = session.execute(select(Case.id, Case.state).where(Case.id.in_(ids)))
    return {row.id: row.state for row in rows}


def test_a_preview_counts_and_changes_nothing(session, world, acting, cases, tried):
    cases()
    run = tried(world.carol, to(world.alice), filters=FREE)
    assert (run.total, run.counts["possible"], run.settings["phase"]) == (3, 3, "checked")
    acting(world.carol)
    assert session.scalars(select(Case.id).where(Case.assignee_id.is_not(None))).all() == []


def test_each_case_gets_its_own_answer(session, world, acting, garden, planted, cases, tried, ran):
    ids = cases()
    view = garden()
    service.take_step(session, context=acting(world.carol), view=view, case_id=ids[0], version=2, transition="dig")
    session.commit()
    step = {"kind": "step", "workflow": "garden.planting", "transition": "dig", "values": {}, "note": "all of them"}
    run = tried(world.carol, step, case_ids=ids)
    assert run.counts == {"possible": 2, "refused": 1, "done": 0}
    details.assign(session, context=acting(world.carol), case_id=ids[1], version=2, assignee_id=None)
    details.change(session, context=world.carol.context, view=view, case_id=ids[1], version=2, severity="high")
    session.commit()
    done, _ = ran(world.carol, run)
    assert (done.state, done.counts["done"]) == ("done", 1)
    rows = {row.case_id: row for row in session.scalars(select(CaseBulkRow).where(CaseBulkRow.run_id == run.id))}
    assert [rows[each].outcome for each in ids] == ["refused", "refused", "done"]
    assert "does not exist" in rows[ids[0]].problem["message"]
    assert "changed since" in rows[ids[1]].problem["message"]
    assert states(session, acting, world.carol, ids) == {ids[0]: "dug", ids[1]: "new", ids[2]: "dug"}
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "cases.changed")).one()
    assert trail.details["done"] == 1


def test_it_works_in_slices_and_loses_none(session, world, acting, cases, tried, ran):
    ids = cases(5)
    run = tried(world.carol, {"kind": "severity", "severity": "urgent"}, case_ids=ids)
    done, slices = ran(world.carol, run, seconds=0.0)
    assert slices >= 5
    assert done.counts["done"] == 5
    assert set(session.scalars(select(Case.severity).where(Case.id.in_(ids)))) == {"urgent"}


def test_an_assignment_is_undone_where_nobody_touched_the_case_since(session, world, acting, garden, cases, tried, ran):
    ids = cases()
    run, _ = ran(world.carol, tried(world.carol, to(world.alice), case_ids=ids))
    context = acting(world.alice)
    now = session.scalar(select(Case.version).where(Case.id == ids[0]))
    details.change(session, context=context, view=garden(), case_id=ids[0], version=now, severity="high")
    session.commit()
    back = bulk.undo(
        session, context=acting(world.carol), run=bulk.found_run(session, context=world.carol.context, run_id=run.id)
    )
    session.commit()
    undone, _ = ran(world.carol, back)
    assert undone.counts["done"] == 2
    rows = session.execute(select(Case.id, Case.assignee_id).where(Case.id.in_(ids)))
    assert {row.id: row.assignee_id for row in rows} == {
        ids[0]: world.alice.context.participant_id, ids[1]: None, ids[2]: None,
    }  # fmt: skip


def test_a_providers_manager_shares_out_the_cases_of_the_engagement_alone(
    session, world, acting, make_customer, cases, tried, ran
):
    own = cases(2, by=world.dan)
    kept = cases(1, by=world.carol, customer_id=make_customer(name="钱", leased=False))
    run = tried(world.bob, to(world.dan), filters=FREE)
    run_id = run.id
    assert run.total == 2
    done, _ = ran(world.bob, run)
    assert done.counts["done"] == 2
    acting(world.alice)
    rows = session.execute(select(Case.id, Case.assignee_id).where(Case.id.in_([*own, *kept])))
    assert {row.id: row.assignee_id for row in rows} == {
        **dict.fromkeys(own, world.dan.context.participant_id), kept[0]: None,
    }  # fmt: skip
    with pytest.raises(NotFound):
        bulk.found_run(session, context=acting(world.carol), run_id=run_id)


def test_an_agent_does_not_act_on_many_and_nobody_on_none(session, world, acting, cases):
    ids = cases(1, by=world.dan)
    with pytest.raises(Denied):
        bulk.choose(session, context=acting(world.dan), case_ids=ids)
    with pytest.raises(Invalid, match="at least one"):
        bulk.choose(session, context=acting(world.carol))
    with pytest.raises(Invalid, match="No case"):
        bulk.choose(session, context=acting(world.carol), filters=CaseFilters(state="nowhere"))


def test_what_needs_a_second_person_one_by_one_is_refused_in_the_preview(session, world, acting, garden, cases, tried):
    ids = cases(1)
    service.take_step(session, context=acting(world.carol), view=garden(), case_id=ids[0], version=2, transition="dig")
    session.commit()
    act = {
        "kind": "step",
        "workflow": "garden.planting",
        "transition": "burn",
        "values": {"why": "blight"},
        "note": None,
    }
    run = tried(world.carol, act, case_ids=ids)
    assert run.counts == {"possible": 0, "refused": 1, "done": 0}
