"""What the contact page shows: the gate's answer in words, what remains possible, and the form for the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from core.context import Context
from core.errors import N_, Invalid
from core.gate.answers import ALLOWING
from core.gate.facts import CHANNELS, PURPOSES
from core.gate.rules import LABELS
from core.gate.service import still_possible
from core.interactions.labels import DISPOSITIONS, NEXT_STEPS, OUTCOMES, outcomes_after, steps_after
from core.parameters.queries import UNITS
from core.plugin.catalog import CatalogView
from core.web.formats import datetime_text, now
from core.web.forms import Control, control
from core.web.i18n import label
from core.web.words import word


@dataclass(frozen=True)
class Banner:
    """A stored decision as `ui.gate` draws it. `row` is what `queries.decision_row` gives."""

    row: Any
    view: CatalogView
    name: str

    @property
    def title(self) -> str:
        row, purpose = self.row, word("purpose", self.row.purpose)
        by_phone = row.channel == "phone"
        values = {"name": self.name, "purpose": purpose, "channel": word("channel", row.channel)}
        match row.verdict:
            case "allow":
                return str(_("You may call now") if by_phone else _("You may make contact now"))
            case "warn":
                return str(_("You may call now, with care") if by_phone else _("You may make contact now, with care"))
            case "defer":
                values["time"] = datetime_text(row.until)
                return str(_("You may make contact after %(time)s", **values))
            case "hold":
                return str(_("Not now: something must be settled first", **values))
            case _:
                shown = _("You may not call %(name)s: %(purpose)s", **values)
                return str(
                    shown if by_phone else _("You may not contact %(name)s by %(channel)s: %(purpose)s", **values)
                )

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """What the rules said, the strictest first; then what they would have let pass."""
        said = [
            {"text": reason["text"], "cite": reason["citation"] or None, "verdict": reason["verdict"]}
            for reason in self.row.reasons
        ]
        passed = self.passed
        if passed and self.row.verdict != "allow":
            said.append({"text": _("Passed: %(rules)s", rules=passed), "cite": None, "verdict": "allow"})
        return said

    @property
    def passed(self) -> str:
        silent = {reason["rule"] for reason in self.row.reasons}
        order = list(LABELS)
        names = sorted(
            (name for name, told in self.row.rules.items() if told["verdict"] == "allow" and name not in silent),
            key=lambda name: (order.index(name) if name in LABELS else len(order), name),
        )
        return str(_(", ")).join(self._rule(name) for name in names)

    def _rule(self, name: str) -> str:
        rule = self.view.rules().get(name)
        words = rule.label if rule is not None else LABELS.get(name)
        return label(words) if words is not None else name

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The numbers that were used, each with where it comes from."""
        found: dict[str, dict[str, Any]] = {}
        for reason in self.row.reasons:
            found |= reason["parameters"]
        return [
            {
                **each,
                "shown": _with_unit(each["value"], each["unit"]),
                "effective_from": date.fromisoformat(each["effective_from"]),
            }
            for each in found.values()
        ]

    @property
    def allowing(self) -> bool:
        return self.row.verdict in ALLOWING

    @property
    def open_until(self) -> datetime | None:
        """Until when the outcome of a contact can be recorded under this decision; None: not, or not any more."""
        usable = self.allowing and self.row.used_by is None and self.row.valid_until > now()
        return self.row.valid_until if usable else None

    @property
    def remaining(self) -> list[str]:
        """Purposes that would be allowed on the same facts."""
        if self.allowing:
            return []
        return [str(word("purpose", each)) for each in still_possible(self.row.subject, view=self.view)]


def _with_unit(value: str, unit: str) -> str:
    words = dict(zip(("zh-CN", "en"), UNITS.get(unit, (unit, unit)), strict=True))
    return value if unit == "local_time" else f"{value} {label(words)}"


def question_controls(asked: Mapping[str, str], *, errors: Mapping[str, str]) -> list[Control]:
    """What is it about, and how."""
    purposes = [(key, word("purpose", key)) for key in PURPOSES]
    channels = [(key, word("channel", key)) for key in CHANNELS]
    return [
        control("purpose", _("Purpose"), kind="select", options=purposes, required=True,
                value=asked.get("purpose") or "service", error=errors.get("purpose")),
        control("channel", _("Channel"), kind="select", options=channels, required=True,
                value=asked.get("channel") or "phone", error=errors.get("channel")),
    ]  # fmt: skip


