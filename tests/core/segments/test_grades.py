"""Grades: simulated before anything moves, activated by a second person, patient, explained, and set by hand until a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.approvals import service as approvals
from core.customers.models import Customer
from core.db import scope
from core.errors import Conflict, Denied, Invalid
from core.segments import evaluating, overriding, schemes
from core.segments.models import GradeChange, GradeScheme, GradeStanding
from core.testing.people import make_world

FIELD = "telecom.monthly_charge"


@pytest.fixture
def world(app):
    """One live scheme a tenant: a client of its own for each test."""
    return make_world(app, verticals=("telecom",))


@pytest.fixture
def drafted(session, world, acting, view):
    """A draft that was simulated; `changes` to what it starts with."""

    def make(**changes):
        context = acting(world.alice)
        row = schemes.make(session, context=context, name="Pyramid", field=FIELD)
        values = {
            "name": row.name, "basis": row.basis, "field": FIELD, "period": "month", "promote_after": 2, "demote_after": 3,
            "second_person": False, "verified": False, "grades": row.grades, **changes,
        }  # fmt: skip
        row = schemes.change(session, context=context, view=view, scheme_id=row.id, version=row.version, values=values)
        row = schemes.try_out(session, context=context, view=view, scheme_id=row.id, version=row.version)
        session.commit()
        acting(world.alice)
        return row

    return make


@pytest.fixture
def live(session, world, acting, drafted, worked):
    """A live scheme of two grades by value, A from 10,000, whose first evaluation is done."""

    def make(**changes):
        grades = [
            {"label": {"zh-CN": "高", "en": "High"}, "cut": 10_000, "treatment": {"contact_cap": 2}},
            {"label": {"zh-CN": "低", "en": "Low"}, "cut": None, "treatment": {}},
        ]
        row = drafted(basis="value", grades=grades, **changes)
        schemes.ask(session, context=world.alice.context, scheme_id=row.id, version=row.version)
        run_id = row.run_id
        session.commit()
        worked(run_id)
        return session.scalar(select(GradeScheme).where(GradeScheme.state == "live"))

    return make


@pytest.fixture
def period(session, world, worked):
    """Evaluate the period a day lies in, with these charges by customer."""

    def evaluate(day, charges):
        scope.enter(session, world.alice.context)
        for customer_id, charge in charges.items():
            customer = session.scalar(select(Customer).where(Customer.id == customer_id))
            customer.attributes = {"telecom": {"monthly_charge": charge}} if charge is not None else {}
        row = session.scalar(select(GradeScheme).where(GradeScheme.state == "live"))
        run = evaluating.begin(session, context=world.alice.context, row=row, on=day)
        session.commit()
        worked(run.id)

    return evaluate


def grade_of(session, customer_id):
    session.expire_all()
    return session.scalar(select(Customer.grade).where(Customer.id == customer_id))


def test_the_simulation_counts_who_would_be_where_and_moves_nobody(session, charged, drafted):
    charged(*[1_000 * each for each in range(1, 101)], None)
    row = drafted()
    told = row.simulation
    assert (told["customers"], told["valued"]) == (101, 100)
    assert {each["key"]: each["count"] for each in told["grades"]} == {"A": 1, "B": 4, "C": 15, "D": 80}
    assert told["gini"] == pytest.approx(0.33, abs=0.001)
    assert told["lorenz"][0] == [0.0, 0.0]
    assert told["lorenz"][-1] == [1.0, 1.0]
    assert not row.verified
    assert session.scalar(select(func.count()).where(Customer.grade.is_not(None))) == 0


def test_a_second_person_activates_and_a_draft_changed_meanwhile_is_not(session, world, acting, view, charged, drafted):
    charged(1_000, 2_000)
    row = drafted(second_person=True)
    asked = schemes.ask(session, context=world.alice.context, scheme_id=row.id, version=row.version)
    session.commit()
    acting(world.alice)
    with pytest.raises(Denied):
        approvals.decide(
            session, context=world.alice.context, approval_id=asked.id, version=asked.version, approve=True
        )
    acting(world.alice)
    schemes.try_out(session, context=world.alice.context, view=view, scheme_id=row.id, version=row.version)
    session.commit()
    acting(world.carol)
    with pytest.raises(Conflict, match="changed after this was asked"):
        approvals.decide(
            session, context=world.carol.context, approval_id=asked.id, version=asked.version, approve=True
        )


def test_a_draft_nobody_simulated_does_not_go_live(session, world, acting, view):
    context = acting(world.alice)
    row = schemes.make(session, context=context, name="Blind", field=FIELD)
    with pytest.raises(Conflict, match="Simulate"):
        schemes.ask(session, context=context, scheme_id=row.id, version=row.version)


def test_what_is_wrong_with_a_scheme_is_told_at_once(session, world, acting, view):
    context = acting(world.alice)
    row = schemes.make(session, context=context, name="Wrong", field=FIELD)
    values = {
        "name": "Wrong", "basis": "percentile", "field": "telecom.plan", "period": "week", "promote_after": 0,
        "demote_after": 3, "grades": [{"label": {"en": "A"}, "cut": 500}, {"label": {"zh-CN": "B", "en": "B"}, "cut": 100},
                                      {"label": {"zh-CN": "C", "en": "C"}}],
    }  # fmt: skip
    with pytest.raises(Invalid) as told:
        schemes.change(session, context=context, view=view, scheme_id=row.id, version=row.version, values=values)
    assert {each.field for each in told.value.errors} == {
        "field",
        "period",
        "promote_after",
        "grades.0.label",
        "grades.1.cut",
    }


def test_a_grade_rises_after_two_months_above_and_falls_after_three_below(session, charged, live, period):
    (customer_id,) = charged(5_000)
    live()
    assert grade_of(session, customer_id) == "B"
    grades, today = [], datetime.now(UTC).date()
    for months, charge in enumerate([12_000, 12_000, 3_000, 3_000, 12_000, 3_000, 3_000, 3_000], start=1):
        day = date(today.year + (today.month - 1 + months) // 12, (today.month - 1 + months) % 12 + 1, 3)
        period(day, {customer_id: charge})
        grades.append(grade_of(session, customer_id))
    assert grades == ["B", "A", "A", "A", "A", "A", "A", "B"]
    told = session.execute(
        select(GradeChange.cause, GradeChange.before, GradeChange.after, GradeChange.value, GradeChange.cut, GradeChange.periods)
        .order_by(GradeChange.created_at)
    ).all()  # fmt: skip
    assert [tuple(each) for each in told] == [
        ("first", None, "B", 5_000, None, 1), ("promoted", "B", "A", 12_000, 10_000, 2), ("demoted", "A", "B", 3_000, 10_000, 3),
    ]  # fmt: skip


def test_a_period_is_counted_once_also_when_its_run_is_begun_anew(session, world, charged, live, worked, monkeypatch):
    many = charged(*[20_000] * 5)
    row = live()
    assert {grade_of(session, each) for each in many} == {"A"}
    with pytest.raises(Conflict, match="has been evaluated"):
        evaluating.begin(session, context=world.alice.context, row=row, on=datetime.now(UTC).date())
    before = session.execute(select(GradeStanding.id, GradeStanding.version).order_by(GradeStanding.id)).all()
    row.evaluated = None  # as if the worker had died before it could say so
    run = evaluating.begin(session, context=world.alice.context, row=row, on=datetime.now(UTC).date())
    session.commit()
    worked(run.id)
    assert session.execute(select(GradeStanding.id, GradeStanding.version).order_by(GradeStanding.id)).all() == before


def test_a_customer_without_a_value_is_not_graded(session, charged, live):
    (customer_id,) = charged(None)
    live()
    assert grade_of(session, customer_id) is None


def test_a_grade_set_by_hand_has_a_reason_stays_until_its_day_and_gives_way_to_its_own(
    session, world, acting, charged, live, period
):
    (customer_id,) = charged(5_000)
    live()
    context, until = world.alice.context, datetime.now(UTC) + timedelta(days=300)
    for wrong in ({"reason": " "}, {"grade": "Z"}, {"until": datetime.now(UTC)}):
        asked = {"grade": "A", "reason": "A promise", "until": until, **wrong}
        with pytest.raises(Invalid):
            overriding.override(session, context=context, customer_id=customer_id, **asked)
    overriding.override(session, context=context, customer_id=customer_id, grade="A", reason="A promise", until=until)
    session.commit()
    today = datetime.now(UTC).date()
    following = date(today.year + today.month // 12, today.month % 12 + 1, 3)
    period(following, {customer_id: 5_000})
    assert grade_of(session, customer_id) == "A"
    assert not overriding.end(session, context=context, customer_id=customer_id, due=datetime.now(UTC))
    assert overriding.end(session, context=context, customer_id=customer_id, due=until)
    assert grade_of(session, customer_id) == "B"
    causes = [each.cause for each in overriding.history(session, customer_id=customer_id)]
    assert causes == ["override_ended", "override", "first"]


def test_who_may_not_set_grades_is_refused(session, world, acting, charged, live):
    (customer_id,) = charged(5_000)
    live()
    session.commit()
    until = datetime.now(UTC) + timedelta(days=3)
    with pytest.raises(Denied):
        overriding.override(
            session, context=acting(world.bob), customer_id=customer_id, grade="A", reason="x", until=until
        )


def test_the_job_of_the_next_period_evaluates_it_and_makes_the_one_after(session, world, charged, live, worked):
    (customer_id,) = charged(20_000)
    row = live()
    later = datetime.now(UTC) + timedelta(days=32)
    run = evaluating.evaluate_due(session, context=world.alice.context, scheme_id=row.id, now=later)
    assert run is not None
    session.commit()
    worked(run.id)
    session.expire_all()
    done = session.scalar(select(GradeScheme).where(GradeScheme.state == "live"))
    assert done.evaluated == later.strftime("%Y-%m")
    assert grade_of(session, customer_id) == "A"
