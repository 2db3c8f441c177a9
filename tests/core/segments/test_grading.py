"""Hysteresis: a grade moves after several periods on one side of its cut, never back sooner than it may."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.segments.grading import Standing, next_begin, period_of, place_of, step

TARGETS = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=60)
PERIODS = st.integers(1, 6)


def moves(targets, *, promote_after, demote_after, grade=None):
    """(period, move) of each, and the grade after every period."""
    standing, found, grades = Standing(grade=grade), [], []
    for period, target in enumerate(targets):
        standing, move = step(standing, target, promote_after=promote_after, demote_after=demote_after)
        grades.append(standing.grade)
        if move is not None:
            found.append((period, move))
    return found, grades


@given(targets=TARGETS, promote_after=PERIODS, demote_after=PERIODS)
def test_a_grade_never_moves_again_within_fewer_periods_than_declared(targets, promote_after, demote_after):
    found, _grades = moves(targets, promote_after=promote_after, demote_after=demote_after)
    for (before, _earlier), (period, move) in itertools.pairwise(found):
        assert period - before >= (promote_after if move.cause == "promoted" else demote_after)


@given(targets=TARGETS, promote_after=PERIODS, demote_after=PERIODS)
def test_every_period_of_a_move_carried_it_at_least_as_far(targets, promote_after, demote_after):
    for period, move in moves(targets, promote_after=promote_after, demote_after=demote_after)[0]:
        seen = targets[period - move.periods + 1 : period + 1]
        assert None not in seen
        if move.cause == "promoted":
            assert move.after == max(seen) < move.before
            assert move.periods == promote_after
        elif move.cause == "demoted":
            assert move.after == min(seen) > move.before
            assert move.periods == demote_after


@given(targets=TARGETS, promote_after=PERIODS, demote_after=PERIODS)
def test_whoever_belongs_elsewhere_for_long_enough_gets_there(targets, promote_after, demote_after):
    _found, grades = moves([*targets, *[2] * 12], promote_after=promote_after, demote_after=demote_after)
    assert grades[-1] == 2


def test_two_months_above_move_up_and_two_below_do_not_move_down():
    found, grades = moves([1, 0, 0, 1, 1], promote_after=2, demote_after=3)
    assert grades == [1, 1, 0, 0, 0]
    assert [(period, move.cause) for period, move in found] == [(0, "first"), (2, "promoted")]


def test_a_month_without_a_value_breaks_the_row():
    assert moves([1, 0, None, 0], promote_after=2, demote_after=3)[1] == [1, 1, 1, 1]


def test_a_value_belongs_to_the_highest_grade_whose_cut_it_reaches():
    cuts = [Decimal(100), Decimal(50), None]
    assert [place_of(Decimal(each), cuts) for each in (120, 100, 99, 50, 1)] == [0, 0, 1, 1, 2]
    assert place_of(None, cuts) is None


@pytest.mark.parametrize(
    ("kind", "period", "following"),
    [("month", "2026-11", date(2026, 12, 1)), ("quarter", "2026-Q4", date(2027, 1, 1)), ("year", "2026", date(2027, 1, 1))],
)  # fmt: skip
def test_periods_follow_each_other(kind, period, following):
    day = date(2026, 11, 23)
    assert period_of(day, kind) == period
    assert next_begin(day, kind) == following
    assert period_of(following, kind) > period
