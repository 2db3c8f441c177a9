"""What a step does besides moving the case: named effects, executed in its transaction.

A workflow writes `verb` or `verb:argument`. The core knows the verbs; a boot check refuses any other. An effect is the
workflow's act in the name of whoever took the step: it asks for no permission of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.cases.definitions import qualified
from core.cases.models import Case
from core.contacts import service as contacts
from core.context import Context
from core.errors import N_, Conflict
from core.fields import merge_attributes
from core.gate import findings
from core.gate.models import Finding
from core.notify import service as notify
from core.plugin import Rule, State
from core.plugin.catalog import CatalogView
from core.records import service as records

_REFUSED_ZH, _REFUSED_EN = "客户在工单 {} 中拒绝", "The customer refused in case {}"
_SETTLED_ZH, _SETTLED_EN = "随工单 {} 处理", "Settled with case {}"
"""Evidence is written down once, in the language of who records it."""

REACHED = N_("Case %(number)s has come to: %(state)s")


@dataclass(frozen=True, kw_only=True)
class Running:
    """The step that is being taken. `open_case` is the service's own; `record` the one the case is about."""

    session: Session
    context: Context
    view: CatalogView
    case: Case
    target: State
    record: Mapping[str, Any] | None
    at: datetime
    open_case: Callable[..., Case] = field(repr=False)

    def said(self, zh: str, en: str) -> str:
        return (zh if self.context.locale.startswith("zh") else en).format(self.case.number)


Effect: TypeAlias = Callable[[Running, str], None]


def _do_not_contact(step: Running, purpose: str) -> None:
    """The customer refused: an entry on the list, and a consent that is withdrawn on every channel."""
    reason = step.said(_REFUSED_ZH, _REFUSED_EN)
    contacts.add_do_not_contact(
        step.session, context=step.context, customer_id=step.case.customer_id, purpose=purpose, reason=reason,
        source="case",
    )  # fmt: skip
    contacts.record_consent(
        step.session,
        context=step.context,
        customer_id=step.case.customer_id,
        purpose=purpose,
        channel="any",
        status="withdrawn",
        captured_at=step.at,
        evidence=reason,
        source="case",
    )


def _close(step: Running, outcome: str) -> None:
    case = step.case
    case.closed_at, case.outcome, case.due_at = step.at, outcome or case.outcome or case.state, None


def _set_field(_step: Running, _argument: str) -> None:
    """Done with the step's own values, before its clocks: see `with_field`."""


def with_field(attributes: dict[str, Any], effect: str, *, owner: str) -> dict[str, Any]:
    """`set_field:<key>.<choice>` sets a choice of the case; `true` and `false` a yes-no."""
    verb, _, argument = effect.partition(":")
    if verb != "set_field":
        return attributes
    key, _, choice = argument.partition(".")
    value = {"true": True, "false": False}.get(choice, choice)
    return merge_attributes(attributes, {owner: {key: value}})


def _set_record_state(step: Running, state: str) -> None:
    """The case's record goes on, if its type lets it from where it is."""
    if step.record is None:
        raise Conflict(N_("This step changes a record, and the case is about none."))
    if step.record["state"] != state:
        records.update_record(
            step.session, context=replace(step.context, party="system"), view=step.view,
            record_id=step.record["id"], version=step.record["version"], state=state,
        )  # fmt: skip


def _open_case(step: Running, workflow: str) -> None:
    """Another case of the same customer and record; the workflow is one of the same vertical."""
    owner = step.case.workflow.partition(".")[0]
    step.open_case(
        step.session, context=step.context, view=step.view, customer_id=step.case.customer_id,
        workflow=workflow if "." in workflow else f"{owner}.{workflow}", record_id=step.case.record_id, at=step.at,
    )  # fmt: skip


def _notify(step: Running, role: str) -> None:
    """Everybody who holds the role, on the client's side or in the engagement that has the case."""
    notify.tell(
        step.session, context=step.context, kind="vertical.notified", message=REACHED,
        values={"number": step.case.number, "state": dict(step.target.label)}, subject=("case", step.case.id),
        cause=f"case:{step.case.id}:{step.case.state}:{step.at.isoformat()}:{role}", role=role,
        engagement_id=step.case.engagement_id,
    )  # fmt: skip


def _settle_findings(step: Running, _argument: str) -> None:
    """What the case was opened for, or found on it, has been looked at. A finding is the client's to settle."""
    case = step.case
    if step.context.party == "provider":
        return
    opening = [key for key, rule in step.view.rules("record_watch").items() if _opens(key, rule) == case.workflow]
    on_record = and_(Finding.subject_id == case.record_id, Finding.rule.in_(opening))
    wanted = select(Finding.id, Finding.version).where(
        or_(Finding.case_id == case.id, on_record), Finding.state == "open"
    )
    for row in step.session.execute(wanted).all():
        note = step.said(_SETTLED_ZH, _SETTLED_EN)
        findings.settle(step.session, context=step.context, finding_id=row.id, version=row.version, note=note)


def _opens(key: str, rule: Rule) -> str | None:
    owner = key.partition(".")[0]
    return qualified(rule.opens, owner) if rule.opens else None


EFFECTS: Mapping[str, Effect] = {
    "close": _close,
    "do_not_contact": _do_not_contact,
    "notify": _notify,
    "open_case": _open_case,
    "set_field": _set_field,
    "set_record_state": _set_record_state,
    "settle_findings": _settle_findings,
}


def run(step: Running, effect: str) -> None:
    """Execute one effect. What it raises undoes the step."""
    verb, _, argument = effect.partition(":")
    EFFECTS[verb](step, argument)
