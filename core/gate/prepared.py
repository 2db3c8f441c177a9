"""A view's rules, ready to be asked: conditions compiled once, parameters resolved once a day and place.

A rule's condition may name
- on a contact: fields of customers, and the names of `subject.CORE_TYPES`, segments among them;
- on a case's step: fields of the customer and of the case, `case.state|target|severity`, `step`;
- on a record: `record.<field>`, `before.<field>`, `record.state|type`, `before.state`, and the customer's fields;
- on both: `customer.kind|state|country|grade`, and `counts.<key>` for each count that the rule declares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from core.conditions import ConditionError, Predicate, ValueType, compile_predicate, fields_of
from core.fields import FieldSet
from core.gate.subject import CORE_TYPES
from core.parameters.queries import resolve
from core.plugin import Action, Parameter, Rule
from core.plugin.catalog import CatalogView

V = TypeVar("V")
Places = tuple[str | None, str | None]
"""The customer's country and the tenant's: whose law counts, in this order."""

REMEMBERED, PANELS = 4096, 64
TEXT, NUMBER = ValueType(kind="text"), ValueType(kind="integer")
OF_CUSTOMER: Mapping[str, ValueType] = {f"customer.{name}": TEXT for name in ("kind", "state", "country", "grade")}
OF_CASE: Mapping[str, ValueType] = dict.fromkeys(("step", "case.state", "case.target", "case.severity"), TEXT)
OF_RECORD: Mapping[str, ValueType] = dict.fromkeys(("record.type", "record.state", "before.state"), TEXT)
CONTACT_ACTIONS: Sequence[Action] = ("outbound_contact", "reveal", "export", "campaign_start")
RECORD_ACTIONS = frozenset({"record_change", "record_watch"})


@dataclass(frozen=True, kw_only=True)
class Ready:
    """One rule of a view. `reads` are the names in its condition, `held` those of customers and cases: `("case", name)`.

    `broken`: its condition cannot be used in this view, so it holds whatever it is asked about."""

    key: str
    owner: str
    rule: Rule
    version: str
    mode: str
    holds: Predicate | None = None
    reads: frozenset[str] = frozenset()
    held: frozenset[tuple[str, str]] = frozenset()
    broken: bool = False

    def in_mode(self, mode: str) -> Ready:
        return self if self.mode == mode else replace(self, mode=mode)


@dataclass(frozen=True, slots=True)
class Panel:
    """Rules that are asked together, each with its parameters: None where one of them has no value in force.

    `silent` is what is kept of each rule that does not apply; `reads` and `held` are those of all conditions.
    """

    asked: tuple[tuple[Ready, Used | None], ...]
    silent: Mapping[str, Mapping[str, str]]
    reads: frozenset[str]
    held: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, rules: Iterable[Ready], *, numbers: Numbers) -> Panel:
        asked = tuple((each, numbers.of(each)) for each in rules)
        conditions = [each for each, used in asked if each.holds is not None and used is not None]
        return cls(
            asked=asked,
            silent={each.key: said(each.version, "allow", each.mode) for each, _ in asked},
            reads=frozenset().union(*(each.reads for each in conditions)),
            held=frozenset().union(*(each.held for each in conditions)),
        )


@cache
def said(version: str, verdict: str, mode: str) -> Mapping[str, str]:
    """What a decision keeps of a rule that was asked. One for all rules of which the same was said."""
    found = {"version": version, "verdict": verdict}
    return found if mode == "on" else {**found, "mode": mode}


class Prepared:
    """Made once for each view by `prepared`."""

    def __init__(self, view: CatalogView) -> None:
        self.view = view
        self._ready: dict[str, Ready] = {}
        self._on: dict[tuple[str, str, str | None], tuple[Ready, ...]] = {}
        self._numbers: dict[Any, Any] = {}
        self._panels: dict[Any, Panel] = {}

    def rule(self, key: str) -> Ready:
        """Any rule of the view, also one that is off. Raises KeyError."""
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = _ready(self.view, key, self.view.all_rules()[key])
        return found

    @cached_property
    def _by_action(self) -> Mapping[str, tuple[Ready, ...]]:
        found: dict[str, list[Ready]] = {}
        for key, rule in self.view.all_rules().items():
            if self.view.rule_mode(key) != "off":
                found.setdefault(rule.action, []).append(self.rule(key))
        return {action: tuple(rules) for action, rules in found.items()}

    def on(self, action: Action) -> tuple[Ready, ...]:
        """The rules of an action that are on or in shadow."""
        return self._by_action.get(action, ())

    def on_act(self, action: Action, *, on: str, step: str | None) -> tuple[Ready, ...]:
        """Those of them that belong to a workflow and step, or to a record type."""
        key = (action, on, step)
        found = self._on.get(key)
        if found is None:
            found = self._remember(self._on, key, tuple(r for r in self.on(action) if concerns(r, on=on, step=step)))
        return found

    @cached_property
    def segments(self) -> frozenset[str]:
        """Qualified keys of the segments that the rules on a contact or a look name: no others are asked for."""
        return frozenset(key for each in self._of_contacts for key in segments_of(each.rule, owner=each.owner))

    def rules_naming(self, segment: str) -> list[str]:
        """The rules, whatever their action and mode, that name a segment."""
        rules = self.view.all_rules().items()
        return sorted(key for key, rule in rules if segment in segments_of(rule, owner=key.partition(".")[0]))

    @cached_property
    def treats(self) -> bool:
        """Whether a condition on a contact or a look names how the customer's grade is to be treated."""
        return any(name.startswith("treatment.") for each in self._of_contacts for name in each.reads)

    @property
    def _of_contacts(self) -> list[Ready]:
        return [each for action in CONTACT_ACTIONS for each in self.on(action)]

    def number(self, key: str, *, places: Places, on: date) -> Parameter | None:
        """The parameter in force; None where there is none."""
        asked = (key, places, on)
        if asked not in self._numbers:
            self._remember(self._numbers, asked, _resolved(self.view, key, places=places, on=on))
        found: Parameter | None = self._numbers[asked]
        return found

    def numbers(self, places: Places, on: date) -> Numbers:
        """The parameters of every rule in one place on one day, resolved as rules ask for them."""
        return self.once((places, on), lambda: Numbers(self, places, on))

    def panel(self, key: Any, rules: Callable[[], Iterable[Ready]], *, places: Places, on: date) -> Panel:
        """The rules that are always the same for the key, in one place on one day."""
        asked = (key, places, on)
        found = self._panels.get(asked)
        if found is None:
            made = Panel.of(rules(), numbers=self.numbers(places, on))
            found = self._remember(self._panels, asked, made, limit=PANELS)
        return found

    def once(self, key: Any, make: Callable[[], V]) -> V:
        """What `make` gives, remembered under the key."""
        if key not in self._numbers:
            self._remember(self._numbers, key, make())
        found: V = self._numbers[key]
        return found

    @staticmethod
    def _remember(kept: dict[Any, V], key: Any, value: V, *, limit: int = REMEMBERED) -> V:
        if len(kept) >= limit:
            kept.clear()
        kept[key] = value
        return value


