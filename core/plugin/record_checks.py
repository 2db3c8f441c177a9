"""Do record types agree with themselves: parents, states and moves, title and columns, counters, timers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.plugin.catalog import LoadedVertical
from core.plugin.problems import KEY, Problem, choice_problems, one_of, repeated
from core.plugin.processes import RecordType
from core.plugin.timer_checks import Surroundings, timer_problems

OF_EVERY_RECORD = frozenset({"occurred_at", "ends_at"})
"""Moments that the core keeps of every record."""


def record_type_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    types: Mapping[str, RecordType] = {each.key: each for each in loaded.record_types}
    for each in loaded.record_types:
        where = f"record_types: {each.key!r}"
        fields = {field.key for field in loaded.fields if field.on == f"record:{each.key}"}
        yield from choice_problems(each.states, where=where, what="state")
        yield from ((where, problem, fix) for problem, fix in _sense(each, fields=fields))
        yield from ((where, problem, fix) for problem, fix in (*_names(each), *_parents(each, types=types)))
        states = {state.key for state in each.states}
        around = Surroundings(
            states=states, fields=fields | OF_EVERY_RECORD, counters={counter.key for counter in each.counters}, breach=states,
            breach_word="state", fields_on=f"record:{each.key}",
        )  # fmt: skip
        yield from timer_problems(each.timers, where=where, around=around, parameters=loaded.parameters)


def _sense(each: RecordType, *, fields: set[str]) -> Iterator[tuple[str, str]]:
    states = {state.key for state in each.states}
    if not states:
        yield "it has no states", "declare at least one state; the first is the one a new record gets"
    for source, targets in each.moves.items():
        for state in (source, *targets):
            if state not in states:
                yield f"its moves name the state {state!r}, which does not exist", one_of(states)
    for name, keys in (("title", each.title), ("columns", each.columns)):
        for key in keys:
            if key not in fields:
                yield f"its {name} names {key!r}, which is no field on record:{each.key}", one_of(fields)
    if each.holder == "none" and each.exposure == "leased":
        yield "nobody holds it, so no lease can show it", "make it shared or client_only"


def _names(each: RecordType) -> Iterator[tuple[str, str]]:
    for scheme in each.identifiers:
        if not KEY.fullmatch(scheme):
            yield f"the identifier scheme {scheme!r} is not usable", "use lower-case letters and underscores"
    for twice in repeated([counter.key for counter in each.counters]):
        yield f"the counter {twice!r} is there twice", "give each counter its own key"


def _parents(each: RecordType, *, types: Mapping[str, RecordType]) -> Iterator[tuple[str, str]]:
    if each.parent is not None and each.parent not in types:
        yield f"its parent {each.parent!r} is not a record type here", "name a record type of this vertical"
    seen, above = {each.key}, each.parent
    while above is not None and above in types and above not in seen:
        seen.add(above)
        above = types[above].parent
    if above is not None and above in seen:
        yield "it is its own ancestor", "break the circle of parents"
