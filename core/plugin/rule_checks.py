"""Does a rule fit the act that it is about: what it may be on, count, read of children, and open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.plugin.catalog import LoadedVertical
from core.plugin.problems import KEY, Problem, one_of, repeated
from core.plugin.types import Count, Rule

OF_CONTACTS = frozenset({"outbound_contact", "reveal", "export", "campaign_start"})
ACTS = frozenset({"case_step", "record_change", "record_watch"})


def rule_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    known = _Known.of(loaded)
    for rule in loaded.rules:
        where = f"rules: {rule.key!r}"
        yield from ((where, problem, fix) for problem, fix in _sense(rule))
        for key in rule.parameters:
            if key not in known.parameters:
                yield where, f"its parameter {key!r} is not in params.toml", "add it there or correct the name"
        if rule.action in OF_CONTACTS:
            yield from ((where, problem, fix) for problem, fix in _contact(rule))
        else:
            yield from ((where, problem, fix) for problem, fix in _act(rule, known))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the rules of one vertical may name, by bare key."""

    owner: str
    parameters: frozenset[str]
    states: dict[str, dict[str, set[str]]]
    """Of `record` and `case`: the states of each type or workflow."""
    steps: dict[str, set[str]]
    about: dict[str, str | None]
    parents: dict[str, str | None]

    @classmethod
    def of(cls, loaded: LoadedVertical) -> _Known:
        return cls(
            owner=loaded.key,
            parameters=loaded.parameters.keys,
            states={
                "record": {each.key: {state.key for state in each.states} for each in loaded.record_types},
                "case": {flow.key: {state.key for state in flow.states} for flow in loaded.workflows},
            },
            steps={flow.key: {step.key for step in flow.transitions} for flow in loaded.workflows},
            about={flow.key: flow.record_type for flow in loaded.workflows},
            parents={each.key: each.parent for each in loaded.record_types},
        )

    def bare(self, key: str) -> str:
        return key.removeprefix(f"{self.owner}.")


def _sense(rule: Rule) -> Iterator[tuple[str, str]]:
    if (rule.when is None) == (rule.decide is None):
        yield "it has both `when` and `decide`, or neither", "give exactly one of them"
    if rule.when is not None and not rule.reason:
        yield "it has `when` but no reason to show", "give a reason that its reader can act on"
    if rule.when is not None and rule.verdict == "defer":
        yield "it has `when` and defers, and nothing says until when", "give `decide`, whose Reason has `until`"
    if not rule.citation.strip():
        yield "it cites nothing", "name the law, standard or contract clause it comes from"


def _contact(rule: Rule) -> Iterator[tuple[str, str]]:
    for name in ("on", "steps", "counts", "children"):
        if getattr(rule, name):
            yield f"`{name}` says nothing about {rule.action}", f"drop it; it belongs to {', '.join(sorted(ACTS))}"
    if rule.opens is not None:
        yield f"`opens` says nothing about {rule.action}", "drop it; only a record_watch opens a case"


def _act(rule: Rule, known: _Known) -> Iterator[tuple[str, str]]:
    for name in ("purposes", "channels"):
        if getattr(rule, name):
            yield f"`{name}` says nothing about {rule.action}", "drop it; it belongs to outbound_contact"
    kind, word = ("case", "workflow") if rule.action == "case_step" else ("record", "record type")
    declared = known.states[kind]
    for each in rule.on:
        if known.bare(each) not in declared:
            yield f"it is on {each!r}, which is no {word} of this vertical", one_of(declared)
    if not declared:
        yield f"it is about {rule.action}, and the vertical has no {word}", f"declare a {word}"
    on = [known.bare(each) for each in rule.on if known.bare(each) in declared] or list(declared)
    yield from _steps(rule, on, known)
    yield from _children(rule, on, known)
    for count in rule.counts:
        yield from _count(count, known)
    for twice in repeated([count.key for count in rule.counts]):
        yield f"the count {twice!r} is there twice", "give each count its own key"
    if rule.opens is not None and rule.action != "record_watch":
        yield f"`opens` says nothing about {rule.action}", "drop it; only a record_watch opens a case"
    elif rule.opens is not None and known.bare(rule.opens) not in known.steps:
        yield f"it opens {rule.opens!r}, which is no workflow of this vertical", one_of(known.steps)


def _steps(rule: Rule, on: Sequence[str], known: _Known) -> Iterator[tuple[str, str]]:
    """Steps of workflows; of a record the state that it comes into."""
    if rule.action == "record_watch":
        if rule.steps:
            yield "`steps` says nothing about record_watch", "drop it; a watch is asked after every change"
        return
    by_key = known.steps if rule.action == "case_step" else known.states["record"]
    there = {step for each in on for step in by_key[each]}
    for step in rule.steps:
        if step not in there:
            word = "transition of the workflows" if rule.action == "case_step" else "state of the record types"
            yield f"its step {step!r} is no {word} it is on", one_of(there)


def _children(rule: Rule, on: Sequence[str], known: _Known) -> Iterator[tuple[str, str]]:
    """Of the record itself, of one it belongs to, or of the record that a case is about."""
    if rule.action == "case_step":
        parents = {known.about[each] for each in on}
    else:
        parents = {above for each in on for above in _with_ancestors(each, known)}
    there = {key for key, parent in known.parents.items() if parent is not None and parent in parents}
    for each in rule.children:
        if known.bare(each) not in there:
            yield f"its children {each!r} are no record type below the one it is about", one_of(there)


def _with_ancestors(name: str, known: _Known) -> Iterator[str]:
    seen: set[str] = set()
    above: str | None = name
    while above is not None and above not in seen:
        yield above
        seen.add(above)
        above = known.parents.get(above)


def _count(count: Count, known: _Known) -> Iterator[tuple[str, str]]:
    if not KEY.fullmatch(count.key):
        yield f"the key {count.key!r} of a count is not usable", "use lower-case letters, digits and underscores"
    kind, _, key = count.of.partition(":")
    states = known.states.get(kind, {}).get(known.bare(key))
    if states is None:
        there = [f"{kind}:{each}" for kind, declared in known.states.items() for each in declared]
        yield f"the count {count.key!r} is of {count.of!r}, which does not exist", one_of(there)
        return
    for state in count.states:
        if state not in states:
            yield (
                f"the count {count.key!r} names the state {state!r} of {count.of}, which does not exist",
                one_of(states),
            )
    if isinstance(count.days, str) and count.days not in known.parameters:
        yield f"the days {count.days!r} of the count {count.key!r} are not in params.toml", "add them there"
    elif isinstance(count.days, int) and count.days < 1:
        yield f"the count {count.key!r} looks back {count.days} days", "give 1 or more, or None for all"
