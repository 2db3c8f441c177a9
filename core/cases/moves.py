"""Whether somebody can take a step now, and if not, why not: the page shows the reason beside the button."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog

from core.cases.definitions import guard_of, guard_values
from core.cases.models import Case
from core.context import Context
from core.errors import N_, Conflict, Denied
from core.plugin import Label, Transition
from core.plugin.catalog import CatalogView

LOG = structlog.get_logger(__name__)
PATIENCE = 0.05
"""Seconds a guard may take before the log says so: it is asked for every step on every look at a case."""


class Refusal(NamedTuple):
    """Why a step is not possible for somebody now: a msgid, or the workflow's own words."""

    kind: type[Denied] | type[Conflict]
    message: str
    words: Label | None = None


def why_not(
    step: Transition, *, context: Context, view: CatalogView, workflow: str, known: Mapping[str, Any]
) -> Refusal | None:
    """Why somebody cannot take a step now; None if they can. `known` is what `guard_values` gives."""
    if workflow.partition(".")[0] not in view.enabled:
        return Refusal(Conflict, N_("The vertical of this case is switched off."))
    if context.party not in step.sides:
        return Refusal(Denied, _ONLY[step.sides[0]])
    if context.party != "system" and not context.may(step.permission):
        return Refusal(Denied, N_("Your role does not include this."))
    return _guarded(step, view=view, workflow=workflow, known=known)


def _guarded(step: Transition, *, view: CatalogView, workflow: str, known: Mapping[str, Any]) -> Refusal | None:
    """A guard that does not answer, or not in time, lets nothing pass: what cannot be checked is not done."""
    guard = guard_of(step, view=view)
    if guard is None:
        return None
    began = time.monotonic()
    try:
        holds = guard(known)
    except Exception as error:
        LOG.error("guard failed", workflow=workflow, step=step.key, error=type(error).__name__)
        return Refusal(Conflict, N_("This step cannot be checked: its condition failed. Tell your administrator."))
    spent = time.monotonic() - began
    if spent > PATIENCE:
        LOG.warning("guard is slow", workflow=workflow, step=step.key, seconds=round(spent, 3))
    if not holds:
        return Refusal(Conflict, N_("This step is not possible yet: %(reason)s"), step.guard_reason)
    return None


_ONLY = {
    "client": N_("Only the client can do this."),
    "provider": N_("Only the provider can do this."),
    "system": N_("This happens by itself."),
}


def refuse(refused: Refusal, context: Context) -> None:
    """Raises Denied or Conflict with the reason."""
    words = refused.words or {}
    raise refused.kind(refused.message, reason=words.get(context.locale) or words.get("en", ""))


def known_of(customer: Mapping[str, Any], case: Case) -> dict[str, Any]:
    held = {"attributes": case.attributes, "state": case.state, "severity": case.severity}
    return guard_values(customer, held)