@dataclass(frozen=True, slots=True)
class Used:
    """A rule's parameters by bare key, those of its counts too, and their plain values."""

    parameters: Mapping[str, Parameter]
    values: Mapping[str, Any]


class Numbers(dict[str, Used | None]):
    """By key of the rule; None where one of its parameters has no value in force. `of` fills it."""

    def __init__(self, prepared: Prepared, places: Places, on: date) -> None:
        super().__init__()
        self._prepared, self._places, self._on = prepared, places, on

    def of(self, ready: Ready) -> Used | None:
        if ready.key not in self:
            self[ready.key] = self._resolved(ready)
        return self[ready.key]

    def _resolved(self, ready: Ready) -> Used | None:
        counting = (count.days for count in ready.rule.counts if isinstance(count.days, str))
        found = {
            name: self._prepared.number(qualified(ready.owner, name), places=self._places, on=self._on)
            for name in (*ready.rule.parameters, *counting)
        }
        known = {name: parameter for name, parameter in found.items() if parameter is not None}
        if len(known) < len(found):
            return None
        return Used(known, MappingProxyType({name: parameter.value for name, parameter in known.items()}))


@lru_cache(maxsize=256)
def prepared(view: CatalogView) -> Prepared:
    return Prepared(view)


def concerns(ready: Ready, *, on: str, step: str | None) -> bool:
    """Whether a rule belongs to a workflow and step, or a record type. Without `on` it is on all of its own vertical."""
    rule = ready.rule
    named = {qualified(ready.owner, each) for each in rule.on}
    if on not in named and (named or on.partition(".")[0] != ready.owner):
        return False
    return not rule.steps or step in rule.steps


