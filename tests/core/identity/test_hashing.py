"""Hashing: bounded on a machine across processes, and busy is said with when to come again."""

from __future__ import annotations

import fcntl
import os

import pytest

from core.errors import Unavailable
from core.identity import hashing


@pytest.fixture
def two_slots(tmp_path, monkeypatch):
    monkeypatch.setattr(hashing, "SLOTS", hashing.Slots(folder=tmp_path, number=2))
    monkeypatch.setattr(hashing, "PATIENCE", 0.05)
    return tmp_path


def hold(folder, number):
    """As another process does."""
    handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def test_while_a_slot_is_free_a_password_is_checked(two_slots):
    held = hold(two_slots, 0)
    stored = hashing.hashed_password("seven green lamps hum")
    assert hashing.matches(stored, "seven green lamps hum")
    assert not hashing.matches(stored, "seven green lamps")
    os.close(held)


def test_when_all_are_taken_one_is_told_when_to_come_again(two_slots):
    held = [hold(two_slots, 0), hold(two_slots, 1)]
    with pytest.raises(Unavailable) as refused:
        hashing.matches(None, "anything")
    assert refused.value.headers["Retry-After"] == "5"
    for each in held:
        os.close(each)
    assert not hashing.matches(None, "anything")


def test_a_busy_machine_answers_503_at_the_door(two_slots, here, world):
    held = [hold(two_slots, 0), hold(two_slots, 1)]
    answer = here.sign_in(world.alice)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    for each in held:
        os.close(each)
    assert here.sign_in(world.alice).status_code == 302
