"""A workflow becomes boxes in columns and paths between them; numbers become bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.chart import draw_bars
from core.web.flow import BOX_HEIGHT, BOX_WIDTH, draw_flow, folded

RETENTION = [
    ("due", "到期前 60 天"),
    ("scored", "流失评分"),
    ("call", "坐席外呼"),
    ("offer", "挽留方案"),
    ("lost", "已流失"),
]
STEPS = [("due", "scored"), ("scored", "call"), ("call", "offer"), ("call", "lost"), ("offer", "call")]


def drawn(**more):
    return draw_flow(RETENTION, transitions=STEPS, title="到期挽留", **more)


def test_a_state_stands_right_of_the_states_that_lead_to_it():
    boxes = {box.key: box for box in drawn().boxes}
    assert boxes["due"].x < boxes["scored"].x < boxes["call"].x < boxes["offer"].x
    assert boxes["offer"].x == boxes["lost"].x
    assert boxes["offer"].y < boxes["lost"].y


def test_done_now_and_open_states_are_told_apart():
    flow = drawn(current="call", done={"due", "scored"})
    assert [box.state for box in flow.boxes] == ["done", "done", "now", "open", "open"]
    assert {(path.source, path.target) for path in flow.paths if path.done} == {("due", "scored"), ("scored", "call")}


def test_a_step_back_runs_below_everything():
    flow = drawn()
    [back] = [path for path in flow.paths if (path.source, path.target) == ("offer", "call")]
    lowest = max(box.y for box in flow.boxes) + BOX_HEIGHT
    assert f"H{next(box.x for box in flow.boxes if box.key == 'call') + BOX_WIDTH / 2 + 6:g}" in back.d
    assert flow.height > lowest


def test_the_list_for_screen_readers_says_what_comes_next():
    boxes = {box.key: box for box in drawn().boxes}
    assert boxes["call"].next == ("挽留方案", "已流失")
    assert boxes["lost"].next == ()


def test_a_step_to_an_unknown_state_is_refused():
    with pytest.raises(KeyError):
        draw_flow([("a", "A")], transitions=[("a", "b")], title="x")


def test_a_long_label_is_folded_into_its_box():
    assert folded("等待发包方第二人复核") == ("等待发包方第二", "人复核")
    assert folded("Second approval") == ("Second approval",)
    assert folded("Refused (do not contact)") == ("Refused (do not", "contact)")
    assert folded("Waits for a second approval of the client") == ("Waits for a", "second approva…")


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
def test_no_two_boxes_overlap_and_all_fit(steps):
    states = [(str(key), f"State {key}") for key in range(8)]
    flow = draw_flow(states, transitions=[(str(source), str(target)) for source, target in steps], title="any")
    spots = [(box.x, box.y) for box in flow.boxes]
    assert len(set(spots)) == 8
    for index, (x, y) in enumerate(spots):
        assert 0 <= x <= flow.width - BOX_WIDTH
        assert 0 <= y <= flow.height - BOX_HEIGHT
        assert all(abs(x - a) >= BOX_WIDTH or abs(y - b) >= BOX_HEIGHT for a, b in spots[:index])


def test_bars_reach_as_high_as_their_numbers():
    chart = draw_bars(["Mon", "Tue"], series=[("Calls", [100, 50]), ("Saved", [None, 0])], title="t", summary="s")
    tall, short = chart.bars
    assert tall.height == pytest.approx(2 * short.height, abs=0.2)
    assert tall.y + tall.height == pytest.approx(short.y + short.height, abs=0.2)
    assert [tick.value for tick in chart.ticks] == [0, 20, 40, 60, 80, 100]


def test_the_table_holds_the_same_numbers():
    chart = draw_bars(["Mon"], series=[("Calls", [826])], title="t", summary="s")
    assert chart.rows == (("Calls", (826,)),)


def test_a_chart_without_numbers_is_still_drawn():
    chart = draw_bars(["Mon"], series=[("Calls", [None])], title="t", summary="s")
    assert chart.bars == ()
    assert [tick.value for tick in chart.ticks] == [0, 1]


def test_more_series_than_colours_are_refused():
    with pytest.raises(ValueError, match="one to four"):
        draw_bars(["Mon"], series=[(str(each), [1]) for each in range(5)], title="t", summary="s")
