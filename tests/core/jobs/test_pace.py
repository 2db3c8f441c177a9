"""A slice takes as many rows at a time as the time that is left allows."""

from __future__ import annotations

import pytest

from core.jobs import pace


@pytest.fixture
def clock(monkeypatch):
    """`clock[0]` is what the time is."""
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_the_last_batch_is_as_large_as_the_time_that_is_left(clock):
    slice_ = pace.Pace(0.8, most=500)
    assert slice_.rows() == 100
    clock[0] = 0.1
    slice_.did(100)
    assert slice_.rows() == 500
    clock[0] = 0.6
    slice_.did(500)
    assert slice_.rows() == 200
    clock[0] = 0.795
    slice_.did(200)
    assert slice_.rows() == 0, "for five rows no batch is begun"


def test_every_slice_does_one_batch_and_none_after_its_time(clock):
    late = pace.Pace(-1.0, most=50)
    assert late.rows() == 50
    late.did(50)
    assert late.rows() == 0
