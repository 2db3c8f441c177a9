"""What a tenant has tailored, counted for the overview of its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.approvals.models import Approval
from core.calendars.models import CalendarDay
from core.configuration import overrides, parameter_list
from core.configuration.workflows import kept_settings
from core.fields.models import FieldSetting, TenantField
from core.gate import modes
from core.plugin import Label, Workflow
from core.plugin.catalog import CatalogView


@dataclass(frozen=True, kw_only=True)
class WorkflowLine:
    """One workflow of an enabled vertical; `tailored` says that the tenant has changed it."""

    key: str
    flow: Workflow
    vertical: Label
    tailored: bool


@dataclass(frozen=True, kw_only=True)
class Overview:
    own_fields: int
    field_settings: int
    workflows: Sequence[WorkflowLine]
    rule_modes: Mapping[str, int]
    parameters: Mapping[str, int]
    own_days: int
    waiting: int
    """Requests for a rule's mode or an own value that nobody has decided yet."""

    @property
    def tailored_workflows(self) -> int:
        return sum(each.tailored for each in self.workflows)


def overview(session: Session, *, view: CatalogView, on: date) -> Overview:
    kept = {row.workflow for row in kept_settings(session) if row.labels or row.steps_off or row.required}
    named = view.workflows
    kinds = (modes.KIND, overrides.KIND)
    tailored = or_(
        FieldSetting.shown.is_(False), FieldSetting.required.is_(True), FieldSetting.label != {},
        FieldSetting.position.is_not(None),
    )  # fmt: skip
    rules = [view.rule_mode(key) for key in view.all_rules()]
    return Overview(
        own_fields=_count(session, select(func.count(TenantField.id)).where(TenantField.state == "active")),
        field_settings=_count(session, select(func.count(FieldSetting.id)).where(tailored)),
        workflows=[
            WorkflowLine(key=key, flow=flow, vertical=view.verticals[key.partition(".")[0]].label, tailored=key in kept)
            for key, flow in named.items()
        ],
        rule_modes={mode: rules.count(mode) for mode in ("on", "shadow", "off")},
        parameters=parameter_list.counts(view, on=on),
        own_days=_count(session, select(func.count(CalendarDay.id))),
        waiting=_count(
            session,
            select(func.count(Approval.id)).where(
                Approval.kind.in_(kinds), Approval.state == "requested", Approval.expires_at > func.now()
            ),
        ),
    )


def _count(session: Session, wanted: object) -> int:
    return int(session.scalar(wanted) or 0)  # type: ignore[call-overload]
