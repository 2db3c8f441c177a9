"""A case keeps its definition: what a tenant tailors, or a vertical changes under one version, makes another revision."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.cases import service
from core.cases.definitions import from_document, to_document
from core.cases.models import Case, WorkflowVersion
from core.cases.pinning import pinned_workflow
from core.errors import Conflict
from core.plugin.tailored import WorkflowTailoring, tailored
from tests.core.cases.garden import PLANTING, WATERING


@pytest.fixture
def revision(session, world, acting):
    def of(case_id):
        acting(world.carol)
        return session.execute(
            select(Case.workflow_version, Case.workflow_revision).where(Case.id == case_id)
        ).one()  # fmt: skip

    return of


@pytest.fixture
def take(session, world, acting):
    def step(view, case_id, transition, **values):
        context = acting(world.carol)
        newest = session.scalar(select(Case.version).where(Case.id == case_id))
        return service.take_step(
            session, context=context, view=view, case_id=case_id, version=newest, transition=transition, **values
        )

    return step


def test_the_same_definition_is_kept_once(session, planted, revision):
    _view, first = planted()
    _view, second = planted()
    assert revision(first) == revision(second) == (1, 1)
    assert (
        len(session.scalars(select(WorkflowVersion.id).where(WorkflowVersion.workflow == "garden.planting")).all()) == 1
    )


def test_a_tailored_workflow_is_a_revision_and_older_cases_keep_theirs(
    session, world, acting, garden, planted, revision
):
    plain, old = planted()
    setting = WorkflowTailoring(labels={"step:dig": {"en": "Turn the soil"}}, steps_off=("burn",))
    changed = garden(tailored(PLANTING, setting), WATERING)
    _, new = planted(view=changed)
    assert (revision(old), revision(new)) == ((1, 1), (1, 2))
    acting(world.carol)
    kept = pinned_workflow(session, workflow="garden.planting", version=1, revision=2)
    assert next(each.label["en"] for each in kept.transitions if each.key == "dig") == "Turn the soil"
    assert "burn" not in [each.key for each in kept.transitions]
    assert "burn" in [
        each.key for each in pinned_workflow(session, workflow="garden.planting", version=1, revision=1).transitions
    ]
    _, third = planted(view=plain)
    assert revision(third) == (1, 1)


def test_a_step_that_the_tenant_switched_off_is_gone_for_new_cases_only(garden, planted, take):
    changed = garden(tailored(PLANTING, WorkflowTailoring(steps_off=("burn",))), WATERING)
    view, case_id = planted(view=changed)
    take(view, case_id, "dig")
    with pytest.raises(Conflict, match="does not exist"):
        take(view, case_id, "burn")


def test_a_document_is_read_back_as_it_was_and_by_a_newer_contract():
    document = to_document(PLANTING)
    assert to_document(from_document(document)) == document
    for key in ("timers", "record_type", "record_required", "fields"):
        del document[key]
    for step in document["transitions"]:
        del step["approval"], step["optional"]
    document["colour"] = "green"
    old = from_document(document)
    assert (old.timers, old.record_type, old.transitions[0].approval) == ((), None, False)


def test_a_required_field_that_the_tenant_added_is_asked_for(garden, planted, take):
    from core.errors import Invalid

    strict = tailored(PLANTING, WorkflowTailoring(required={"dig": ("why",)}))
    view, case_id = planted(view=garden(strict, WATERING))
    with pytest.raises(Invalid):
        take(view, case_id, "dig")
    assert take(view, case_id, "dig", values={"why": "spring"}).state == "dug"


def test_a_guard_that_fails_lets_nothing_pass_and_says_so(planted, take, monkeypatch):
    from core.cases import moves

    def broken(_step, *, view):
        def guard(_known):
            raise ZeroDivisionError

        return guard

    view, case_id = planted()
    monkeypatch.setattr(moves, "guard_of", broken)
    with pytest.raises(Conflict, match="condition failed"):
        take(view, case_id, "dig")


def test_a_guard_that_is_slow_is_told_and_what_it_says_counts(planted, take, monkeypatch):
    from core.cases import moves

    told: list[tuple[str, str]] = []
    times = iter((0.0, 0.2))
    view, case_id = planted()
    monkeypatch.setattr(moves, "guard_of", lambda _step, *, view: lambda _known: False)
    monkeypatch.setattr(moves.time, "monotonic", lambda: next(times, 0.2))
    monkeypatch.setattr(moves.LOG, "warning", lambda message, **more: told.append((message, more["step"])))
    with pytest.raises(Conflict, match="not possible yet"):
        take(view, case_id, "dig")
    assert told == [("guard is slow", "dig")]
