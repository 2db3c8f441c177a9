"""How a tenant runs a rule: on, in shadow (asked and kept, without effect), or off. One person asks, another approves.

A mandatory rule is law and always on. The trail says who asked, who approved and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.gate import policy
from core.gate.models import RuleSetting
from core.plugin import Label, Rule
from core.plugin.catalog import CatalogView
from core.tenants.service import count_tailoring

KIND = "rule.change"
MODES = ("on", "shadow", "off")
ASKED = N_("Rule %(rule)s: %(mode)s")
ViewOf = Callable[[Session, Context], CatalogView]

MODE_LABELS: Mapping[str, Label] = {
    "on": {"zh-CN": "启用", "en": "On"},
    "shadow": {"zh-CN": "试运行", "en": "Shadow"},
    "off": {"zh-CN": "停用", "en": "Off"},
}


def request_rule_mode(
    session: Session, *, context: Context, view: CatalogView, rule: str, mode: str, reason: str
) -> Approval:
    """Ask a second person for another mode. Raises NotFound, Invalid (no such mode, no reason), Denied (the rule is law),
    and Conflict (it is so already, or asked for already)."""
    declared = _changeable(view, rule, mode)
    now = view.rule_mode(rule)
    if now == mode:
        raise Conflict(N_("The rule is in this mode already."))
    if not reason.strip():
        raise Invalid(N_("Say why, so that the second person can decide."), field="reason")
    return approvals.request(
        session,
        context=context,
        kind=KIND,
        permission=policy.RULE_APPROVE,
        message=ASKED,
        values={"rule": dict(declared.label), "mode": dict(MODE_LABELS[mode])},
        subject=("rule", rule_id(rule)),
        payload={"rule": rule, "mode": mode},
        reason=reason.strip(),
        changes=[
            approvals.Change(
                name={"zh-CN": "运行方式", "en": "Mode"}, before=dict(MODE_LABELS[now]), after=dict(MODE_LABELS[mode])
            )
        ],
    )


def set_rule_mode(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    rule: str,
    mode: str,
    reason: str | None = None,
    approval_id: UUID | None = None,
) -> RuleSetting:
    """Set the mode: after a second person's approval, or as part of a configuration that was approved as a whole.

    Raises NotFound, Invalid and Denied (the rule is law).
    """
    _changeable(view, rule, mode)
    row = session.scalar(select(RuleSetting).where(RuleSetting.rule == rule))
    before = row.mode if row is not None else "on"
    if row is None:
        row = RuleSetting(rule=rule)
        session.add(row)
    row.mode, row.reason, row.approval_id = mode, reason, approval_id
    row.changed_by, row.changed_at = context.participant_id, datetime.now(UTC)
    session.flush()
    audit.append(
        session,
        context=context,
        action="rule.changed",
        subject=("rule_setting", row.id),
        fields=["mode"],
        details={"rule": rule, "before": before, "after": mode, "approval_id": str(approval_id or "")},
    )
    count_tailoring(session, context=context)
    return row


def rule_id(rule: str) -> UUID:
    """A rule has no row: an id made of its key, so that one request on it is open at a time."""
    return uuid5(_RULES, rule)


_RULES = UUID("8f6e6c53-0c0e-4b8e-9d0b-5f3f0a4f2d11")


def _changeable(view: CatalogView, rule: str, mode: str) -> Rule:
    declared = view.all_rules().get(rule)
    if declared is None:
        raise NotFound
    if mode not in MODES:
        raise Invalid(N_("Choose one of the values."), field="mode")
    if declared.mandatory and mode != "on":
        raise Denied(N_("This rule is law, so it is always on."))
    return declared


class Changed:
    """The handler of approved requests. `view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, context: Context, approval: Approval) -> Mapping[str, Any]:
        asked = approval.payload
        row = set_rule_mode(
            session,
            context=context,
            view=self._view_of(session, context),
            rule=asked["rule"],
            mode=asked["mode"],
            reason=approval.reason,
            approval_id=approval.id,
        )
        return {"rule_setting_id": str(row.id)}
