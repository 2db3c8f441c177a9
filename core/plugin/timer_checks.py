"""Can a declared deadline be computed: its states, its length, its counter, whom it tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import get_args

from core.plugin.params import ParameterSet
from core.plugin.problems import Problem, one_of, repeated
from core.plugin.processes import Timer, TimerUnit

COUNTRY = re.compile(r"[A-Z]{2}")
UNITS = frozenset(get_args(TimerUnit))


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a timer of one workflow or record type may name. `breach` is what it may do on a breach: steps or states."""

    states: Set[str]
    fields: Set[str]
    counters: Set[str]
    breach: Set[str]
    breach_word: str
    fields_on: str


def timer_problems(
    timers: Sequence[Timer], *, where: str, around: Surroundings, parameters: ParameterSet
) -> Iterator[Problem]:
    for twice in repeated([timer.key for timer in timers]):
        yield where, f"the timer {twice!r} is there twice", "give each timer its own key"
    for timer in timers:
        here = f"{where}, timer {timer.key!r}"
        yield from ((here, problem, fix) for problem, fix in _states(timer, around))
        yield from ((here, problem, fix) for problem, fix in _length(timer, around, parameters))
        yield from ((here, problem, fix) for problem, fix in _told(timer))


def _states(timer: Timer, around: Surroundings) -> Iterator[tuple[str, str]]:
    for key in (timer.start, *timer.stops, *timer.pauses):
        if key not in around.states:
            yield f"it names the state {key!r}, which does not exist", one_of(around.states)
    if not timer.stops:
        yield "nothing stops it", "name the states that stop it"
    for key in {timer.start, *timer.pauses} & set(timer.stops):
        yield f"the state {key!r} stops it and lets it run or pause", "name each state once"
    if timer.start in timer.pauses:
        yield f"it begins in {timer.start!r} and pauses there", "name each state once"
    if timer.on_breach is not None and timer.on_breach not in around.breach:
        word = around.breach_word
        yield f"on a breach it names {timer.on_breach!r}, which is no {word}", one_of(around.breach)


def _length(timer: Timer, around: Surroundings, parameters: ParameterSet) -> Iterator[tuple[str, str]]:
    if timer.parameter is None and timer.from_field is None:
        yield "it has no length", "give a parameter, or from_field where the field itself holds the deadline"
    for key in (timer.parameter, timer.counter_parameter):
        if key is not None and key not in parameters.keys:
            yield f"its parameter {key!r} is not in params.toml", "add it there or correct the name"
    units = {row.unit for row in parameters.rows if row.key == timer.parameter} & UNITS - {timer.unit}
    for unit in sorted(units):
        yield f"it counts {timer.unit}, and its parameter {timer.parameter!r} is in {unit}", "make both the same"
    if timer.from_field is not None and timer.from_field not in around.fields:
        yield f"it counts from {timer.from_field!r}, which is no field on {around.fields_on}", one_of(around.fields)
    if (timer.counter is None) != (timer.counter_parameter is None):
        yield "counter and counter_parameter belong together", "give both or neither"
    if timer.counter is not None and timer.counter not in around.counters:
        yield f"its counter {timer.counter!r} does not exist", one_of(around.counters)
    if timer.calendar and not COUNTRY.fullmatch(timer.calendar):
        yield f"{timer.calendar!r} is no country of a calendar", "write two letters, such as CN, or leave it empty"


def _told(timer: Timer) -> Iterator[tuple[str, str]]:
    percents = [each.percent for each in timer.escalations]
    if any(percent < 1 for percent in percents):
        yield "an escalation is at less than 1 percent of the time", "give the percent of the time that has gone by"
    if percents != sorted(percents):
        yield f"its escalations are at {percents} percent", "put them in order of their percent"
