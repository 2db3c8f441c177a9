"""A configuration as a file: out of one workspace, looked at and brought into another, whole or not at all."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import func, select

from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.calendars import service as calendars
from core.calendars.models import CalendarDay
from core.cases.models import WorkflowSetting
from core.clocks import jobs as clock_jobs
from core.configuration import document, transfer, workflows
from core.configuration.view import make_view
from core.errors import Invalid, Stale
from core.fields import own, settings
from core.fields.models import FieldSetting, TenantField
from core.gate import modes
from core.jobs.models import BulkRun
from core.plugin.tailored import WorkflowTailoring
from core.testing.people import make_world
from tests.core.configuration.conftest import ANSWER

TODAY = date(2026, 6, 1)
FLOW = "telecom.complaint"


@pytest.fixture
def fresh(app):
    return lambda session, context: make_view(session, context=context, catalog=app.extensions["kehub"]["catalog"])


@pytest.fixture
def file_of(session, world, entered):
    """The file of a workspace, as bytes."""

    def make(person=None):
        context, view = entered(person or world.alice)
        return transfer.export(session, context=context, view=view, on=TODAY).encode()

    return make


@pytest.fixture
def look(session, entered, fresh):
    def make(person, raw):
        context, _ = entered(person)
        return transfer.rehearse(session, context=context, raw=raw, on=TODAY, make_view=fresh)

    return make


@pytest.fixture
def bring(session, entered, fresh):
    def make(person, raw, **given):
        context, _ = entered(person)
        plan = transfer.bring_in(
            session, context=context, raw=raw, on=TODAY, make_view=fresh, **{"reason": "As agreed", **given}
        )
        session.commit()
        return plan

    return make


@pytest.fixture
def rule(app):
    """A rule of telecom that is not law."""
    view = app.extensions["kehub"]["catalog"].view(frozenset({"telecom"}))
    return next((key for key, each in view.rules().items() if not each.mandatory), None)


@pytest.fixture
def tailored(session, world, entered, own_value, rule):
    """A workspace in which everything is tailored."""
    context, view = entered(world.alice)
    given = {"context": context, "view": view, "target": "customer"}
    word = own.Wanted(label={"en": "Club", "zh-CN": "俱乐部"}, kind="text")
    first = own.create_field(session, key="club", wanted=word, **given)
    session.commit()
    context, view = entered(world.alice)
    given = {"context": context, "view": view, "target": "customer"}
    shown = {"op": "eq", "field": "own.club", "value": "gold"}
    own.create_field(
        session, key="aide", wanted=own.Wanted(label={"en": "Aide"}, kind="text", show_when=shown), **given
    )
    name = next(name for name, each in view.fields().items() if name.startswith("telecom.") and not each.required)
    settings.set_field(session, name=name, shown=True, required=False, label={"en": "Tariff"}, **given)
    workflows.save(
        session, context=context, view=view, workflow=FLOW, wanted=WorkflowTailoring(labels={"": {"en": "Grievance"}})
    )
    calendars.set_day(session, context=context, country="CN", day=date(2026, 9, 9), kind="off", name="Founders' day")
    assert first is not None
    session.commit()
    context, view = entered(world.alice)
    order = [name, *(each for each in view.all_fields() if each != name)]
    settings.order_fields(session, context=context, view=view, target="customer", names=order)
    if rule:
        modes.set_rule_mode(session, context=context, view=view, rule=rule, mode="shadow")
    session.commit()
    own_value(10, date(2026, 1, 1))
    own_value(12, date(2026, 7, 1))
    return world


@pytest.fixture
def other(app):
    return make_world(app, verticals=("telecom",))


def outcomes(plan):
    return {each.place: each.outcome for each in plan.changes}


def test_a_file_carries_everything_into_another_workspace_and_a_second_time_changes_nothing(
    session, entered, tailored, other, file_of, look, bring, decide, rule
):
    raw = file_of()
    assert str(tailored.tenant_id) not in raw.decode()
    plan = look(other.alice, raw)
    assert plan.refused == []
    assert {each.section for each in plan.changes} == set(document.SHAPES) - ({"rules"} if rule is None else set())
    entered(other.alice)
    for model in (TenantField, FieldSetting, WorkflowSetting, CalendarDay, Approval):
        assert session.scalar(select(func.count(model.id))) == 0, f"looking kept a {model.__name__}"
    brought = bring(other.alice, raw, digest=plan.digest)
    assert outcomes(brought) == outcomes(plan)
    again = bring(other.alice, raw)
    assert set(outcomes(again).values()) == {"unchanged", "waiting"}
    entered(other.alice)
    waiting = session.scalars(select(Approval.id).where(Approval.state == "requested").order_by(Approval.number)).all()
    assert len(waiting) == 2 + (rule is not None)
    assert session.scalar(select(func.count(BulkRun.id)).where(BulkRun.kind == clock_jobs.KIND)) == 1
    for each in waiting:
        decide(each, by=other.carol)
    assert set(outcomes(look(other.alice, raw)).values()) == {"unchanged"}
    assert json.loads(file_of(other.alice)) == json.loads(raw)
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("configuration.%"))).all()
    assert sorted(acts) == ["configuration.exported", "configuration.imported"]


def written(**sections):
    return document.written(sections).encode()


def test_what_differs_is_shown_with_before_and_after(session, world, look, bring):
    bring(world.alice, written(workflows=[{"workflow": FLOW, "labels": {"": {"en": "Old"}}}]))
    plan = look(world.alice, written(workflows=[{"workflow": FLOW, "labels": {"": {"en": "New"}}}]))
    (change,) = plan.changes
    assert (change.outcome, change.rows) == ("changed", [("labels", {"": {"en": "Old"}}, {"": {"en": "New"}})])


@pytest.mark.parametrize(
    ("section", "item", "place", "said"),
    [
        ("rules", {"rule": "telecom.no_such", "mode": "off"}, "rules[0].rule", "telecom.no_such"),
        ("rules", {"rule": "banking.no_such", "mode": "off"}, "rules[0].rule", "banking.no_such"),
        ("parameters", {"parameter": "telecom.none", "jurisdiction": "CN", "value": 1, "effective_from": "2026-01-01"},
         "parameters[0].parameter", "telecom.none"),
        ("parameters", {"parameter": ANSWER, "jurisdiction": "GB", "value": 1, "effective_from": "2026-01-01"},
         "parameters[0].jurisdiction", "GB"),
        ("parameters", {"parameter": ANSWER, "jurisdiction": "CN", "value": 16, "effective_from": "2026-01-01"},
         "parameters[0].value", "at most"),
        ("parameters", {"parameter": ANSWER, "jurisdiction": "CN", "value": True, "effective_from": "2026-01-01"},
         "parameters[0].value", "not a number"),
        ("parameters", {"parameter": ANSWER, "jurisdiction": "CN", "value": 9, "effective_from": "2026-01-02",
                        "effective_to": "2026-01-02"}, "parameters[0].effective_to", "last day"),
        ("workflows", {"workflow": "telecom.none"}, "workflows[0].workflow", "telecom.none"),
        ("workflows", {"workflow": FLOW, "labels": {"step:fly": {"en": "Fly"}}}, "workflows[0].labels.step:fly", "step:fly"),
        ("workflows", {"workflow": FLOW, "steps_off": ["close"]}, "workflows[0].steps_off.close", "not optional"),
        ("workflows", {"workflow": FLOW, "required": {"close": ["own.none"]}}, "workflows[0].required.close.own.none", "own.none"),
        ("fields", {"target": "moon", "key": "a", "kind": "text", "label": {"en": "A"}}, "fields[0].target", "moon"),
        ("fields", {"target": "customer", "key": "a", "kind": "poem", "label": {"en": "A"}}, "fields[0].kind", "no such kind"),
        ("field_settings", {"target": "customer", "field": "telecom.none"}, "field_settings[0].field", "telecom.none"),
        ("field_order", {"target": "customer", "names": ["own.none"]}, "field_order[0].names[0]", "own.none"),
        ("calendar_days", {"calendar": "CN", "day": "2026-01-01", "kind": "maybe", "name": "X"}, "calendar_days[0].kind",
         "worked or off"),
    ],
)  # fmt: skip
def test_unknown_names_in_a_configuration_file_are_told_with_their_place(
    session, world, look, bring, section, item, place, said
):
    """So are values below the floor, and nothing of the file is kept."""
    good = {"calendar": "CN", "day": "2026-09-09", "kind": "off", "name": "Fair"}
    days = [item, good] if section == "calendar_days" else [good]
    raw = written(**{section: [item], "calendar_days": days} if section != "calendar_days" else {section: days})
    (refused,) = look(world.alice, raw).refused
    (problem,) = refused.problems
    assert problem.field == place
    assert said in problem.message % problem.params
    with pytest.raises(Invalid, match="Nothing was changed"):
        bring(world.alice, raw)
    session.rollback()


def test_overlapping_days_and_entries_that_are_there_twice_are_refused(world, look):
    own_value = {"parameter": ANSWER, "jurisdiction": "CN", "value": 9, "effective_from": "2026-01-01"}
    later = {**own_value, "effective_from": "2026-05-01"}
    plan = look(world.alice, written(parameters=[own_value, later], workflows=[{"workflow": FLOW}] * 2))
    assert {each.place: each.problems[0].params for each in plan.refused} == {
        "parameters[1]": {"place": "parameters[0]"}, "workflows[1]": {"place": "workflows[0]"},
    }  # fmt: skip
    fitting = look(world.alice, written(parameters=[{**own_value, "effective_to": "2026-05-01"}, later]))
    assert outcomes(fitting) == {"parameters[0]": "asked", "parameters[1]": "asked"}


def test_a_law_of_the_house_cannot_be_switched_off_by_a_file(app, world, look):
    view = app.extensions["kehub"]["catalog"].view(frozenset({"telecom"}))
    law = next(key for key, each in view.rules().items() if each.mandatory)
    (refused,) = look(world.alice, written(rules=[{"rule": law, "mode": "off"}])).refused
    assert "law" in refused.problems[0].message


def test_who_changed_a_setting_since_the_preview_is_not_overwritten(session, world, look, bring):
    raw = written(workflows=[{"workflow": FLOW, "labels": {"": {"en": "Mine"}}}])
    seen = look(world.alice, raw).digest
    bring(world.carol, written(workflows=[{"workflow": FLOW, "labels": {"": {"en": "Carol's"}}}]))
    with pytest.raises(Stale, match="Look again"):
        bring(world.alice, raw, digest=seen)
    session.rollback()


def test_a_request_has_a_reason(session, world, bring):
    with pytest.raises(Invalid, match="Say why"):
        bring(world.alice, written(), reason=" ")
    session.rollback()


WRONG = b'{"format": "kehub.configuration", "version": 1, '


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "JSON"), (b"{", "JSON"), (b"\xff\xfe", "UTF-8"), (b"[]", "no configuration"),
        (b'{"format": "x"}', "no configuration"),
        (b'{"format": "kehub.configuration", "version": 2}', "another version"),
        (b'{"format": "kehub.configuration", "version": true}', "another version"),
        (b"[" * 200_000, "deeply"), (b" " * (document.LIMIT + 1), "larger"), (WRONG + b'"rules": NaN}', "JSON"),
        (WRONG + b'"wolves": []}', "wolves"), (WRONG + b'"rules": {}}', "list"), (WRONG + b'"rules": [7]}', "object"),
        (WRONG + b'"rules": [{"rule": "a"}]}', "filled in"), (WRONG + b'"rules": [{"rule": "a", "mode": 7}]}', "kind"),
        (WRONG + b'"rules": [{"rule": "a", "mode": "on", "x": 1}]}', "x"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_configuration_says_why(raw, said):
    with pytest.raises(Invalid) as refused:
        document.read(raw)
    told = [refused.value, *refused.value.errors]
    assert any(said in each.message % each.params for each in told)
