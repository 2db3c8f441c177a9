"""What the pages of a configuration file show: entries in words, what differs, and why one is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.configuration.overrides import place_label, value_on
from core.configuration.transfer import Change, Plan
from core.fields.targets import known_targets
from core.gate.labels import MODES
from core.parameters import values
from core.parameters.service import declared_rows
from core.plugin.catalog import CatalogView
from core.web.forms import Control, control
from core.web.i18n import label

SECTIONS: Mapping[str, Any] = {
    "fields": _l("Own field"),
    "field_settings": _l("Field of a vertical"),
    "field_order": _l("Order of fields"),
    "workflows": _l("Workflow"),
    "calendar_days": _l("Day of the calendar"),
    "rules": _l("Rule"),
    "parameters": _l("Parameter"),
}
OUTCOMES: Mapping[str, tuple[Any, str]] = {
    "added": (_l("Added"), "ok"),
    "changed": (_l("Changed"), "info"),
    "asked": (_l("Needs approval"), "warn"),
    "waiting": (_l("Asked for already"), "mute"),
    "unchanged": (_l("Unchanged"), "mute"),
    "refused": (_l("Refused"), "bad"),
}
ATTRIBUTES: Mapping[str, Any] = {
    "kind": _l("Kind"),
    "label": _l("Label"),
    "help": _l("Help"),
    "required": _l("Required"),
    "choices": _l("Choices"),
    "sensitivity": _l("Sensitivity"),
    "mask": _l("Mask"),
    "currency": _l("Currency"),
    "show_when": _l("Shown when"),
    "indexed": _l("Indexed"),
    "shown": _l("Shown"),
    "names": _l("Order"),
    "labels": _l("Names"),
    "steps_off": _l("Steps that are off"),
    "name": _l("Name"),
    "mode": _l("Mode"),
    "value": _l("Value"),
    "effective_to": _l("No longer in force from"),
}
LONGEST = 300


class ShownChange:
    """One entry of a plan in words."""

    def __init__(self, change: Change, view: CatalogView) -> None:
        self.change = change
        self.place = change.place
        self.section = SECTIONS[change.section]
        self.outcome, self.tone = OUTCOMES[change.outcome]
        self.title = _title(change, view)
        self.problems = [(each.field, _(each.message, **each.params)) for each in change.problems]
        self.rows = [
            (title, _text(name, before, change, view), _text(name, after, change, view))
            for name, title, before, after in _leaves(change, view)
        ]


def _leaves(change: Change, view: CatalogView) -> Iterator[tuple[str, Any, Any, Any]]:
    """What differs; of a workflow's names and fields only the parts that do, of a number what it is in place of."""
    for name, before, after in change.rows:
        if name == "value" and before is None:
            item, day = change.item, date.fromisoformat(change.item["effective_from"])
            held = value_on(view, key=item["parameter"], jurisdiction=item["jurisdiction"], on=day)
            yield name, ATTRIBUTES[name], held.value if held is not None else None, after
            continue
        title = ATTRIBUTES.get(name, name)
        if name not in ("labels", "required") or not isinstance(after, Mapping):
            yield name, title, before, after
            continue
        parts = before or {}
        for part in [*parts, *(each for each in after if each not in parts)]:
            was, now = parts.get(part), after.get(part)
            if was != now:
                yield "label" if name == "labels" else name, f"{title} · {part}" if part else title, was, now


def _title(change: Change, view: CatalogView) -> str:
    item = change.item
    match change.section:
        case "fields":
            return f"{label(item['label']) or item['key']} · {_target(item['target'], view)}"
        case "field_settings":
            field = view.all_fields(on=item["target"]).get(item["field"])
            return f"{label(field.label) if field else item['field']} · {_target(item['target'], view)}"
        case "field_order":
            return _target(item["target"], view)
        case "workflows":
            flow = view.all_workflows().get(item["workflow"])
            return label(flow.label) if flow else item["workflow"]
        case "rules":
            rule = view.all_rules().get(item["rule"])
            return label(rule.label) if rule else item["rule"]
        case "parameters":
            rows = declared_rows(view, key=item["parameter"])
            name = label(rows[0].label) if rows else item["parameter"]
            return f"{name} · {label(place_label(item['jurisdiction']))} · {item['effective_from']}"
        case _:
            return f"{item['calendar']} {item['day']}"


def _target(target: str, view: CatalogView) -> str:
    return label(known_targets(view).get(target, target))


def _text(name: str, value: Any, change: Change, view: CatalogView) -> str:
    if value is None or value == [] or value == {}:
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name == "mode" and value in MODES:
        return str(MODES[value][0])
    if name == "value":
        rows = declared_rows(view, key=change.item["parameter"])
        return label(values.value_label(value, rows[0].unit)) if rows else str(value)
    if name in ("label", "help"):
        return " / ".join(value.values())
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def told(plan: Plan) -> str:
    counts = plan.counts
    done = counts["added"] + counts["changed"]
    if not plan.changes_something:
        return str(_("Everything in the file is so already. Nothing was changed"))
    return str(
        _(
            "The file is brought in: %(done)s entries changed, %(asked)s ask for approval",
            done=done,
            asked=counts["asked"],
        )
    )


def file_control(error: str | None) -> Control:
    return control(
        "file", _("File"), kind="file", required=True, accept=".json,application/json", error=error,
        help=_("A configuration that was taken out of this or another workspace (JSON)."),
    )  # fmt: skip


def reason_control(value: str | None, error: str | None) -> Control:
    return control(
        "reason", _("Reason"), kind="textarea", rows=2, required=True, maxlength=2000, value=value, error=error,
        help=_("It stands on every request for approval."),
    )  # fmt: skip