def outcome_controls(sent: Mapping[str, str], context: Context, *, errors: Mapping[str, str]) -> list[Control]:
    """When it began, how long it took, what was said."""
    local = now().astimezone(ZoneInfo(context.zone)).strftime("%Y-%m-%dT%H:%M")
    return [
        control("started_at", _("Began at"), kind="datetime", required=True, value=sent.get("started_at", local),
                error=errors.get("started_at")),
        control("minutes", _("Talk time"), kind="number", unit=_("minutes"), value=sent.get("minutes"),
                error=errors.get("minutes") or errors.get("talk_s"), autocomplete="off"),
        control("note", _("Note"), kind="textarea", rows=3, maxlength=4000, value=sent.get("note"),
                error=errors.get("note"), help=_("No document or card numbers")),
    ]  # fmt: skip


TIMINGS = ("queued_s", "ring_s", "hold_s", "wrap_s")


def timing_controls(sent: Mapping[str, str], *, errors: Mapping[str, str]) -> list[Control]:
    """How long the parts of it took besides the talk, for whoever has no telephone system that says so."""
    names = {"queued_s": _("Waiting"), "ring_s": _("Ringing"), "hold_s": _("On hold"), "wrap_s": _("Wrap-up")}
    return [
        control(name, names[name], kind="number", unit=_("seconds"), value=sent.get(name), error=errors.get(name),
                autocomplete="off")
        for name in TIMINGS
    ]  # fmt: skip


def tree_controls(sent: Mapping[str, str], *, errors: Mapping[str, str]) -> list[Control]:
    """The second and third level, as far as the levels above leave a choice."""
    reach, outcome = sent.get("disposition"), sent.get("outcome")
    outcomes = outcomes_after(reach)
    outcome = outcome if outcome in outcomes else None
    steps = steps_after(reach, outcome)
    step = sent.get("next_step")
    return [
        control("outcome", _("Outcome"), kind="select", options=[(key, OUTCOMES[key]) for key in outcomes],
                value=outcome, error=errors.get("outcome")),
        control("next_step", _("Next step"), kind="select", options=[(key, NEXT_STEPS[key]) for key in steps],
                value=step if step in steps else None, error=errors.get("next_step")),
    ]  # fmt: skip


def dispositions(*, reached: bool = False) -> Sequence[tuple[str, Any]]:
    """All, or those where somebody was there: who contacts us is not out of reach."""
    return [(key, each.label) for key, each in DISPOSITIONS.items() if each.reached or not reached]


def outcome_of(sent: Mapping[str, str], context: Context) -> dict[str, Any]:
    """The keyword arguments of `service.record`. Without a decision it is something the customer began. Raises Invalid."""
    decision = sent.get("decision") or None
    started = _moment(sent.get("started_at", ""), context)
    seconds = _seconds(sent.get("minutes", ""))
    return {
        "channel": sent.get("channel", ""),
        "purpose": sent.get("purpose", ""),
        "direction": "outbound" if decision else "inbound",
        "disposition": sent.get("disposition", ""),
        "started_at": started,
        "ended_at": started + timedelta(seconds=seconds) if seconds is not None else None,
        "talk_s": seconds,
        **{name: _whole(sent.get(name, ""), name) for name in TIMINGS},
        "outcome": sent.get("outcome") or None,
        "next_step": sent.get("next_step") or None,
        "note": sent.get("note"),
        "gate_decision_id": _uuid(decision),
    }


def _moment(text: str, context: Context) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(context.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(N_("This is not a time such as 2026-11-20T10:24."), field="started_at") from None


def _seconds(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        minutes = float(text.replace(",", "."))
    except ValueError:
        minutes = -1
    if not 0 <= minutes <= 24 * 60:
        raise Invalid(N_("Minutes between 0 and 1440."), field="minutes")
    return round(minutes * 60)


def _whole(text: str, name: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise Invalid(N_("Whole seconds, such as 12."), field=name)
    return int(text)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(N_("This is no gate decision."), field="decision") from None
