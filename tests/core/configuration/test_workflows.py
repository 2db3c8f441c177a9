"""A tailored workflow: other words, optional steps off, more fields asked for; open cases keep what they began with."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.cases import service as cases
from core.cases.models import Case, WorkflowSetting
from core.configuration import workflows
from core.errors import Invalid, NotFound, Stale
from core.plugin.catalog import Catalog
from core.plugin.tailored import TailoredView, Tailoring, WorkflowTailoring
from tests.core.cases.garden import garden

FLOW = "telecom.complaint"
GARDEN = Catalog([garden()])


@pytest.fixture
def save(session, world, entered):
    def make(wanted, *, version=None, by=None, workflow=FLOW):
        context, view = entered(by or world.alice)
        row = workflows.save(session, context=context, view=view, workflow=workflow, wanted=wanted, version=version)
        found = row.version if row is not None else 0
        session.commit()
        return found

    return make


LABELS = WorkflowTailoring(labels={"step:close": {"en": "Shut"}, "": {"en": "Grievance"}})


def test_open_cases_keep_their_version_and_new_ones_get_the_new(session, world, entered, make_customer, save):
    customer = make_customer()
    context, view = entered(world.alice)
    cases.open_case(session, context=context, view=view, customer_id=customer, workflow=FLOW)
    session.commit()
    save(LABELS)
    context, view = entered(world.alice)
    assert view.workflows[FLOW].label["en"] == "Grievance"
    cases.open_case(session, context=context, view=view, customer_id=customer, workflow=FLOW)
    session.commit()
    entered(world.alice)
    assert session.scalars(select(Case.workflow_revision).order_by(Case.number)).all() == [1, 2]


def test_what_is_saved_is_audited_once_and_saving_it_again_changes_nothing(session, world, entered, save):
    assert save(LABELS, version=0) == 1
    context, _ = entered(world.alice)
    assert save(LABELS, version=1) == 1
    again, _ = entered(world.alice)
    assert again.tailoring == context.tailoring
    acts = session.execute(select(AuditEntry.fields).where(AuditEntry.action == "workflow.tailored")).scalars().all()
    assert acts == [["labels"]]


def test_of_two_people_who_change_one_workflow_the_second_is_told(session, world, entered, save):
    save(LABELS, version=0)
    for seen in (0, 7):
        with pytest.raises(Stale):
            save(WorkflowTailoring(), version=seen)
    assert save(WorkflowTailoring(), version=1) == 2
    _, view = entered(world.alice)
    assert view.workflows[FLOW].label["en"] != "Grievance"


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        (WorkflowTailoring(labels={"step:fly": {"en": "Fly"}}), "labels.step:fly"),
        (WorkflowTailoring(labels={"close": {"en": "Bare"}}), "labels.close"),
        (WorkflowTailoring(labels={"step:close": {"fr": "Fermer"}}), "labels.step:close.fr"),
        (WorkflowTailoring(labels={"step:close": {"en": "x" * 81}}), "labels.step:close.en"),
        (WorkflowTailoring(steps_off=("fly",)), "steps_off.fly"),
        (WorkflowTailoring(steps_off=("close",)), "steps_off.close"),
        (WorkflowTailoring(required={"fly": ("x",)}), "required.fly"),
        (WorkflowTailoring(required={"close": ("no_such_field",)}), "required.close.no_such_field"),
        (WorkflowTailoring(required={"close": ("own.none",)}), "required.close.own.none"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_told_with_its_place(session, entered, save, wanted, place):
    with pytest.raises(Invalid) as refused:
        save(wanted)
    assert place in [each.field for each in refused.value.errors]
    assert session.scalars(select(WorkflowSetting)).all() == []


def test_a_workflow_of_a_vertical_that_is_off_is_not_there(save):
    with pytest.raises(NotFound):
        save(WorkflowTailoring(), workflow="banking.complaint")


def test_optional_steps_can_be_off_and_steps_can_ask_for_more():
    wanted = WorkflowTailoring(steps_off=("burn",), required={"dig": ("garden.why",), "burn": ()})
    view = TailoredView([*GARDEN.verticals.values()], Tailoring(revision=1, workflows={"garden.planting": wanted}))
    assert list(workflows.faults(GARDEN.everything, "garden.planting", workflows.tidied(wanted, owner="garden"))) == []
    flow = view.workflows["garden.planting"]
    assert "burn" not in [step.key for step in flow.transitions]
    tidy = workflows.tidied(wanted, owner="garden")
    assert tidy == WorkflowTailoring(steps_off=("burn",), required={"dig": ["why"]})
    wrong = workflows.faults(GARDEN.everything, "garden.planting", WorkflowTailoring(steps_off=("plant",)))
    assert [each.field for each in wrong] == ["steps_off.plant"]


def test_the_same_key_of_a_state_and_a_step_have_labels_of_their_own():
    setting = WorkflowTailoring(
        labels={"state:dug": {"en": "Turned"}, "step:dig": {"en": "Turn"}, "timer:begin": {"en": "Soon"}}
    )
    flow = TailoredView(
        [*GARDEN.verticals.values()], Tailoring(revision=1, workflows={"garden.planting": setting})
    ).workflows["garden.planting"]
    assert next(each.label["en"] for each in flow.states if each.key == "dug") == "Turned"
    assert next(each.label["en"] for each in flow.transitions if each.key == "dig") == "Turn"
    assert flow.timers[0].label["en"] == "Soon"
    assert flow.label["zh-CN"] == "花园"


def test_a_step_does_not_ask_for_a_field_that_nobody_can_see():
    setting = WorkflowTailoring(required={"dig": ("why", "own.gone")})
    view = TailoredView([*GARDEN.verticals.values()], Tailoring(revision=1, workflows={"garden.planting": setting}))
    asked = {step.key: step.required for step in view.workflows["garden.planting"].transitions}
    assert asked["dig"] == ("why",)
