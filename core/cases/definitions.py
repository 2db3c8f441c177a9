"""A workflow's declaration as a document and back: a case keeps the definition it was opened with, whatever comes later."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import orjson

from core.conditions import Predicate, ValueType, compile_predicate, flatten
from core.errors import DomainError
from core.fields import FieldSet
from core.plugin import Escalation, State, Timer, Transition, Workflow
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN

ENDS = frozenset({"done", "failed"})

GUARD_TYPES: Mapping[str, ValueType] = {
    name: ValueType(kind="text") for name in ("state", "kind", "country", "grade", "case.state", "case.severity")
}
"""What a guard may name besides fields of the case and of its customer. `state` is the customer's."""

T = TypeVar("T")


def to_document(workflow: Workflow) -> dict[str, Any]:
    """Plain JSON types."""
    document: dict[str, Any] = orjson.loads(orjson.dumps(workflow, default=dict))
    return document


def from_document(document: Mapping[str, Any]) -> Workflow:
    """The workflow as it was. Keys that a later contract dropped are passed over, those it added take their defaults."""
    parts = {
        "states": tuple(_made(State, each) for each in document["states"]),
        "transitions": tuple(_made(Transition, each) for each in document["transitions"]),
        "timers": tuple(_timer(each) for each in document.get("timers", ())),
    }
    return _made(Workflow, {**document, **parts})


def _timer(values: Mapping[str, Any]) -> Timer:
    told = tuple(_made(Escalation, each) for each in values.get("escalations", ()))
    return _made(Timer, {**values, "escalations": told})


def _made(kind: type[T], values: Mapping[str, Any]) -> T:
    known = {each.name for each in dataclasses.fields(kind)}  # type: ignore[arg-type]
    held = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return kind(**{name: value for name, value in held.items() if name in known})


def initial_state(workflow: Workflow) -> State:
    return next(state for state in workflow.states if state.kind == "initial")


def state_of(workflow: Workflow, key: str) -> State:
    unknown = State(key=key, label={"zh-CN": key, "en": key})
    return next((state for state in workflow.states if state.key == key), unknown)


def steps_from(workflow: Workflow, state: str) -> list[Transition]:
    return [step for step in workflow.transitions if step.source == state]


def qualified(key: str, owner: str) -> str:
    """A key as a vertical writes it, bare or with its owner."""
    return key if "." in key else f"{owner}.{key}"


_fields: WeakKeyDictionary[CatalogView, dict[str, FieldSet]] = WeakKeyDictionary()


def case_fields(view: CatalogView, *, vertical: str) -> FieldSet:
    """The fields a vertical declares on its cases, and the tenant's own."""
    made = _fields.setdefault(view, {})
    if vertical not in made:
        declared = view.fields(on="case").items()
        owners = (f"{vertical}.", f"{OWN}.")
        made[vertical] = FieldSet(fields={name: field for name, field in declared if name.startswith(owners)})
    return made[vertical]


def shown_fields(workflow: Workflow, fields: FieldSet, *, vertical: str) -> list[str]:
    """The fields a case of this workflow shows, in its order: those it names, else those its steps require; then the tenant's."""
    named = workflow.fields or [key for step in workflow.transitions for key in step.required]
    own = [name for name in fields.fields if name.startswith(f"{OWN}.")]
    names = dict.fromkeys([*(qualified(key, vertical) for key in named), *own])
    return [name for name in names if name in fields.fields]


def guard_values(customer: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The flat mapping a guard is asked on: the customer's values, then the case's, which win where both have a name."""
    return {
        **flatten(customer["attributes"]),
        **{name: customer[name] for name in ("state", "kind", "country", "grade")},
        **flatten(case["attributes"]),
        "case.state": case["state"],
        "case.severity": case["severity"],
    }


def guard_types(view: CatalogView) -> dict[str, ValueType]:
    """The names a guard may use."""
    return {**FieldSet.of(view).types(), **FieldSet.of(view, target="case").types(), **GUARD_TYPES}


_guards: WeakKeyDictionary[CatalogView, dict[bytes, Predicate]] = WeakKeyDictionary()
"""Compiled guards by their own text, for as long as the view lives that says what their names mean."""


def guard_of(step: Transition, *, view: CatalogView) -> Predicate | None:
    """The compiled guard; one that names what is no longer declared never holds."""
    if step.guard is None:
        return None
    compiled = _guards.setdefault(view, {})
    text = orjson.dumps(step.guard, default=dict)
    if text not in compiled:
        try:
            compiled[text] = compile_predicate(step.guard, types=guard_types(view))
        except DomainError:
            compiled[text] = _never
    return compiled[text]


def _never(_values: Mapping[str, Any]) -> bool:
    return False
