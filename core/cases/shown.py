"""A case as one reader may see it: words in their language, names and free text masked for a provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from core.cases.clocks import Clock, Entered, clocks
from core.cases.definitions import case_fields, guard_values, state_of, steps_from
from core.cases.moves import why_not
from core.context import Context
from core.fields.controls import controls
from core.fields.display import display
from core.fields.masks import mask, mask_for, redact
from core.gate.subject import zone_of
from core.plugin import Transition, Workflow
from core.plugin.catalog import CatalogView
from core.web.flow import Flow, draw_flow
from core.web.formats import datetime_text, now
from core.web.forms import Control
from core.web.i18n import label, language

TONES = {"initial": "info", "open": "info", "done": "ok", "failed": "mute"}


@dataclass(frozen=True)
class Line:
    """A case in a list. `row` is what `queries.case_page` gives, `workflow` its declaration as it is now."""

    row: Any
    workflow: Workflow | None
    context: Context

    @property
    def title(self) -> str:
        """Its own, else the name of its workflow."""
        own = redact(self.row.title) if self.context.masked else str(self.row.title)
        return own or self.workflow_name

    @property
    def customer_name(self) -> str:
        return mask("name", self.row.customer_name) if self.context.masked else str(self.row.customer_name)

    @property
    def workflow_name(self) -> str:
        return label(self.workflow.label) if self.workflow is not None else str(self.row.workflow)

    @property
    def state(self) -> str:
        return label(state_of(self.workflow, self.row.state).label) if self.workflow is not None else self.row.state

    @property
    def tone(self) -> str:
        return TONES[state_of(self.workflow, self.row.state).kind] if self.workflow is not None else "mute"

    @property
    def overdue(self) -> bool:
        return self.row.closed_at is None and self.row.due_at is not None and self.row.due_at < now()


@dataclass(frozen=True)
class ShownCase:
    """A case with its flow, clocks, moves and history. `workflow` is the version it is pinned to."""

    row: Any
    steps: Sequence[Any]
    workflow: Workflow
    view: CatalogView
    context: Context

    @cached_property
    def line(self) -> Line:
        return Line(self.row, self.workflow, self.context)

    @property
    def vertical(self) -> str:
        return str(self.row.workflow.partition(".")[0])

    @property
    def phone(self) -> str | None:
        number: str | None = self.row.phone
        if number is None or not self.context.masked:
            return number
        return mask("phone", number).replace("****", " **** ").strip()

    @cached_property
    def flow(self) -> Flow:
        return draw_flow(
            [(state.key, label(state.label)) for state in self.workflow.states],
            transitions=[(step.source, step.target) for step in self.workflow.transitions],
            title=label(self.workflow.label),
            current=self.row.state,
            done={step.target for step in self.steps},
        )

    @cached_property
    def moves(self) -> list[dict[str, Any]]:
        """Every step from here as `ui.moves` draws it: those that are not possible now with the reason."""
        return [self._move(step) for step in steps_from(self.workflow, self.row.state)]

    def _move(self, step: Transition) -> dict[str, Any]:
        refused = why_not(step, context=self.context, view=self.view, workflow=self.row.workflow, known=self._known)
        target = label(state_of(self.workflow, step.target).label)
        form = "ask" if step.required else "step"
        reason = None
        if refused is not None:
            reason = label(refused.words) if refused.words else str(_(refused.message))
        return {
            "text": label(step.label),
            "note": _("to: %(state)s", state=target),
            "reason": reason,
            "attrs": {"form": form, "name": "step", "value": step.key} if reason is None else {"type": "button"},
        }

    @cached_property
    def _known(self) -> dict[str, Any]:
        row = self.row
        customer = {
            "attributes": row.customer_attributes,
            "state": row.customer_state,
            "kind": row.customer_kind,
            "country": row.country,
            "grade": row.grade,
        }
        held = {"attributes": row.attributes, "state": row.state, "severity": row.severity}
        return guard_values(customer, held)

    def asked(self, key: str | None) -> Transition | None:
        """The step that somebody chose and that asks for fields first."""
        return next((step for step in steps_from(self.workflow, self.row.state) if step.key == key), None)

    def controls(self, step: Transition, sent: Mapping[str, Any], errors: Mapping[str, str]) -> list[Control]:
        """The fields a step requires."""
        fields = case_fields(self.view, vertical=self.vertical)
        names = [f"{self.vertical}.{key}" for key in step.required if f"{self.vertical}.{key}" in fields.fields]
        values = {**fields.flat(self.row.attributes), **{name: sent[name] for name in names if name in sent}}
        made = controls(fields, values, names=names, errors=errors, zone=ZoneInfo(self.context.zone))
        return [replace(each, required=True) for each in made]

    @cached_property
    def clocks(self) -> list[dict[str, Any]]:
        """The deadlines as `ui.clock` draws them."""
        found = clocks(
            self.workflow,
            [Entered(step.target, step.taken_at) for step in self.steps],
            view=self.view,
            vertical=self.vertical,
            jurisdictions=(self.row.country, self.context.country),
            zone=zone_of(self.row.time_zone or self.context.zone),
        )
        return [_clock(each) for each in found]

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """What is known of the case itself."""
        fields = case_fields(self.view, vertical=self.vertical)
        zone = ZoneInfo(self.context.zone)
        found = []
        for name, value in fields.flat(self.row.attributes).items():
            field = fields.fields[name]
            masker = mask_for(field.sensitivity, field.mask, party=self.context.party)
            text = str(masker(value)) if masker else display(field, value, locale=language(), zone=zone)
            found.append((label(field.label), text))
        return found

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """The steps, the newest first, as `ui.timeline` draws them."""
        return [self._told(step) for step in reversed(self.steps)]

    def _told(self, step: Any) -> dict[str, Any]:
        names = {(each.source, each.key): label(each.label) for each in self.workflow.transitions}
        target = label(state_of(self.workflow, step.target).label)
        title, text = _("Opened"), target
        if step.transition is not None:
            title = names.get((step.source, step.transition), step.transition)
            text = f"{label(state_of(self.workflow, step.source).label)} → {target}"
        note = redact(step.note) if step.note and self.context.masked else step.note
        kind = state_of(self.workflow, step.target).kind
        return {
            "icon": "plus" if step.transition is None else "check" if kind == "done" else "arrow",
            "tone": TONES[kind],
            "title": title,
            "text": _("%(move)s. %(note)s", move=text, note=note) if note else text,
            "actor": self._actor(step),
            "party": step.party,
            "at": step.taken_at,
            "href": None,
        }

    def _actor(self, step: Any) -> str:
        if step.party == "system":
            return str(_("System"))
        if step.party == "client" and self.context.party == "provider":
            return self.context.tenant_name
        return step.shown_name or (self.context.tenant_name if step.party == "client" else "")


def _clock(clock: Clock) -> dict[str, Any]:
    moment = now()
    state = clock.state(moment)
    gap = abs((clock.due_at - (clock.stopped_at or moment)).total_seconds())
    words = {"running": _("left"), "met": _("to spare"), "breached": _("over")}
    parameter = clock.parameter
    verified = "" if parameter.verified else f" · {_('Not verified')}"
    return {
        "title": label(clock.timer.label),
        "state": state,
        "left": span(gap),
        "note": words[state],
        "due": _(
            "due %(time)s, began %(start)s", time=datetime_text(clock.due_at), start=datetime_text(clock.started_at)
        ),
        "source": f"{parameter.source_title} {parameter.source_article}{verified}",
        "used": clock.used(moment),
    }


def span(seconds: float) -> str:
    """`3 d 13 h`, `9 h 20 min`, `35 min`: the two largest units."""
    minutes = round(seconds / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return str(_("%(days)s d %(hours)s h", days=days, hours=hours))
    if hours:
        return str(_("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))
    return str(ngettext("%(num)s min", "%(num)s min", rest))
