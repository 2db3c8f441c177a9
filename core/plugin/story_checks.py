"""Can the stories of a demonstration happen: their workflows, steps in order, record types, shares and seasons."""

from __future__ import annotations

from collections.abc import Iterator

from core.plugin.catalog import LoadedVertical
from core.plugin.problems import Problem, one_of
from core.plugin.processes import Workflow
from core.plugin.stories import Cases, Contacts, Way
from core.plugin.types import CHANNELS, PURPOSES

MONTHS = 12


def story_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    if len(loaded.demo) > 1:
        yield "demo", f"{len(loaded.demo)} demos are declared", "declare one"
    for demo in loaded.demo:
        for cases in demo.year.cases if demo.year else ():
            where = f"demo: cases of {cases.workflow!r}"
            yield from ((where, problem, fix) for problem, fix in _of_cases(loaded, cases))
        for contacts in demo.year.contacts if demo.year else ():
            where = f"demo: contacts for {contacts.purpose!r}"
            yield from ((where, problem, fix) for problem, fix in _of_contacts(contacts))


def _of_cases(loaded: LoadedVertical, cases: Cases) -> Iterator[tuple[str, str]]:
    flows = {flow.key: flow for flow in loaded.workflows}
    types = [each.key for each in loaded.record_types]
    fields = {field.key for field in loaded.fields if field.on == "case"}
    yield from _rates(cases)
    if cases.record is not None and cases.record not in types:
        yield f"{cases.record!r} is no record type here", one_of(types)
    if not cases.ways:
        yield "they go no way", "give at least one"
    flow = flows.get(cases.workflow)
    if flow is None:
        yield "it is no workflow here", one_of(flows)
        return
    if flow.record_required and cases.record is None:
        yield "its cases are about a record", "name the record type"
    for way in cases.ways:
        yield from _way(flow, way)
        for name in sorted(set(way.values) - fields):
            yield f"a way fills {name!r}, which is no case field", "declare it or correct the name"


def _way(flow: Workflow, way: Way) -> Iterator[tuple[str, str]]:
    at = next((state.key for state in flow.states if state.kind == "initial"), "")
    for key, hours in way.steps:
        steps = [each for each in flow.transitions if each.key == key and each.source == at]
        if not steps:
            possible = [each.key for each in flow.transitions if each.source == at]
            yield f"no step {key!r} leads from the state {at!r}", one_of(possible)
            return
        if hours <= 0:
            yield f"the step {key!r} is taken after {hours} hours", "give the mean hours before it, above zero"
        at = steps[0].target


def _of_contacts(contacts: Contacts) -> Iterator[tuple[str, str]]:
    yield from _rates(contacts)
    if contacts.purpose not in PURPOSES:
        yield "it is no purpose", one_of(PURPOSES)
    if contacts.channel not in CHANNELS:
        yield f"{contacts.channel!r} is no channel", one_of(CHANNELS)
    if not contacts.outcomes:
        yield "nothing says how far they get", "give the share of each disposition"


def _rates(what: Cases | Contacts) -> Iterator[tuple[str, str]]:
    if what.per_month <= 0:
        yield f"there are {what.per_month} of them a month", "give a number above zero"
    if len(what.season) != MONTHS or min(what.season) < 0 or max(what.season) <= 0:
        yield f"its season has {len(what.season)} factors", "give twelve, from January on, not all zero"
