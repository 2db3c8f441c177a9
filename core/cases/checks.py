"""What a vertical's workflows must not say, asked at boot: unknown effects, guards that name or compare wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.cases.definitions import guard_types
from core.cases.effects import EFFECTS
from core.conditions import ConditionError, parse
from core.contacts.models import PURPOSES
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
    choices = {
        field.key: {choice.key for choice in field.choices} | ({"true", "false"} if field.kind == "boolean" else set())
        for field in loaded.fields
        if field.on == "case"
    }
    for flow in loaded.workflows:
        for step in flow.transitions:
            for effect in step.effects:
                problem = _problem(effect, choices)
                if problem:
                    yield f"workflow {flow.key!r}, transition {step.key!r}: the effect {effect!r} {problem}"


def _problem(effect: str, choices: Mapping[str, set[str]]) -> str | None:
    verb, _, argument = effect.partition(":")
    if verb not in EFFECTS:
        return f"is unknown; use one of {', '.join(sorted(EFFECTS))}"
    if verb == "do_not_contact" and argument not in PURPOSES:
        return f"names no purpose; use one of {', '.join(PURPOSES)}"
    key, _, choice = argument.partition(".")
    if verb == "set_field" and choice not in choices.get(key, set()):
        return "sets no choice of a field on case; write set_field:<key>.<choice>"
    return None
