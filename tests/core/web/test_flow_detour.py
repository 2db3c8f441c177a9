"""An edge over several columns goes around the boxes between."""

from core.web.flow import draw_flow


def test_a_step_over_two_columns_runs_along_the_floor() -> None:
    states = [("a", "A"), ("b", "B"), ("c", "C")]
    drawing = draw_flow(states, transitions=[("a", "b"), ("b", "c"), ("a", "c")], title="A to C")
    by_pair = {(path.source, path.target): path.d for path in drawing.paths}
    assert "C" in by_pair["a", "b"]
    assert "C" not in by_pair["a", "c"]
    floor = max(box.y for box in drawing.boxes) + drawing.box_height
    assert drawing.height > floor
