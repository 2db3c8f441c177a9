"""Can a script be read to its end, does it name only what is there, and do the weights of a form add up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.plugin.catalog import LoadedVertical
from core.plugin.documents import QaForm, Script, ScriptStep
from core.plugin.problems import Problem, one_of, repeated
from core.plugin.types import CHANNELS, LOCALES, PURPOSES

PLACE = re.compile(r"\{([^{}]*)\}")
OF_ANY = (
    "customer.name", "customer.number", "agent.name", "agent.no", "client.name", "provider.name",
)  # fmt: skip
HUNDRED = 100


def document_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    for script in loaded.scripts:
        where = f"documents: script {script.key!r}"
        for found in (_script(loaded, script), _steps(script), _places(loaded, script)):
            yield from ((where, problem, fix) for problem, fix in found)
    for form in loaded.qa_forms:
        where = f"documents: QA form {form.key!r}"
        yield from ((where, problem, fix) for problem, fix in _form(form))


def _script(loaded: LoadedVertical, script: Script) -> Iterator[tuple[str, str]]:
    flows = [flow.key for flow in loaded.workflows]
    if script.workflow is not None and script.workflow not in flows:
        yield f"{script.workflow!r} is no workflow here", one_of(flows)
    if script.workflow is None and not script.purposes:
        yield "nothing says when it is read", "name its workflow, or the purposes of contacts"
    yield from _listed(script.purposes, script.channels)
    if script.version < 1:
        yield "its version is below 1", "count versions from 1"


def _listed(purposes: Sequence[str], channels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for wrong in [each for each in purposes if each not in PURPOSES]:
        yield f"{wrong!r} is no purpose", one_of(PURPOSES)
    for wrong in [each for each in channels if each not in CHANNELS]:
        yield f"{wrong!r} is no channel", one_of(CHANNELS)


def _steps(script: Script) -> Iterator[tuple[str, str]]:
    keys = [step.key for step in script.steps]
    if not keys:
        yield "it has no steps", "give it at least one"
        return
    for twice in repeated(keys):
        yield f"the step {twice!r} is there twice", "give each step its own key"
    for step in script.steps:
        for named in [step.then, *(answer.then for answer in step.answers)]:
            if named is not None and named not in keys:
                yield f"step {step.key!r} leads to {named!r}, which is none", one_of(keys)
        if step.answers and step.then is not None:
            yield f"step {step.key!r} has answers and a next step", "let the answers lead on, or drop them"
        if step.mandatory and not step.citation.strip():
            yield f"step {step.key!r} is mandatory and cites nothing", "name where it is written"
    lost = [key for key in keys if key not in _reached(script.steps)]
    if lost:
        yield f"step {lost[0]!r} cannot be reached", "lead a step or an answer to it"


def following(steps: Sequence[ScriptStep], place: int) -> list[str]:
    """The keys that may come after the step at a place; of its answers those that lead on."""
    step = steps[place]
    if step.answers:
        return [answer.then for answer in step.answers if answer.then is not None]
    if step.then is not None:
        return [step.then]
    return [steps[place + 1].key] if place + 1 < len(steps) else []


def _reached(steps: Sequence[ScriptStep]) -> set[str]:
    places = {step.key: place for place, step in enumerate(steps)}
    found: set[str] = set()
    todo = [steps[0].key]
    while todo:
        key = todo.pop()
        if key not in found and key in places:
            found.add(key)
            todo += following(steps, places[key])
    return found


def places_in(text: str) -> list[str]:
    """The names in braces, in order."""
    return PLACE.findall(text)


def _places(loaded: LoadedVertical, script: Script) -> Iterator[tuple[str, str]]:
    known = {*OF_ANY, *(field.key for field in loaded.fields if field.on == "customer")}
    if script.workflow is not None:
        known |= {"case.number", *(f"case.{field.key}" for field in loaded.fields if field.on == "case")}
    for step in script.steps:
        named = {locale: set(places_in(text)) for locale, text in step.text.items()}
        for wrong in sorted(set().union(*named.values()) - known):
            yield (
                f"step {step.key!r} names {{{wrong}}}, which is nothing",
                "name a field on customer, `case.<field>` or a core value",
            )
        if len({frozenset(each) for each in named.values()}) > 1:
            yield (
                f"step {step.key!r} does not name the same in {' and '.join(LOCALES)}",
                "put the same values into each language",
            )


def _form(form: QaForm) -> Iterator[tuple[str, str]]:
    for twice in repeated([item.key for item in form.items]):
        yield f"the item {twice!r} is there twice", "give each item its own key"
    for item in form.items:
        if item.fatal == (item.weight > 0):
            yield f"item {item.key!r} has weight {item.weight} and fatal={item.fatal}", "give points, or make it fatal"
    total = sum(item.weight for item in form.items)
    if total != HUNDRED:
        yield f"its weights add up to {total}", "let them add up to 100"
    yield from _listed(form.purposes, form.channels)
    if form.version < 1:
        yield "its version is below 1", "count versions from 1"