def segments_of(rule: Rule, *, owner: str) -> Iterator[str]:
    """The segments a rule names, in its list or in its condition."""
    yield from (qualified(owner, key) for key in rule.segments)
    left = [rule.when]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            if part.get("field") == "segments" and isinstance(part.get("value"), str):
                yield part["value"]
            of = part.get("of", ())
            left += of if isinstance(of, list | tuple) else [of]


def qualified(owner: str, key: str) -> str:
    return key if "." in key else f"{owner}.{key}"


def _resolved(view: CatalogView, key: str, *, places: Sequence[str | None], on: date) -> Parameter | None:
    try:
        return resolve(view, key=key, jurisdictions=places, on=on)
    except LookupError:
        return None


def _ready(view: CatalogView, key: str, rule: Rule) -> Ready:
    owner = key.partition(".")[0]
    plain = Ready(key=key, owner=owner, rule=rule, version=view.verticals[owner].version, mode=view.rule_mode(key))
    if rule.when is None:
        return plain
    try:
        holds = compile_predicate(rule.when, types=types_for(view, rule, owner=owner))
    except ConditionError:  # boot has asked, but a tenant's view may have changed what a name means
        return replace(plain, broken=True)
    reads = frozenset(fields_of(rule.when))
    held = frozenset(
        (target, name) for target in ("customer", "case") for name in reads & view.all_fields(on=target).keys()
    )
    return replace(plain, holds=holds, reads=reads, held=held)


def types_for(view: CatalogView, rule: Rule, *, owner: str) -> dict[str, ValueType]:
    """What the condition of a rule may name."""
    found = _types(view, ["customer"])
    if rule.action in RECORD_ACTIONS:
        on = [f"record:{qualified(owner, each)}" for each in rule.on or _own(view.record_types, owner)]
        fields = _types(view, on)
        return {**found, **_prefixed("record.", fields), **_prefixed("before.", fields), **OF_RECORD, **_of_any(rule)}
    if rule.action == "case_step":
        fields = _types(view, [f"record:{each}" for each in _about(view, rule, owner)])
        of_record = {**_prefixed("record.", fields), "record.type": TEXT, "record.state": TEXT}
        return {**found, **_types(view, ["case"]), **OF_CASE, **of_record, **_of_any(rule)}
    return {**found, **CORE_TYPES}


def _of_any(rule: Rule) -> dict[str, ValueType]:
    return {**OF_CUSTOMER, **{f"counts.{each.key}": NUMBER for each in rule.counts}}


def _about(view: CatalogView, rule: Rule, owner: str) -> set[str]:
    """The record types that cases of the rule's workflows are about."""
    flows = (view.workflow(qualified(owner, each)) for each in rule.on or _own(view.workflows, owner))
    return {qualified(owner, flow.record_type) for flow in flows if flow is not None and flow.record_type}


def _own(declared: Iterable[str], owner: str) -> list[str]:
    return [key for key in declared if key.partition(".")[0] == owner]


def _types(view: CatalogView, targets: Iterable[str]) -> dict[str, ValueType]:
    """With fields that a tenant has hidden: a rule is not blind to what a page leaves out."""
    found: dict[str, ValueType] = {}
    for target in targets:
        found |= FieldSet(fields=view.all_fields(on=target)).types()
    return found


def _prefixed(prefix: str, types: Mapping[str, ValueType]) -> dict[str, ValueType]:
    return {prefix + name: of for name, of in types.items()}
