"""A case as one reader may see it: words in their language, names and free text masked for a provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from core.cases.definitions import case_fields, guard_values, qualified, shown_fields, state_of, steps_from
from core.cases.moves import why_not
from core.clocks.shown import shown_clock
from core.context import Context
from core.customers.shown import spaced, spoken
from core.fields import FieldSet
from core.fields.controls import controls
from core.fields.display import display
from core.fields.masks import masker, policy_of, shown_as, written
from core.fields.unseen import open_fields
from core.plugin import Transition, Workflow
from core.plugin.catalog import CatalogView
from core.web.flow import Flow, draw_flow
from core.web.formats import now
from core.web.forms import Control
from core.web.i18n import label, language
from core.web.links import reveal_link

TONES = {"initial": "info", "open": "info", "done": "ok", "failed": "mute"}
SEVERITY_TONES = {"low": "mute", "normal": "mute", "high": "warn", "urgent": "bad"}


@dataclass(frozen=True)
class Line:
    """A case in a list. `row` is what `queries.case_page` gives, `workflow` its declaration as it is now."""

    row: Any
    workflow: Workflow | None
    context: Context

    @property
    def title(self) -> str:
        """Its own, else the name of its workflow."""
        own = str(written(self.row.title, sight=self.context.sight))
        return own or self.workflow_name

    @property
    def unnamed(self) -> bool:
        """Whether its title is but the name of its workflow: where many stand together, that tells nothing apart."""
        return not self.row.title

    @property
    def customer_name(self) -> str:
        return str(shown_as("name", self.row.customer_name, name="name", sight=self.context.sight))

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
    def severity_tone(self) -> str:
        return SEVERITY_TONES.get(self.row.severity, "mute")

    @property
    def assignee(self) -> str | None:
        """Whom the reader may know by name: a provider reads the client's name for its people."""
        if self.row.assignee_id is None:
            return None
        if self.row.assignee_party == "client" and self.context.party == "provider":
            return self.context.tenant_name
        return self.row.assignee or str(_("Somebody"))

    @property
    def overdue(self) -> bool:
        return self.row.closed_at is None and self.row.due_at is not None and self.row.due_at < now()


