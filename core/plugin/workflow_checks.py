"""Can a case walk through a declared workflow: one beginning, no dead end, nothing out of reach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from core.plugin.catalog import LoadedVertical
from core.plugin.problems import PERMISSION, Problem, one_of
from core.plugin.processes import Transition, Workflow
from core.plugin.timer_checks import Surroundings, timer_problems

EFFECT = re.compile(r"[a-z][a-z_]*(:[a-z0-9_.]+)?")


def workflow_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    case_fields = {field.key for field in loaded.fields if field.on == "case"}
    counters = {each.key: {counter.key for counter in each.counters} for each in loaded.record_types}
    for flow in loaded.workflows:
        where = f"workflows: {flow.key!r}"
        yield from ((where, problem, fix) for problem, fix in _states(flow))
        yield from ((where, problem, fix) for problem, fix in _references(flow, case_fields, set(counters)))
        for step in flow.transitions:
            here = f"{where}, transition {step.key!r}"
            yield from ((here, problem, fix) for problem, fix in _transition(step, flow=flow, case_fields=case_fields))
        around = Surroundings(
            states={state.key for state in flow.states}, fields=case_fields,
            counters=counters.get(flow.record_type or "", set()), breach={step.key for step in flow.transitions},
            breach_word="transition", fields_on="case",
        )  # fmt: skip
        yield from timer_problems(flow.timers, where=where, around=around, parameters=loaded.parameters)


def _references(flow: Workflow, case_fields: set[str], record_types: set[str]) -> Iterator[tuple[str, str]]:
    if flow.record_type is not None and flow.record_type not in record_types:
        yield f"it is about {flow.record_type!r}, which is no record type of this vertical", one_of(record_types)
    if flow.record_required and flow.record_type is None:
        yield "it requires a record of no type", "name its record_type"
    for key in flow.fields:
        if key not in case_fields:
            yield f"it shows {key!r}, which is not a field on case", one_of(case_fields)


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
    yield from _without_options(flow, initial=initial, ends=ends)


def _without_options(flow: Workflow, *, initial: list[str], ends: list[str]) -> Iterator[tuple[str, str]]:
    """A tenant may switch all optional steps off, also while a case stands behind one of them: each still comes to an end."""
    kept = [step for step in flow.transitions if not step.optional]
    back = _edges(flow.transitions, reverse=True)
    lost = _closure(ends, edges=back) - _closure(ends, edges=_edges(kept, reverse=True))
    for key in sorted(lost):
        problem = f"without its optional transitions no end can be reached from the state {key!r}"
        yield problem, "make a transition that leads on from there not optional"
    done = [state.key for state in flow.states if state.kind == "done"]
    if done and not lost and not set(done) & _closure(initial, edges=_edges(kept)):
        problem = f"without its optional transitions none of {', '.join(done)} can be reached from {initial[0]!r}"
        yield problem, "make a way to one of them not optional"


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
