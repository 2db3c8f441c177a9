"""The form of a workflow's settings: read from what was sent, drawn with what is wrong and how the flow will look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from core.configuration import workflows
from core.configuration.parameter_list import in_force_here
from core.context import Context
from core.plugin import Parameter, Timer, Transition, Workflow
from core.plugin.catalog import CatalogView
from core.plugin.tailored import WorkflowTailoring, tailored
from core.plugin.types import LOCALES
from core.web.flow import Flow, draw_flow
from core.web.forms import Control, control
from core.web.i18n import OWN_NAMES, label


def read(form: MultiDict[str, str], flow: Workflow) -> WorkflowTailoring:
    """What the form says. A step is on unless its box was shown and left empty."""
    labels = {
        name: {locale: form.get(f"label.{name}.{locale}", "") for locale in LOCALES}
        for name in workflows.label_keys(flow)
    }
    off = [step.key for step in flow.transitions if step.optional and f"on.{step.key}" not in form]
    required = {step.key: form.getlist(f"required.{step.key}") for step in flow.transitions}
    return WorkflowTailoring(labels=labels, steps_off=off, required=required)


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A timer with the number it rests on, where it has one."""

    timer: Timer
    parameter: str | None
    row: Parameter | None
    labels: list[Control]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step with its controls: on or off where that is free, labels, and fields it may ask for."""

    step: Transition
    title: str
    source: str
    target: str
    labels: list[Control]
    on: Control | None
    asked: list[str]
    required: Control | None


class Screen:
    """Everything the page shows of one workflow with given settings."""

    def __init__(
        self,
        view: CatalogView,
        key: str,
        setting: WorkflowTailoring,
        *,
        errors: Mapping[str, str],
        context: Context,
        on: date,
    ) -> None:
        self.key, self.setting = key, setting
        self.declared = workflows.declared_workflow(view, key)
        self.tailored = tailored(self.declared, setting)
        self._view, self._errors, self._context, self._on = view, errors, context, on
        self._fields = workflows.required_choices(view, key)

    @property
    def flow(self) -> Flow:
        """The drawing as cases opened from now on will follow it."""
        shown = self.tailored
        return draw_flow(
            [(state.key, label(state.label)) for state in shown.states],
            transitions=[(step.source, step.target) for step in shown.transitions],
            gated=[(step.source, step.target) for step in shown.transitions if step.approval],
            title=label(shown.label),
        )

    def labels(self, name: str, text: Mapping[str, str]) -> list[Control]:
        """A text box a language; what the vertical says stands in it as a hint."""
        held = self.setting.labels.get(name, {})
        return [
            control(
                f"label.{name}.{locale}", _("%(name)s in %(language)s", name=label(text), language=OWN_NAMES[locale]),
                value=held.get(locale, ""), placeholder=text.get(locale), maxlength=workflows.LONGEST,
                error=self._errors.get(f"labels.{name}.{locale}"), autocomplete="off",
                attrs={"lang": locale, "aria-label": _("%(name)s in %(language)s", name=label(text), language=OWN_NAMES[locale])},
            )
            for locale in LOCALES
        ]  # fmt: skip

    @property
    def own_labels(self) -> list[Control]:
        return self.labels("", self.declared.label)

    @property
    def states(self) -> list[tuple[Any, list[Control]]]:
        return [(state, self.labels(f"state:{state.key}", state.label)) for state in self.declared.states]

    @property
    def steps(self) -> list[Step]:
        return [self._step(step) for step in self.declared.transitions]

    def _step(self, step: Transition) -> Step:
        names = {state.key: label(state.label) for state in self.tailored.states}
        on = None
        if step.optional:
            on = control(f"on.{step.key}", _("Cases can take this step"), kind="checkbox",
                         value=step.key not in self.setting.steps_off)  # fmt: skip
        declared = {key.removeprefix(f"{self._owner}.") for key in step.required}
        return Step(
            step=step,
            title=label(step.label),
            source=names[step.source],
            target=names[step.target],
            labels=self.labels(f"step:{step.key}", step.label),
            on=on,
            asked=[label(self._fields[key].label) for key in sorted(declared) if key in self._fields],
            required=self._required(step, declared),
        )

    def _required(self, step: Transition, declared: set[str]) -> Control | None:
        options = [(key, label(field.label)) for key, field in self._fields.items() if key not in declared]
        if not options:
            return None
        wrong = (text for place, text in self._errors.items() if place.startswith(f"required.{step.key}"))
        return control(
            f"required.{step.key}", _("Also asks for"), kind="checks", options=options,
            value=list(self.setting.required.get(step.key, ())), error=next(wrong, None),
        )  # fmt: skip

    @property
    def _owner(self) -> str:
        return self.key.partition(".")[0]

    @property
    def deadlines(self) -> list[Deadline]:
        return [self._deadline(timer) for timer in self.declared.timers]

    def _deadline(self, timer: Timer) -> Deadline:
        bare = timer.parameter
        key = None if bare is None else bare if "." in bare else f"{self._owner}.{bare}"
        row = in_force_here(self._view, key=key, context=self._context, on=self._on) if key is not None else None
        return Deadline(timer=timer, parameter=key, row=row, labels=self.labels(f"timer:{timer.key}", timer.label))

    @property
    def controls(self) -> list[Control]:
        """Every control, for the list of what is wrong."""
        found = [*self.own_labels]
        for _state, labels in self.states:
            found += labels
        for step in self.steps:
            found += [*step.labels, *([step.required] if step.required is not None else [])]
        for deadline in self.deadlines:
            found += deadline.labels
        return found