@dataclass(frozen=True)
class ShownCase:
    """A case with its flow, clocks, moves, history and comments. `workflow` is the definition it is pinned to."""

    row: Any
    steps: Sequence[Any]
    workflow: Workflow
    view: CatalogView
    context: Context
    clock_rows: Sequence[Any] = ()
    comment_rows: Sequence[Any] = ()
    pending: Any = None

    @cached_property
    def line(self) -> Line:
        return Line(self.row, self.workflow, self.context)

    @property
    def vertical(self) -> str:
        return str(self.row.workflow.partition(".")[0])

    @property
    def phone(self) -> str | None:
        number: str | None = self.row.phone
        if number is None:
            return None
        shown: str = shown_as("phone", number, name="phone", sight=self.context.sight)
        return spoken(number, region=self.context.country) if shown == number else spaced(shown)

    @cached_property
    def flow(self) -> Flow:
        return draw_flow(
            [(state.key, label(state.label)) for state in self.workflow.states],
            transitions=[(step.source, step.target) for step in self.workflow.transitions],
            title=label(self.workflow.label),
            current=self.row.state,
            done={step.target for step in self.steps},
            gated={(step.source, step.target) for step in self.workflow.transitions if step.approval},
        )

    @cached_property
    def flow_list(self) -> list[tuple[str, list[tuple[str, str, str | None]]]]:
        """The drawing in words: each state with the steps that leave it, where they lead and what stands in the way."""
        return [
            (label(state.label), [self._in_words(step) for step in steps_from(self.workflow, state.key)])
            for state in self.workflow.states
        ]

    def _in_words(self, step: Transition) -> tuple[str, str, str | None]:
        reason = None
        if step.source == self.row.state and self.row.closed_at is None:
            reason = self._reason(step)
        if reason is None and step.approval:
            reason = _("a second person approves it")
        return label(step.label), label(state_of(self.workflow, step.target).label), reason

    @cached_property
    def moves(self) -> list[dict[str, Any]]:
        """Every step from here as `ui.moves` draws it: those that are not possible now with the reason."""
        if self.row.closed_at is not None:
            return []
        return [self._move(step) for step in steps_from(self.workflow, self.row.state)]

    def _move(self, step: Transition) -> dict[str, Any]:
        target = label(state_of(self.workflow, step.target).label)
        form = "ask" if step.required or step.approval else "step"
        reason = self._reason(step)
        note = _("to: %(state)s", state=target)
        if step.approval:
            note = _("%(note)s, once a second person approves", note=note)
        return {
            "text": label(step.label),
            "note": note,
            "reason": reason,
            "attrs": {"form": form, "name": "step", "value": step.key} if reason is None else {"type": "button"},
        }

    def _reason(self, step: Transition) -> str | None:
        """Why the reader cannot take a step now."""
        if self.pending is not None:
            return str(_("A step of this case waits for approval already."))
        refused = why_not(step, context=self.context, view=self.view, workflow=self.row.workflow, known=self._known)
        if refused is None:
            return None
        return label(refused.words) if refused.words else str(_(refused.message))

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
        if self.row.closed_at is not None:
            return None
        return next((step for step in steps_from(self.workflow, self.row.state) if step.key == key), None)

    def controls(self, step: Transition, sent: Mapping[str, Any], errors: Mapping[str, str]) -> list[Control]:
        """The fields a step requires."""
        names = [qualified(key, self.vertical) for key in step.required]
        return [replace(each, required=True) for each in self._controls(names, sent, errors)]

    def edit_controls(self, sent: Mapping[str, Any], errors: Mapping[str, str]) -> list[Control]:
        """All fields the case shows."""
        return self._controls(shown_fields(self.workflow, self._fields, vertical=self.vertical), sent, errors)

    def _controls(self, names: Sequence[str], sent: Mapping[str, Any], errors: Mapping[str, str]) -> list[Control]:
        known = [name for name in names if name in self._fields.fields]
        held = self._fields.flat(self.row.attributes)
        known = open_fields(known, fields=self._fields.fields, held=held, sight=self.context.sight)
        values = {**held, **{name: sent[name] for name in known if name in sent}}
        zone, currency = ZoneInfo(self.context.zone), self.context.currency
        return controls(self._fields, values, names=known, errors=errors, zone=zone, currency=currency)

    @cached_property
    def _fields(self) -> FieldSet:
        return case_fields(self.view, vertical=self.vertical)

    @cached_property
    def clocks(self) -> list[dict[str, Any]]:
        """The deadlines as `clocks/_clock.html` draws them."""
        names = {timer.key: label(timer.label) for timer in self.workflow.timers}
        rows = [row for row in self.clock_rows if row.state != "cancelled"]
        return [shown_clock(row, title=names.get(row.timer, row.timer)) for row in rows]

    @cached_property
    def facts(self) -> list[tuple[str, str | None, str | None]]:
        """What is known of the case itself, and the fields of its workflow that nobody has filled in yet: name, text, and where
        a masked one is shown in clear."""
        fields, zone = self._fields, ZoneInfo(self.context.zone)
        values = fields.shown(self.row.attributes)
        shown = shown_fields(self.workflow, fields, vertical=self.vertical)
        found: list[tuple[str, str | None, str | None]] = []
        for name in dict.fromkeys([*shown, *(name for name in values if name in fields.fields)]):
            field, value = fields.fields[name], values.get(name)
            mask = masker(field, name=name, sight=self.context.sight) if value is not None else None
            text = str(mask(value)) if mask else display(field, value, locale=language(), zone=zone)
            policy = policy_of(field, name=name, sight=self.context.sight)
            covered = self._reveal(name, policy) if mask and text != str(value) else None
            found.append((label(field.label), text if value is not None else None, covered))
        return found

    def _reveal(self, field: str, policy: str = "masked") -> str | None:
        """Where a masked value of the case is asked for; None for who may not."""
        return reveal_link(case_id=self.row.id, field=field, policy=policy)

    def _unwritten(self, field: str, clear: str | None) -> str | None:
        """The same of what somebody wrote, where the reader sees it otherwise."""
        return self._reveal(field) if clear and written(clear, sight=self.context.sight) != clear else None

    @cached_property
    def title_reveal(self) -> str | None:
        return self._unwritten("title", self.row.title)

    @cached_property
    def comments(self) -> list[dict[str, Any]]:
        """What was said, in order of time; numbers and addresses hidden where the reader sees masks, whoever wrote them."""
        return [
            {
                "text": written(row.body, sight=self.context.sight),
                "reveal": self._unwritten(f"comment:{row.id}", row.body),
                "internal": row.audience == "internal",
                "actor": self._actor(row),
                "party": row.party,
                "at": row.created_at,
            }
            for row in self.comment_rows
        ]

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
        note = written(step.note, sight=self.context.sight)
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
            "reveal": self._unwritten(f"step:{step.id}", step.note),
        }

    def _actor(self, step: Any) -> str:
        if step.party == "system":
            return str(_("System"))
        if step.party == "client" and self.context.party == "provider":
            return self.context.tenant_name
        return step.shown_name or (self.context.tenant_name if step.party == "client" else "")
