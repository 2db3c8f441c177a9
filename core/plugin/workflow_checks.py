"""Can a case walk through a declared workflow: one beginning, no dead end, nothing out of reach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from core.plugin.catalog import LoadedVertical
from core.plugin.processes import Timer, Transition, Workflow

EFFECT = re.compile(r"[a-z][a-z_]*(:[a-z0-9_.]+)?")
PERMISSION = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


def workflow_problems(loaded: LoadedVertical) -> Iterator[tuple[str, str, str]]:
    case_fields = {field.key for field in loaded.fields if field.on == "case"}
    for flow in loaded.workflows:
        where = f"workflows: {flow.key!r}"
        yield from ((where, problem, fix) for problem, fix in _states(flow))
        for step in flow.transitions:
            here = f"{where}, transition {step.key!r}"
            yield from ((here, problem, fix) for problem, fix in _transition(step, flow=flow, case_fields=case_fields))
        for timer in flow.timers:
            here = f"{where}, timer {timer.key!r}"
            yield from ((here, problem, fix) for problem, fix in _timer(timer, flow=flow))
            if timer.parameter is not None and timer.parameter not in loaded.parameters.keys:
                yield (
                    here,
                    f"its parameter {timer.parameter!r} is not in params.toml",
                    "add it there or correct the name",
                )


def _states(flow: Workflow) -> Iterator[tuple[str, str]]:
    keys = [state.key for state in flow.states]
    for twice in (key for key, count in Counter(keys).items() if count > 1):
        yield f"the state {twice!r} is there twice", "give each state its own key"
    steps = Counter((step.source, step.key) for step in flow.transitions)
    for source, key in (pair for pair, count in steps.items() if count > 1):
        yield f"the transition {key!r} leaves {source!r} twice", "give each transition of a state its own key"
    if flow.version < 1:
        yield "its version is below 1", "count versions from 1"
    initial = [state.key for state in flow.states if state.kind == "initial"]
    if len(initial) != 1:
        yield f"{len(initial)} states are initial", "make exactly one state kind='initial'"
        return
    ends = [state.key for state in flow.states if state.kind in ("done", "failed")]
    if not ends:
        yield "no state ends it", "make at least one state kind='done' or kind='failed'"
        return
    forth, back = _edges(flow.transitions), _edges(flow.transitions, reverse=True)
    for key in sorted(set(keys) - _closure(initial, edges=forth)):
        yield f"the state {key!r} cannot be reached from {initial[0]!r}", "add a transition to it or drop it"
    for key in sorted(set(keys) - _closure(ends, edges=back)):
        yield f"no end can be reached from the state {key!r}", "add a transition out of it"


def _edges(transitions: Iterable[Transition], *, reverse: bool = False) -> Mapping[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for step in transitions:
        source, target = (step.target, step.source) if reverse else (step.source, step.target)
        edges.setdefault(source, set()).add(target)
    return edges


def _closure(begin: Iterable[str], *, edges: Mapping[str, set[str]]) -> set[str]:
    seen, todo = set(begin), list(begin)
    while todo:
        for key in edges.get(todo.pop(), set()) - seen:
            seen.add(key)
            todo.append(key)
    return seen


def _transition(step: Transition, *, flow: Workflow, case_fields: set[str]) -> Iterator[tuple[str, str]]:
    states = {state.key for state in flow.states}
    for end, key in (("source", step.source), ("target", step.target)):
        if key not in states:
            yield f"its {end} {key!r} is not a state", f"use one of {', '.join(sorted(states))}"
    for key in step.required:
        if key not in case_fields:
            yield f"it requires {key!r}, which is not a field on case", "declare the field with on='case'"
    for effect in step.effects:
        if not EFFECT.fullmatch(effect):
            yield f"the effect {effect!r} is not usable", "write it as verb or verb:argument"
    if not step.sides:
        yield "no side may take it", "name client, provider or system in sides"
    if step.guard is not None and not step.guard_reason:
        yield "it has a guard but no reason to show", "give guard_reason, which says what is missing"
    if not PERMISSION.fullmatch(step.permission):
        yield f"the permission {step.permission!r} is not usable", "write it as noun.verb, such as case.transition"


def _timer(timer: Timer, *, flow: Workflow) -> Iterator[tuple[str, str]]:
    states = {state.key for state in flow.states}
    for key in (timer.start, *timer.stops, *timer.pauses):
        if key not in states:
            yield f"it names the state {key!r}, which does not exist", f"use one of {', '.join(sorted(states))}"
    if not timer.stops:
        yield "nothing stops it", "name the states that stop it"
