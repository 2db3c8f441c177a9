"""A view of the catalog as one tenant has tailored it: what services and pages are given in place of the plain view.

1. Fields of the tenant's own form a pseudo vertical `own`; settings hide, relabel, require and order those of verticals.
2. Approved overrides stand before the rows of `params.toml`.  3. Workflows carry the tenant's labels, without the steps it
switched off.  4. Rules that are off are gone; `rule_mode` tells those in shadow.
Made by `core.configuration.view` and kept per tenant and revision; nothing in it can be changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from core.plugin.catalog import CatalogView, LoadedVertical
from core.plugin.params import ParameterSet
from core.plugin.processes import Workflow
from core.plugin.types import Action, Field, Label, Parameter, Rule, Vertical

OWN = "own"
"""The owner of fields that a tenant declares itself: `own.<key>`."""

OWN_LABEL: Label = {"zh-CN": "自有字段", "en": "Own fields"}

RuleMode = Literal["on", "shadow", "off"]


@dataclass(frozen=True, kw_only=True)
class FieldTailoring:
    """How a tenant shows one field of a vertical. An empty label keeps the vertical's."""

    shown: bool = True
    required: bool = False
    label: Label = field(default_factory=dict)
    position: int | None = None


@dataclass(frozen=True, kw_only=True)
class WorkflowTailoring:
    """`labels` by `state:<key>`, `step:<key>`, `timer:<key>`, or `""` for the workflow itself; `steps_off` names optional
    steps; `required` more case fields by step."""

    labels: Mapping[str, Label] = field(default_factory=dict)
    steps_off: Sequence[str] = ()
    required: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tailoring:
    """Everything a tenant has tailored. Targets are `customer`, `case`, `interaction` or `record:<vertical>.<type>`."""

    revision: int
    own_fields: Sequence[tuple[str, Field]] = ()
    fields: Mapping[tuple[str, str], FieldTailoring] = field(default_factory=dict)
    overrides: Mapping[str, Sequence[Parameter]] = field(default_factory=dict)
    rules: Mapping[str, RuleMode] = field(default_factory=dict)
    workflows: Mapping[str, WorkflowTailoring] = field(default_factory=dict)


class TailoredView(CatalogView):
    """A `CatalogView` of one tenant. `overrides` are by vertical; their keys are bare, like those of `params.toml`."""

    def __init__(self, loaded: Sequence[LoadedVertical], tailoring: Tailoring) -> None:
        own = LoadedVertical(
            vertical=Vertical(key=OWN, label=OWN_LABEL, version=str(tailoring.revision), requires=">=1", icon="edit"),
            distribution="",
            module=__name__,
            package=__package__ or "core.plugin",
        )
        super().__init__([*loaded, own])
        self.tailoring = tailoring

    @cached_property
    def _tailored_fields(self) -> dict[str, Mapping[str, Field]]:
        return {}

    def fields(self, *, on: str = "customer") -> Mapping[str, Field]:
        found = self._tailored_fields.get(on)
        if found is None:
            found = self._tailored_fields[on] = MappingProxyType(self._make_fields(on))
        return found

    def _make_fields(self, on: str) -> dict[str, Field]:
        settings = self.tailoring.fields
        made: list[tuple[int, str, Field]] = []
        declared = [*super().fields(on=on).items()]
        declared += [(f"{OWN}.{each.key}", each) for target, each in self.tailoring.own_fields if target == on]
        for number, (name, each) in enumerate(declared):
            setting = settings.get((on, name), FieldTailoring())
            if setting.shown:
                place = number if setting.position is None else setting.position
                label = {**each.label, **setting.label}
                changed = replace(each, label=label, required=each.required or setting.required)
                made.append((place, name, changed if setting.label or setting.required else each))
        return {name: each for _, name, each in sorted(made, key=lambda entry: entry[0])}

    def all_fields(self, *, on: str = "customer") -> Mapping[str, Field]:
        """The verticals' fields as declared, hidden ones too, and the tenant's own: for the page that tailors them."""
        own = {f"{OWN}.{each.key}": each for target, each in self.tailoring.own_fields if target == on}
        return MappingProxyType({**super().fields(on=on), **own})

    @cached_property
    def workflows(self) -> Mapping[str, Workflow]:
        declared = super().workflows
        settings = self.tailoring.workflows
        return MappingProxyType(
            {
                key: tailored(flow, self._seen(key, settings[key])) if key in settings else flow
                for key, flow in declared.items()
            }
        )

    def _seen(self, workflow: str, setting: WorkflowTailoring) -> WorkflowTailoring:
        """A step does not ask for a field that was hidden or retired since: nobody could fill it in."""
        known, owner = self.fields(on="case"), workflow.partition(".")[0]
        required = {
            step: [key for key in keys if (key if "." in key else f"{owner}.{key}") in known]
            for step, keys in setting.required.items()
        }
        return replace(setting, required=required)

    @cached_property
    def parameters(self) -> Mapping[str, ParameterSet]:
        declared = super().parameters
        return MappingProxyType(
            {
                key: ParameterSet(rows=(*self.tailoring.overrides.get(key, ()), *rows.rows))
                for key, rows in declared.items()
            }
        )

    def rules(self, action: Action | None = None) -> Mapping[str, Rule]:
        found = super().rules(action)
        return MappingProxyType({key: rule for key, rule in found.items() if self.rule_mode(key) != "off"})

    def all_rules(self) -> Mapping[str, Rule]:
        """Those that are off too."""
        return super().rules()

    def rule_mode(self, key: str) -> RuleMode:
        return self.tailoring.rules.get(key, "on")


def tailored(flow: Workflow, setting: WorkflowTailoring) -> Workflow:
    """A workflow with the tenant's labels and required fields, without the optional steps it switched off."""
    off = {step.key for step in flow.transitions if step.optional} & set(setting.steps_off)

    def label(key: str, given: Label) -> Label:
        return {**given, **setting.labels.get(key, {})}

    return replace(
        flow,
        label=label("", flow.label),
        states=tuple(replace(state, label=label(f"state:{state.key}", state.label)) for state in flow.states),
        transitions=tuple(
            replace(
                step,
                label=label(f"step:{step.key}", step.label),
                required=(
                    *step.required,
                    *(key for key in setting.required.get(step.key, ()) if key not in step.required),
                ),
            )
            for step in flow.transitions
            if step.key not in off
        ),
        timers=tuple(replace(timer, label=label(f"timer:{timer.key}", timer.label)) for timer in flow.timers),
    )
