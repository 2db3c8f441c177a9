"""The words of what a KPI is told apart by: fields, their values, and the core's own names, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.interactions.labels import DIRECTIONS, DISPOSITIONS, NEXT_STEPS, OUTCOMES
from core.plugin.catalog import CatalogView
from core.plugin.types import Field, Kpi
from core.web.i18n import label
from core.web.words import WORDS

NAMES: Mapping[str, Any] = {
    "state": _l("State"), "workflow": _l("Process"), "severity": _l("Severity"), "channel": _l("Channel"),
    "direction": _l("Direction"), "purpose": _l("Purpose"), "disposition": _l("Reach"), "outcome": _l("Outcome"),
    "next_step": _l("Next step"), "party": _l("Party"), "ungated": _l("Without a decision"), "abandoned": _l("Abandoned"),
    "currency": _l("Currency"), "country": _l("Country"), "kind": _l("Kind"),
}  # fmt: skip
OF_CONTACTS: Mapping[str, Mapping[str, Any]] = {
    "direction": DIRECTIONS, "outcome": OUTCOMES, "next_step": NEXT_STEPS,
    "disposition": {key: each.label for key, each in DISPOSITIONS.items()},
}  # fmt: skip
OF_CUSTOMERS: Mapping[str, str] = {"state": "customer_state", "kind": "customer_kind"}


@dataclass(frozen=True)
class Naming:
    """Of one KPI, `<vertical>.<key>`."""

    view: CatalogView
    key: str

    @property
    def kpi(self) -> Kpi:
        return self.view.kpis[self.key]

    @property
    def target(self) -> str:
        """What fields call it: `record:<vertical>.<type>` where the KPI says `record:<type>`."""
        kind, colon, type_key = self.kpi.on.partition(":")
        return f"{kind}:{self.key.partition('.')[0]}.{type_key}" if colon else kind

    def field(self, name: str) -> str:
        declared = self._declared(name)
        return label(declared.label) if declared is not None else str(NAMES.get(name, name))

    def value(self, name: str, key: str | None) -> str:
        """A dash for rows without a value."""
        if key is None:
            return "–"
        if key in ("true", "false"):
            return str(_("Yes") if key == "true" else _("No"))
        return label(self._values(name).get(key, key))

    def _declared(self, name: str) -> Field | None:
        return self.view.all_fields(on=self.target).get(name)

    def _values(self, name: str) -> Mapping[str, Any]:
        declared = self._declared(name)
        if declared is not None:
            return {each.key: each.label for each in declared.choices}
        if name in OF_CONTACTS and self.target == "interaction":
            return OF_CONTACTS[name]
        if name == "workflow":
            return {key: flow.label for key, flow in self.view.workflows.items()}
        if name == "state" and self.target != "customer":
            return self._states()
        return WORDS.get(OF_CUSTOMERS.get(name, name), {})

    def _states(self) -> Mapping[str, Any]:
        if self.target != "case":
            states = self.view.record_types[self.target.partition(":")[2]].states
            return {each.key: each.label for each in states}
        owner = self.key.partition(".")[0]
        flows = [flow for key, flow in self.view.workflows.items() if key.partition(".")[0] == owner]
        return {state.key: state.label for flow in flows for state in flow.states}
