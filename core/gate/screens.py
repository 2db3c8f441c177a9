"""What pages of findings, rules and dry runs show: labels, links and the controls of their forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row

from core.errors import N_, DomainError, Invalid
from core.gate import labels
from core.gate.queries import RuleRow
from core.gate.rules import LABELS
from core.parameters.values import shown, unit_text
from core.plugin import Label, Parameter
from core.plugin.catalog import CatalogView
from core.web.forms import Control, control, errors_of, filled
from core.web.i18n import label, language
from core.web.links import link_to

CORE: Label = {"zh-CN": "平台规则", "en": "Core rules"}
CORE_FINDINGS: Mapping[str, Label] = {
    "core.ungated": {"zh-CN": "未经许可的外呼接触", "en": "Outbound contact past the gate"},
    "core.unusual_reveals": {"zh-CN": "揭示次数异常", "en": "Unusually many reveals"},
}


def rule_label(key: str, view: CatalogView) -> str:
    """The rule's name; its key where it is declared no more."""
    declared = view.all_rules().get(key)
    return label(declared.label if declared is not None else LABELS.get(key) or CORE_FINDINGS.get(key) or key)


class ShownFinding:
    """A finding in words. Rules write reasons without personal data, so they are shown to either party."""

    def __init__(self, row: Row[Any], view: CatalogView) -> None:
        self.row = row
        self.rule = rule_label(row.rule, view)
        self.text = label(row.reason.get("text")) or self.rule
        self.citation = row.reason.get("citation") or ""
        self.severity, self.tone = labels.SEVERITIES[row.severity]
        self.state, self.state_tone = labels.STATES[row.state]
        self.about = labels.SUBJECTS.get(row.subject_type, row.subject_type)
        self.href = link_to(row.subject_type, row.subject_id)


def chosen(args: Mapping[str, str]) -> dict[str, str | None]:
    """The filters of the list, those only that make sense."""
    state, severity = args.get("state", "open"), args.get("severity")
    return {
        "state": state if state in ("open", "settled", "all") else "open",
        "severity": severity if severity in labels.SEVERITIES else None,
        "rule": args.get("rule") or None,
    }


def amount(parameter: Parameter) -> str:
    """Its value with its unit, as people write it."""
    unit = unit_text(parameter.unit, locale=language())
    return f"{shown(parameter.value, locale=language())} {unit}".strip()


def note_control() -> Control:
    return control("note", _("What was done about it"), kind="textarea", required=True)


def grouped(found: Mapping[str, Sequence[RuleRow]], view: CatalogView) -> list[tuple[str, Label, Sequence[RuleRow]]]:
    """By vertical, the core's last."""
    named = [(key, view.verticals[key].label, rows) for key, rows in found.items() if key in view.verticals]
    return [*named, ("core", CORE, found["core"])]


def mode_controls(row: RuleRow, form: Mapping[str, str], error: DomainError | None) -> list[Control]:
    options = [(key, text) for key, (text, _tone) in labels.MODES.items() if key != row.mode]
    made = [
        control("mode", _("Mode"), kind="select", required=True, options=options),
        control("reason", _("Reason"), kind="textarea", required=True),
    ]
    return filled(made, values=form, errors=errors_of(error)) if error is not None else made


def trial_controls(row: RuleRow, today: date, form: Mapping[str, str], error: Invalid | None) -> list[Control]:
    """The period, and a value for each parameter; an empty one is that in force."""
    made = [
        control("since", _("First day"), kind="date", required=True, value=(today - timedelta(days=30)).isoformat()),
        control("until", _("Last day"), kind="date", required=True, value=today.isoformat()),
    ]
    for each in row.parameters:
        if not isinstance(each, str):
            in_force = _("In force: %(value)s", value=amount(each))
            made.append(control(each.key, label(each.label), help=in_force))
    return filled(made, values=form, errors=errors_of(error)) if error is not None else made


def day(form: Mapping[str, str], name: str) -> date:
    """Raises Invalid."""
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise Invalid(N_("Choose a day."), field=name) from None


def numbers(form: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if name not in ("since", "until")}
