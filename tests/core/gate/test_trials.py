"""A dry run of a rule on stored decisions: what it would have stopped, and what cannot be known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.errors import Invalid, NotFound
from core.gate import trials
from core.gate.acts import decide_act
from core.gate.exports import decide_export
from core.gate.models import RuleTrialRow
from core.jobs import service as jobs
from core.jobs.tasks import run_inline
from core.plugin import Count, Parameter
from tests.core.gate.acting import WORDS, rule, saying, step, view_of

TODAY = date.today()  # noqa: DTZ011 - the period is generous
LARGE = {"op": "gt", "field": "pets.refund", "value": 100}


def limit(value: int) -> Parameter:
    return Parameter(
        key="most", value=value, unit="times", jurisdiction="*", effective_from=date(2000, 1, 1), effective_to=None,
        source_title="Pets Act", source_article="4", verified=True, label=WORDS,
    )  # fmt: skip


def over(subject, parameters):
    from core.plugin import Reason

    held = subject["case"]["attributes"].get("pets", {}).get("refund", 0)
    return Reason(code="over", text=WORDS, verdict="hold", parameters=("most",)) if held > parameters["most"] else None


OVER = rule("over", decide=over, parameters=("most",))


@pytest.fixture
def past(session, world, acting, make_customer):
    """Decisions on refunds of 50, 150 and 250, with `rules` on."""
    customer_id = make_customer()

    def make(*rules, refunds=(50, 150, 250)):
        context = acting(world.alice)
        view = view_of(*rules, parameters=(limit(100),))
        for refund in refunds:
            decide_act(session, context=context, view=view, act=step(customer_id, attributes={"refund": refund}))
        session.commit()
        return view

    return make


@pytest.fixture
def tried(session, world, acting, monkeypatch):
    def run(view, key, *, parameters=None, since=TODAY - timedelta(days=2), until=TODAY + timedelta(days=2)):
        monkeypatch.setitem(jobs._kinds, trials.KIND, trials.Trial(lambda _session, _context: view))
        context = acting(world.alice)
        begun = trials.start_trial(
            session, context=context, view=view, rule=key, since=since, until=until, parameters=parameters
        )
        run_id, begun.state = begun.id, "waiting"
        session.commit()
        done = run_inline(session, context=context, run_id=run_id)
        acting(world.alice)
        session.refresh(done)
        rows = session.scalars(select(RuleTrialRow).where(RuleTrialRow.run_id == run_id)).all()
        return done, rows

    return run


READS = rule("reads", decide=lambda subject, parameters: subject["case"]["attributes"]["pets"].get("refund") and None)


def test_it_tells_what_the_rule_would_have_stopped_and_what_was_said_then(past, tried):
    past(READS)
    new = rule("large", when=LARGE, verdict="deny", reason=WORDS)
    run, rows = tried(view_of(READS, new), "pets.large")
    assert (run.state, run.total, run.counts["done"], run.counts["stopped"]) == ("done", 3, 3, 2)
    assert (run.counts["deny"], run.counts["silent"], run.counts["unknown"]) == (2, 1, 0)
    assert {(row.was, row.verdict) for row in rows} == {("allow", "deny")}


def test_what_was_stopped_then_is_not_new(past, tried):
    past(READS, saying("no", "deny"))
    run, rows = tried(view_of(rule("large", when=LARGE, verdict="hold", reason=WORDS)), "pets.large")
    assert (run.counts["hold"], run.counts["stopped"], len(rows)) == (2, 0, 2)


def test_a_rule_on_exports_is_tried_on_those_that_were_asked(session, world, acting, tried):
    context, about = acting(world.alice), {"what": "records", "fields": ["number"], "rows": 4}
    decide_export(
        session,
        context=context,
        view=view_of(READS),
        purpose="service",
        answers={"core.export_empty": None},
        about=about,
    )
    session.commit()
    run, rows = tried(view_of(replace(saying("leaving", "deny"), action="export")), "pets.leaving")
    assert (run.counts["hold"], run.counts["stopped"], run.counts["unknown"]) == (1, 0, 0)
    assert [(row.was, row.verdict, row.customer_id) for row in rows] == [("hold", "hold", None)]


def test_other_numbers_are_tried_without_setting_them(past, tried):
    view = past(OVER)
    run, _rows = tried(view, "pets.over", parameters={"most": "200"})
    assert (run.counts["hold"], run.settings["parameters"]) == (1, {"most": "200"})
    run, _rows = tried(view, "pets.over")
    assert run.counts["hold"] == 2


def test_what_nobody_read_then_is_unknown_and_no_number(past, tried):
    past(saying("blind", "allow"))
    run, rows = tried(view_of(rule("large", when=LARGE, verdict="deny", reason=WORDS)), "pets.large")
    assert (run.counts["unknown"], run.counts["deny"], rows) == (3, 0, [])
    assert "case pets.refund" in run.counts["missing"]


def test_a_count_that_was_not_made_then_is_unknown(past, tried):
    past(READS)
    counting = rule(
        "many", counts=(Count(key="dogs", of="record:dog"),), verdict="deny", reason=WORDS,
        when={"op": "ge", "field": "counts.dogs", "value": 1},
    )  # fmt: skip
    run, _rows = tried(view_of(counting), "pets.many")
    assert (run.counts["unknown"], run.counts["missing"]) == (3, {"counts.dogs": 3})


def test_a_rule_on_other_steps_was_asked_about_something_else(past, tried):
    past(READS)
    run, _rows = tried(view_of(saying("open", "deny", steps=("open",))), "pets.open")
    assert (run.counts["elsewhere"], run.counts["asked"]) == (3, 0)


def test_a_period_without_decisions_is_done_at_once(past, tried):
    view = past(READS)
    run, rows = tried(view, "pets.reads", since=TODAY - timedelta(days=20), until=TODAY - timedelta(days=10))
    assert (run.state, run.total, rows) == ("done", 0, [])


def test_a_trial_needs_a_rule_a_period_and_values_of_the_parameters_kind(session, world, acting):
    view = view_of(OVER, parameters=(limit(1),))
    said = {"context": acting(world.alice), "view": view, "since": TODAY, "until": TODAY}
    with pytest.raises(NotFound):
        trials.start_trial(session, **said, rule="pets.nothing")
    with pytest.raises(Invalid):
        trials.start_trial(session, **{**said, "until": TODAY - timedelta(days=1)}, rule="pets.over")
    with pytest.raises(Invalid) as wrong:
        trials.start_trial(session, **said, rule="pets.over", parameters={"most": "many"})
    assert wrong.value.errors[0].field == "most"
