"""Points are earned, mature, are spent once, expire, and go back with the goods: first in memory, then in the books."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.retail.points.moves import (
    Lot,
    Moving,
    Short,
    earn,
    next_day,
    pass_days,
    redeem,
    release,
    reserve,
    restore,
    reverse,
)

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def lot(points: int, *, matures: int = 0, expires: int | None = None, number: int = 0) -> Lot:
    return Lot(
        id=UUID(int=number or uuid4().int), points=points, matures_on=TODAY + matures * DAY,
        expires_on=None if expires is None else TODAY + expires * DAY,
    )  # fmt: skip


def member(*lots: Lot, on: date = TODAY) -> Moving:
    moving = Moving(lots, on=on)
    for each in moving.lots:
        earn(moving, each)
    return moving


def accounts(moving: Moving) -> dict[str, int]:
    names = ("pending", "available", "reserved", "redeemed", "expired", "reversed", "debt")
    return {name: held for name in names if (held := moving.held(name))}


def test_points_wait_until_the_goods_can_go_back_no_more() -> None:
    moving = member(lot(100, matures=8))
    assert accounts(moving) == {"pending": 100}
    assert next_day(moving) == TODAY + 8 * DAY
    moving.on += 8 * DAY
    pass_days(moving)
    assert accounts(moving) == {"available": 100}


def test_the_lot_that_expires_first_is_spent_first() -> None:
    late, soon, never = lot(50, matures=-5, expires=30), lot(50, expires=3), lot(50)
    moving = member(late, never, soon)
    reserve(moving, 80)
    assert (soon.of("reserved"), late.of("reserved"), never.of("reserved")) == (50, 30, 0)


def test_points_expire_after_their_last_day_and_not_on_it() -> None:
    moving = member(lot(10, expires=1))
    for on, left in ((TODAY + DAY, {"available": 10}), (TODAY + 2 * DAY, {"expired": 10})):
        moving.on = on
        pass_days(moving)
        assert accounts(moving) == left


def test_what_is_reserved_does_not_expire_until_it_is_released() -> None:
    moving = member(lot(10, expires=1))
    reserve(moving, 10)
    held = [each for each in moving.made if each.kind == "reserve"]
    moving.on += 5 * DAY
    pass_days(moving)
    assert accounts(moving) == {"reserved": 10}
    release(moving, held)
    assert accounts(moving) == {"expired": 10}


def test_more_than_there_is_cannot_be_reserved_and_pending_points_do_not_count() -> None:
    moving = member(lot(10), lot(90, matures=5))
    with pytest.raises(Short) as short:
        reserve(moving, 11)
    assert (short.value.available, short.value.asked) == (10, 11)
    assert accounts(moving) == {"available": 10, "pending": 90}


@pytest.mark.parametrize(("refunded", "taken"), [(0, 0), (1, 0), (333, 33), (335, 34), (1000, 100), (5000, 100)])
def test_a_return_takes_back_its_share_rounded_half_up(refunded: int, taken: int) -> None:
    own = lot(100)
    assert reverse(member(own), own, refunded=refunded, paid=1000) == taken


def test_a_return_takes_points_that_wait_still_before_those_of_other_orders() -> None:
    own, other = lot(100, matures=5), lot(100)
    moving = member(own, other)
    reverse(moving, own, refunded=1, paid=1)
    assert accounts(moving) == {"available": 100, "reversed": 100}


def test_several_partial_returns_take_back_no_more_and_no_less_than_all() -> None:
    own = lot(100)
    moving = member(own)
    assert [reverse(moving, own, refunded=each, paid=3) for each in (1, 2, 3, 3)] == [33, 34, 33, 0]


def test_what_is_spent_already_becomes_a_debt_that_the_next_points_settle() -> None:
    own, other = lot(100), lot(30, number=1)
    moving = member(own, other)
    reserve(moving, 120)
    redeem(moving, [each for each in moving.made if each.kind == "reserve"])
    assert reverse(moving, own, refunded=1, paid=1) == 100
    assert accounts(moving) == {"redeemed": 120, "reversed": 100, "debt": -90}
    following = lot(100)
    moving.add(following)
    earn(moving, following)
    assert accounts(moving) == {"available": 10, "redeemed": 120, "reversed": 100}


def test_points_come_back_with_the_reward_that_went_back() -> None:
    moving = member(lot(40, expires=2))
    reserve(moving, 25)
    redeem(moving, [each for each in moving.made if each.kind == "reserve"])
    restore(moving, [each for each in moving.made if each.kind == "redeem"])
    assert accounts(moving) == {"available": 40}


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 60), st.integers(0, 4), st.none() | st.integers(0, 8)),
        st.tuples(st.just("reserve"), st.integers(1, 80)),
        st.tuples(st.sampled_from(["redeem", "release", "restore"]), st.integers(0, 5)),
        st.tuples(st.just("reverse"), st.integers(0, 5), st.integers(0, 10)),
        st.tuples(st.just("days"), st.integers(0, 4)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(ACTS)
def test_whatever_happens_the_books_balance_and_only_a_debt_is_below_zero(acts: list) -> None:
    moving = Moving((), on=TODAY)
    held: dict[str, list] = {"reserve": [], "redeem": []}
    for number, (act, *asked) in enumerate(acts, 1):
        before = len(moving.made)
        _do(moving, held, act, asked, number)
        for kind, kept in held.items():
            if booked := [each for each in moving.made[before:] if each.kind == kind]:
                kept.append(booked)
        _balanced(moving)


def _do(moving: Moving, held: dict[str, list], act: str, asked: list, number: int) -> None:
    if act == "earn":
        made = lot(asked[0], number=number)
        made.matures_on = moving.on + asked[1] * DAY
        made.expires_on = None if asked[2] is None else moving.on + asked[2] * DAY
        moving.add(made)
        earn(moving, made)
    elif act == "reserve":
        with suppress(Short):
            reserve(moving, asked[0])
    elif act == "reverse" and moving.lots:
        reverse(moving, moving.lots[asked[0] % len(moving.lots)], refunded=asked[1], paid=10)
    elif act == "days":
        moving.on += asked[0] * DAY
        pass_days(moving)
    elif act in BACK and held[BACK[act][1]]:
        do, of = BACK[act]
        do(moving, held[of].pop(asked[0] % len(held[of])))


BACK = {"redeem": (redeem, "reserve"), "release": (release, "reserve"), "restore": (restore, "redeem")}


def _balanced(moving: Moving) -> None:
    told: Counter[str] = Counter()
    for each in moving.made:
        assert each.points > 0
        told[each.source] -= each.points
        told[each.target] += each.points
    assert sum(told.values()) == 0
    assert all(told[name] == moving.held(name) for name in told)
    for each in moving.lots:
        assert each.taken_back <= each.points
        assert all(held >= 0 for name, held in each.holds.items() if name not in ("issued", "debt"))
        assert -each.of("issued") == each.points, "an earned point is somewhere"
    assert told["debt"] <= 0
    assert not (told["debt"] and told["available"]), "what is owed is settled before anything is spent"
