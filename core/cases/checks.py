"""What a vertical's workflows must not say, asked at boot: unknown effects, guards that name or compare wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from core.cases.definitions import guard_types
from core.cases.effects import EFFECTS
from core.conditions import ConditionError, parse
from core.contacts.models import PURPOSES
from core.identity.roles import ROLES
from core.plugin import Workflow
from core.plugin.catalog import Catalog, LoadedVertical


def workflow_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    yield from _effects(loaded)
    types = guard_types(Catalog([loaded]).everything)
    for flow in loaded.workflows:
        for step in flow.transitions:
            if step.guard is None:
                continue
            try:
                parse(step.guard, types=types)
            except ConditionError as error:
                yield f"workflow {flow.key!r}, transition {step.key!r}: its guard cannot be used: {error}"


def _effects(loaded: LoadedVertical) -> Iterator[str]:
    for flow in loaded.workflows:
        for step in flow.transitions:
            for effect in step.effects:
                problem = _problem(effect, flow, loaded)
                if problem:
                    yield f"workflow {flow.key!r}, transition {step.key!r}: the effect {effect!r} {problem}"


def _problem(effect: str, flow: Workflow, loaded: LoadedVertical) -> str | None:
    verb, _, argument = effect.partition(":")
    if verb not in EFFECTS:
        return f"is unknown; use one of {', '.join(sorted(EFFECTS))}"
    check = _CHECKS.get(verb)
    return check(argument, flow, loaded) if check is not None else None


def _purpose(argument: str, _flow: Workflow, _loaded: LoadedVertical) -> str | None:
    return None if argument in PURPOSES else f"names no purpose; use one of {', '.join(PURPOSES)}"


def _choice(argument: str, _flow: Workflow, loaded: LoadedVertical) -> str | None:
    key, _, choice = argument.partition(".")
    for field in loaded.fields:
        if field.on == "case" and field.key == key:
            known = {each.key for each in field.choices} | ({"true", "false"} if field.kind == "boolean" else set())
            return None if choice in known else "sets no choice of this field; write set_field:<key>.<choice>"
    return "sets no choice of a field on case; write set_field:<key>.<choice>"


def _record_state(argument: str, flow: Workflow, loaded: LoadedVertical) -> str | None:
    kind = next((each for each in loaded.record_types if each.key == flow.record_type), None)
    if kind is None:
        return "changes a record, and the workflow names no record_type of this vertical; name one"
    states = [choice.key for choice in kind.states]
    return None if argument in states else f"names no state of {kind.key!r}; use one of {', '.join(states)}"


def _workflow(argument: str, _flow: Workflow, loaded: LoadedVertical) -> str | None:
    known = [each.key for each in loaded.workflows]
    return None if argument in known else f"names no workflow of this vertical; use one of {', '.join(known)}"


def _role(argument: str, _flow: Workflow, _loaded: LoadedVertical) -> str | None:
    return None if argument in ROLES else f"names no role; use one of {', '.join(ROLES)}"


_CHECKS = {
    "do_not_contact": _purpose,
    "notify": _role,
    "open_case": _workflow,
    "set_field": _choice,
    "set_record_state": _record_state,
}
